#include "backend/kubernetes/names.h"

#include <algorithm>

#include "base/check.h"

namespace weir::backend::kubernetes {

bool is_instance_name(std::string_view instance) {
  return !instance.empty() && instance.size() <= instance_size_max &&
         std::ranges::all_of(
             instance, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

std::string rank_label_value(const RankKey& key) {
  return std::to_string(key.job) + "-" + std::to_string(key.task) + "-" +
         std::to_string(key.attempt) + "-" + std::to_string(key.rank);
}

std::string object_name(std::string_view instance, const RankKey& key) {
  WEIR_CHECK(is_instance_name(instance), "an instance's name was looked at before it is used");
  return "weir-" + std::string(instance) + "-" + rank_label_value(key);
}

std::optional<RankKey> parse_object_name(std::string_view instance, std::string_view name) {
  const std::string prefix = "weir-" + std::string(instance) + "-";
  if (!name.starts_with(prefix)) return std::nullopt;
  std::string text(name.substr(prefix.size()));
  // "42-7-1-0" is "42_7.1.0" in letters that a name may hold.
  const char* separator = "_..";
  for (char& c : text) {
    if (c == '_' || c == '.') return std::nullopt;
    if (c != '-') continue;
    if (*separator == '\0') return std::nullopt;
    c = *separator++;
  }
  const base::Result<RankKey> key = parse_rank_key(text);
  return key ? std::optional(*key) : std::nullopt;
}

}  // namespace weir::backend::kubernetes
