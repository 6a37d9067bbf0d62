#include "schedule/fragmentation.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/check.h"

namespace weir::schedule {
namespace {

__extension__ using Wide = __int128;

// score >= k where the change of F in devices reaches ln(k / (100 − k)). The steps stand as
// integers, × 2^40, made by integers: 2 × artanh((k − 50) / 50) as its series.
constexpr int step_bits = 40;
constexpr std::int64_t step_at(int k) {
  constexpr int guard_bits = 20;
  const Wide z = (static_cast<Wide>(k - 50) << (step_bits + guard_bits)) / 50;
  const Wide z_squared = (z * z) >> (step_bits + guard_bits);
  Wide power = z;
  Wide sum = 0;
  for (int n = 1; n < 2000; n += 2) {
    sum += power / n;
    power = (power * z_squared) >> (step_bits + guard_bits);
  }
  return static_cast<std::int64_t>((2 * sum) >> guard_bits);
}
constexpr auto steps = [] {
  std::array<std::int64_t, 50> made{};  // of k = 50 … 99; those below mirror them
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = step_at(static_cast<int>(i) + 50);
  return made;
}();

bool model_will_do(const FreeNode& node, const SmallRequest& request) {
  return request.models == 0 || ((request.models >> node.model) & 1U) != 0;
}

}  // namespace

UsualRequests usual_requests(std::span<const SmallRequest> seen, int percent) {
  std::map<SmallRequest, std::int64_t> counts;
  for (const SmallRequest& request : seen) ++counts[request];
  UsualRequests usual;
  for (const auto& [request, count] : counts) usual.requests.push_back({request, count});
  std::sort(usual.requests.begin(), usual.requests.end(),
            [](const RequestCount& a, const RequestCount& b) {
              return a.count != b.count ? a.count > b.count : a.request > b.request;
            });
  const std::int64_t wanted = static_cast<std::int64_t>(seen.size()) * percent;
  std::size_t kept = 0;
  while (kept < usual.requests.size() && usual.total * 100 < wanted) {
    usual.total += usual.requests[kept++].count;
  }
  usual.requests.resize(kept);
  return usual;
}

bool fits(const FreeNode& node, const SmallRequest& request) {
  if (node.cpu_milli < request.cpu_milli) return false;
  if (request.devices == 0) return true;
  if (!model_will_do(node, request)) return false;
  const auto enough = std::count_if(node.device_milli.begin(), node.device_milli.end(),
                                    [&](auto left) { return left >= request.device_milli; });
  return enough >= static_cast<std::ptrdiff_t>(request.devices);
}

std::int64_t unusable(const FreeNode& node, const UsualRequests& usual) {
  std::int64_t idle = 0;
  for (const std::int32_t left : node.device_milli) idle += left;
  if (idle == 0) return 0;
  std::int64_t sum = 0;
  for (const RequestCount& each : usual.requests) {
    const SmallRequest& request = each.request;
    std::uint32_t enough = 0;
    std::int64_t too_little = 0;
    for (const std::int32_t left : node.device_milli) {
      const bool is_enough = left >= request.device_milli;
      enough += is_enough ? 1U : 0U;
      too_little += is_enough ? 0 : left;
    }
    const bool usable = request.devices > 0 && enough >= request.devices &&
                        node.cpu_milli >= request.cpu_milli && model_will_do(node, request);
    sum += each.count * (usable ? too_little : idle);
  }
  return sum;
}

std::int32_t score_of(std::int64_t change, std::int64_t total) {
  WEIR_CHECK(total > 0, "somebody asks for something");
  // change / (1000 × total) >= step / 2^40, without dividing.
  const Wide reached = static_cast<Wide>(change) << step_bits;
  const Wide unit = static_cast<Wide>(total) * whole_device_milli;
  const auto at_least = [&](std::int64_t step) { return reached >= unit * step; };
  if (change >= 0) {
    const auto first_missed = std::partition_point(steps.begin(), steps.end(), at_least);
    return 49 + static_cast<std::int32_t>(first_missed - steps.begin());
  }
  // sigmoid(−x) = 1 − sigmoid(x): below 50 one counts how many steps down are passed altogether.
  const auto not_below = [&](std::int64_t step) { return -reached > unit * step; };
  const auto kept = std::partition_point(steps.begin(), steps.end(), not_below);
  return 50 - static_cast<std::int32_t>(kept - steps.begin());
}

std::optional<Use> best_use(const FreeNode& node, const SmallRequest& request,
                            const UsualRequests& usual) {
  if (!fits(node, request)) return std::nullopt;
  const std::int64_t before = unusable(node, usual);
  const auto score_with = [&](const std::vector<std::uint32_t>& devices) {
    FreeNode after = node;
    take(after, request, devices);
    const std::int64_t change = before - unusable(after, usual);
    return score_of(change, usual.total);
  };
  if (request.devices != 1 || request.device_milli >= whole_device_milli) {
    Use use;
    for (std::uint32_t i = 0; use.devices.size() < request.devices; ++i) {
      if (node.device_milli[i] >= request.device_milli) use.devices.push_back(i);
    }
    use.score = score_with(use.devices);
    return use;
  }
  std::optional<Use> best;
  for (std::uint32_t i = 0; i < node.device_milli.size(); ++i) {
    const auto same =
        std::find(node.device_milli.begin(), node.device_milli.begin() + i, node.device_milli[i]);
    if (node.device_milli[i] < request.device_milli || same != node.device_milli.begin() + i) {
      continue;
    }
    Use use{0, {i}};
    use.score = score_with(use.devices);
    if (!best || use.score > best->score) best = std::move(use);
  }
  return best;
}

void take(FreeNode& node, const SmallRequest& request, std::span<const std::uint32_t> devices) {
  node.cpu_milli -= request.cpu_milli;
  WEIR_CHECK(node.cpu_milli >= 0, "processors were free");
  for (const std::uint32_t device : devices) {
    node.device_milli[device] -= request.device_milli;
    WEIR_CHECK(node.device_milli[device] >= 0, "the device had that much left");
  }
}

void give_back(FreeNode& node, const SmallRequest& request,
               std::span<const std::uint32_t> devices) {
  node.cpu_milli += request.cpu_milli;
  for (const std::uint32_t device : devices) {
    node.device_milli[device] += request.device_milli;
    WEIR_CHECK(node.device_milli[device] <= whole_device_milli, "no more than there is");
  }
}

}  // namespace weir::schedule
