#include "model/job.h"

#include <algorithm>

#include "base/check.h"

namespace weir::model {
namespace {

std::uint32_t size_of(const IndexRange& range) {
  return (range.last - range.first) / range.step + 1;
}

}  // namespace

std::optional<base::Time> last_start(std::optional<base::Time> deadline,
                                     std::optional<base::Duration> time_limit) {
  if (!deadline) return std::nullopt;
  constexpr base::Duration long_enough{std::int64_t{1} << 61};  // no sum of it runs over
  return *deadline - std::min(time_limit.value_or(base::Duration(0)), long_enough);
}

std::string devices_text(std::int64_t milli) {
  std::string text = std::to_string(milli / whole_device_milli);
  if (milli % whole_device_milli == 0) return text;
  std::string part = std::to_string(whole_device_milli + milli % whole_device_milli).substr(1);
  while (part.back() == '0') part.pop_back();
  return text + "." + part;
}

std::string device_amount(std::uint64_t count, std::uint32_t device_milli) {
  return devices_text(static_cast<std::int64_t>(count * device_milli));
}

std::uint32_t ArraySpec::size() const {
  if (indices.empty()) return 1;
  std::uint32_t total = 0;
  for (const IndexRange& range : indices) total += size_of(range);
  return total;
}

std::uint32_t ArraySpec::index_at(std::uint32_t ordinal) const {
  if (indices.empty()) return 0;
  for (const IndexRange& range : indices) {
    const std::uint32_t here = size_of(range);
    if (ordinal < here) return range.first + ordinal * range.step;
    ordinal -= here;
  }
  WEIR_CHECK(false, "an ordinal is below the array's size");
  return 0;
}

bool ArraySpec::contains(std::uint32_t index) const {
  if (indices.empty()) return index == 0;
  for (const IndexRange& range : indices) {
    if (index >= range.first && index <= range.last && (index - range.first) % range.step == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace weir::model
