// How Weir's objects in a cluster are called, and how they are found again.
//
// A rank's objects bear one stable name, made of the site's instance and the rank's key, so that a
// second start meets the first instead of running beside it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "backend/rank.h"

namespace weir::backend::kubernetes {

// Labels of everything that Weir makes: whose it is, and what rank it is for.
inline constexpr std::string_view instance_label = "weir/instance";
inline constexpr std::string_view rank_label = "weir/rank";
// On a pod: how it is asked to make room, which its script reads from a file.
inline constexpr std::string_view notice_annotation = "weir/notice";
// What the one container of a pod is called.
inline constexpr std::string_view container_name = "rank";

inline constexpr std::size_t instance_size_max = 12;

// Whether `instance` may be part of names: [a-z0-9], 1 to instance_size_max of them. Without "-",
// so that no instance's names can be read as another's.
[[nodiscard]] bool is_instance_name(std::string_view instance);

// "weir-site1-42-7-1-0": instance, job, task, attempt, rank. At most 63 characters, as the label of
// a pod needs, up to job 999,999,999,999.
// Requires: is_instance_name(instance).
[[nodiscard]] std::string object_name(std::string_view instance, const RankKey& key);
// None where the name is not one of this instance's.
[[nodiscard]] std::optional<RankKey> parse_object_name(std::string_view instance,
                                                       std::string_view name);

// "42-7-1-0", as the value of the label.
[[nodiscard]] std::string rank_label_value(const RankKey& key);

}  // namespace weir::backend::kubernetes
