// Keys that may never run again: a small text file for every few hundred jobs.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>

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
  using Keys = std::set<RankKey>;
  // The keys in one file, read once and kept while it is among the last ones asked for.
  [[nodiscard]] base::Result<Keys*> keys_beside(const RankKey& key);

  const Layout& layout_;
  std::map<std::string, Keys> known_;  // by path
  std::deque<std::string> order_read_;
};

}  // namespace weir::backend::local
