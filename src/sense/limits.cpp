#include "sense/limits.h"

#include <algorithm>
#include <string>
#include <vector>

#include "sense/text.h"

namespace weir::sense {
namespace {

// A limit at or above this is the kernel's way to write "none" (cgroup v1).
constexpr std::int64_t no_limit = std::int64_t{1} << 62;

struct Mount {
  std::string_view shown_from;  // the part of the hierarchy that is mounted
  std::string_view at;          // where
  std::string_view type;
  std::string_view options;
};

// "31 23 0:28 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw": the optional fields end with "-".
std::optional<Mount> parse_mount(std::string_view line) {
  const auto words = split_words(line);
  const auto dash = std::ranges::find(words, "-");
  if (words.size() < 6 || words.end() - dash < 4) return std::nullopt;
  return Mount{words[3], words[4], *(dash + 1), *(dash + 3)};
}

bool has_word(std::string_view list, std::string_view word) {
  const auto words = split(list, ',');
  return std::ranges::find(words, word) != words.end();
}

// The folders from the process's own group up to the top of what is mounted, innermost first.
// `controller` is "" for version 2.
std::vector<std::filesystem::path> group_folders(const std::filesystem::path& root,
                                                 std::string_view groups, std::string_view mounts,
                                                 std::string_view controller) {
  std::optional<std::string_view> group;
  for (const auto line : split(groups, '\n')) {  // "4:memory:/a/b", "0::/a/b"
    const auto fields = split(line, ':');
    if (fields.size() < 3) continue;
    const bool ours = controller.empty() ? fields[0] == "0" : has_word(fields[1], controller);
    if (ours) group = line.substr(fields[0].size() + fields[1].size() + 2);
  }
  if (!group) return {};
  for (const auto line : split(mounts, '\n')) {
    const auto mount = parse_mount(line);
    if (!mount) continue;
    const bool ours = controller.empty()
                          ? mount->type == "cgroup2"
                          : mount->type == "cgroup" && has_word(mount->options, controller);
    if (!ours) continue;
    const auto top = root / std::filesystem::path(mount->at).relative_path();
    auto inner = std::filesystem::path(*group).lexically_relative(mount->shown_from);
    // A group outside of what is mounted (seen from a container): its top is all there is to see.
    if (inner.empty() || *inner.begin() == ".." || inner == ".") return {top};
    std::vector<std::filesystem::path> folders;
    for (; !inner.empty(); inner = inner.parent_path()) folders.push_back(top / inner);
    folders.push_back(top);
    return folders;
  }
  return {};
}

template <typename Number>
void keep_lower(std::optional<Number>& limit, std::optional<Number> other) {
  if (other && (!limit || *other < *limit)) limit = other;
}

std::optional<std::int64_t> read_bytes(const std::filesystem::path& file) {
  const auto text = read_text(file);  // "max" is not a number: no limit
  const auto bytes = text ? parse_decimal(*text) : std::nullopt;
  if (!bytes || *bytes <= 0 || *bytes >= no_limit) return std::nullopt;
  return bytes;
}

std::optional<std::uint32_t> whole_processors(std::optional<std::int64_t> quota,
                                              std::optional<std::int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  const std::int64_t whole = std::max<std::int64_t>(*quota / *period, 1);
  return static_cast<std::uint32_t>(std::min<std::int64_t>(whole, 1 << 20));
}

// "200000 100000" or "max 100000"
std::optional<std::uint32_t> read_quota(const std::filesystem::path& file) {
  const auto text = read_text(file);
  if (!text) return std::nullopt;
  const auto words = split_words(*text);
  if (words.size() != 2) return std::nullopt;
  return whole_processors(parse_decimal(words[0]), parse_decimal(words[1]));
}

std::optional<std::uint32_t> read_old_quota(const std::filesystem::path& folder) {
  const auto quota = read_text(folder / "cpu.cfs_quota_us");  // -1: no quota
  const auto period = read_text(folder / "cpu.cfs_period_us");
  if (!quota || !period) return std::nullopt;
  return whole_processors(parse_decimal(*quota), parse_decimal(*period));
}

}  // namespace

GroupLimits read_group_limits(const std::filesystem::path& root) {
  GroupLimits limits;
  const auto groups = read_text(root / "proc/self/cgroup");
  const auto mounts = read_text(root / "proc/self/mountinfo");
  if (!groups || !mounts) return limits;
  for (const auto& folder : group_folders(root, *groups, *mounts, "")) {
    keep_lower(limits.memory_bytes, read_bytes(folder / "memory.max"));
    keep_lower(limits.cpus, read_quota(folder / "cpu.max"));
  }
  for (const auto& folder : group_folders(root, *groups, *mounts, "memory")) {
    keep_lower(limits.memory_bytes, read_bytes(folder / "memory.limit_in_bytes"));
  }
  for (const auto& folder : group_folders(root, *groups, *mounts, "cpu")) {
    keep_lower(limits.cpus, read_old_quota(folder));
  }
  return limits;
}

}  // namespace weir::sense
