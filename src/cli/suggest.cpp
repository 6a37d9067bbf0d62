#include "cli/suggest.h"

#include <algorithm>

#include "base/quantity.h"

namespace weir::cli {
namespace {

// Only the letters that tell one word from another.
std::string core_of(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
  std::string core;
  for (const char c : word) {
    core += c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return core;
}

}  // namespace

std::string meant_word(std::string_view word, const std::vector<std::string>& known) {
  const std::string core = core_of(word);
  if (core.empty()) return {};
  std::vector<std::string> cores;
  cores.reserve(known.size());
  for (const std::string& one : known) cores.push_back(core_of(one));
  std::string near = base::nearest_name(core, cores);
  if (near.empty()) {
    std::size_t best = 0;
    for (const std::string& one : cores) {
      const std::size_t distance = base::edit_distance(core, one);
      const bool is_likely = one.starts_with(core.front()) &&
                             distance * 2 <= std::max(core.size(), one.size()) &&
                             (near.empty() || distance < best);
      if (!is_likely) continue;
      near = one;
      best = distance;
    }
  }
  if (near.empty()) return {};
  return known[static_cast<std::size_t>(std::ranges::find(cores, near) - cores.begin())];
}

std::string listed(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

}  // namespace weir::cli
