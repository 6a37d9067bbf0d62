// The fixture of the suite: one backend over an empty site, and waiting for what it observes.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "tests/conformance/backend_under_test.h"

namespace weir::backend::conformance {

class Conformance : public ::testing::TestWithParam<std::string> {
 protected:
  // Skips where the backend cannot be tested here, or refuses the property by name.
  void SetUp() override;

  [[nodiscard]] BackendUnderTest& site() { return *site_; }
  [[nodiscard]] Backend& backend() { return site_->backend(); }

  // An order to run shell text on the first node, without limits, under a key of its own.
  [[nodiscard]] RankOrder order_for(const std::string& run);
  void start(const RankOrder& order);
  // Starts, and waits for the end.
  RankOutcome run(const RankOrder& order);

  // All of these wait up to 40 s.
  RankObservation await(const RankKey& key,
                        const std::function<bool(const RankObservation&)>& is_so);
  RankOutcome await_end(const RankKey& key);
  void await_running(const RankKey& key);
  void await_log(const RankKey& key, Stream stream, const std::string& text);
  [[nodiscard]] std::string log(const RankKey& key, Stream stream = Stream::program);
  [[nodiscard]] RankObservation seen(const RankKey& key);
  // Lets the backend take in what there is for a while, without anything to wait for.
  void let_pass(std::chrono::milliseconds time);

 private:
  std::unique_ptr<BackendUnderTest> site_;
  std::uint64_t next_job_ = 1;
};

}  // namespace weir::backend::conformance
