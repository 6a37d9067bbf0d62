// Keys that may never run again: one small file a job, beside its logs.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>

#include "backend/local/layout.h"
#include "backend/rank.h"
#include "base/result.h"

namespace weir::backend::local {

class Forgotten {
 public:
  // `layout` must live as long.
  explicit Forgotten(const Layout& layout) : layout_(layout) {}

  // Fails: input_output.
  [[nodiscard]] base::Result<bool> contains(const RankKey& key);
  // Fails: input_output; the key may run again then.
  [[nodiscard]] base::Status add(const RankKey& key);

 private:
  // The keys of a job, read once and kept while the job is among the last ones asked for.
  [[nodiscard]] base::Result<std::set<RankKey>*> keys_of(std::uint64_t job);
  [[nodiscard]] base::Result<std::set<RankKey>> read(std::uint64_t job) const;
  [[nodiscard]] std::string path_of(std::uint64_t job) const;

  const Layout& layout_;
  std::map<std::uint64_t, std::set<RankKey>> known_;
  std::deque<std::uint64_t> order_read_;
};

}  // namespace weir::backend::local
