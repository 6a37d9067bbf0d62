#include "tests/conformance/site.h"

#include <poll.h>

#include <algorithm>
#include <iostream>

namespace weir::backend::conformance {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto patience = std::chrono::seconds(40);

// "exit_codes_pass_through" of "exit_codes_pass_through/local"
std::string property_at_work() {
  const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  return name.substr(0, name.find('/'));
}

}  // namespace

const std::vector<Kind>& backends_under_test() {
  static const std::vector<Kind> kinds = {local_kind(), slurm_kind(), kubernetes_kind(),
                                          weir_kind()};
  return kinds;
}

void Conformance::SetUp() {
  const auto& kinds = backends_under_test();
  const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                 [](const Kind& each) { return each.name == GetParam(); });
  ASSERT_NE(kind, kinds.end());
  if (const std::string why = kind->why_not_here(); !why.empty()) {
    std::cerr << "\n*** NOT TESTED HERE: " << kind->name << ": " << why << " ***\n\n";
    GTEST_SKIP() << "not here: " << why;
  }
  site_ = kind->make();
  if (const std::string why = site_->refuses(property_at_work()); !why.empty()) {
    RecordProperty("refused", why);
    GTEST_SKIP() << "refused: " << why;
  }
}

RankOrder Conformance::order_for(const std::string& run) {
  RankOrder order;
  order.key.job = next_job_++;
  order.key.attempt = 1;
  order.node = site_->nodes().front();
  order.run = run;
  order.kill_grace = std::chrono::seconds(5);
  order.cpu_count = 1;
  order.environment["WEIR_JOB_ID"] = std::to_string(order.key.job);
  return order;
}

void Conformance::start(const RankOrder& order) {
  const base::Status started = backend().start(order);
  ASSERT_TRUE(started) << started.error().text();
}

RankOutcome Conformance::run(const RankOrder& order) {
  start(order);
  return await_end(order.key);
}

RankObservation Conformance::await(const RankKey& key,
                                   const std::function<bool(const RankObservation&)>& is_so) {
  const auto until = Clock::now() + patience;
  for (;;) {
    for (const RankObservation& rank : backend().observe()) {
      if (rank.key == key && is_so(rank)) return rank;
    }
    if (Clock::now() > until) break;
    pollfd news{backend().ready_descriptor(), POLLIN, 0};
    ::poll(&news, 1, 200);
  }
  ADD_FAILURE() << to_text(key) << " did not come to what was awaited";
  return {};
}

RankOutcome Conformance::await_end(const RankKey& key) {
  return await(key, [](const RankObservation& rank) { return rank.outcome.has_value(); })
      .outcome.value_or(RankOutcome());
}

void Conformance::await_running(const RankKey& key) {
  await(key,
        [](const RankObservation& rank) { return rank.state == RankObservation::State::running; });
}

void Conformance::await_log(const RankKey& key, Stream stream, const std::string& text) {
  const auto until = Clock::now() + patience;
  while (log(key, stream).find(text) == std::string::npos) {
    if (Clock::now() > until) {
      ADD_FAILURE() << "no \"" << text << "\" in: " << log(key, stream);
      return;
    }
    let_pass(std::chrono::milliseconds(10));
  }
}

std::string Conformance::log(const RankKey& key, Stream stream) {
  std::string all;
  for (;;) {
    const auto chunk =
        backend().read_log(key, stream, static_cast<std::int64_t>(all.size()), 64 * 1024);
    if (!chunk || chunk->bytes.empty()) return all;
    all += chunk->bytes;
  }
}

RankObservation Conformance::seen(const RankKey& key) {
  for (const RankObservation& rank : backend().observe()) {
    if (rank.key == key) return rank;
  }
  return {};
}

void Conformance::let_pass(std::chrono::milliseconds time) {
  const auto until = Clock::now() + time;
  for (auto left = time; left.count() > 0;
       left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now())) {
    pollfd news{backend().ready_descriptor(), POLLIN, 0};
    ::poll(&news, 1, static_cast<int>(left.count()));
    static_cast<void>(backend().observe());
  }
}

namespace {

std::vector<std::string> names_of_kinds() {
  std::vector<std::string> names;
  for (const Kind& kind : backends_under_test()) names.push_back(kind.name);
  return names;
}
std::string name_of_kind(const ::testing::TestParamInfo<std::string>& kind) { return kind.param; }

}  // namespace

INSTANTIATE_TEST_SUITE_P(Backends, Conformance, ::testing::ValuesIn(names_of_kinds()),
                         name_of_kind);

}  // namespace weir::backend::conformance
