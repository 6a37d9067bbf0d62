// How much of what is free nobody could use: the measure by which small and fractional requests
// find their node.
//
// A node's idle devices are fragmented as far as the usual requests cannot use them: too little
// left on each, too few processors beside them, the wrong model. A request goes where it raises
// that the least, or lowers it the most (fragmentation gradient descent). Everything is a count of
// thousandths of devices times a count of requests, so that it is exact and the same everywhere;
// the authors' score, in hundredths of a sigmoid, is found by comparing with its steps.
// Pure. Which nodes there are, and finding among them, is schedule/fragmentation_index.h.
//
// Source: Weng et al., USENIX ATC 2023, "Beware of Fragmentation: Scheduling GPU-Sharing Workloads
//         with Fragmentation Gradient Descent".
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/job.h"

namespace weir::schedule {

constexpr auto whole_device_milli = static_cast<std::int32_t>(model::whole_device_milli);

// What a node has free. The order of its devices decides between equals only.
struct FreeNode {
  std::int64_t cpu_milli = 0;
  std::uint32_t model = 0;                 // of all its devices; below 64
  std::vector<std::int32_t> device_milli;  // left of each device

  friend auto operator<=>(const FreeNode&, const FreeNode&) = default;
};

// A request that fits on one node: no devices, a share of one, or whole ones.
struct SmallRequest {
  std::int64_t cpu_milli = 0;
  std::uint32_t devices = 0;
  std::int32_t device_milli = 0;  // of each; below 1000 only for a share of a single device
  std::uint64_t models = 0;       // bit m: model m will do; 0: any will

  friend auto operator<=>(const SmallRequest&, const SmallRequest&) = default;
};

struct RequestCount {
  SmallRequest request;
  std::int64_t count = 0;

  friend bool operator==(const RequestCount&, const RequestCount&) = default;
};
// The usual requests, each with how often it is seen.
struct UsualRequests {
  std::vector<RequestCount> requests;
  std::int64_t total = 0;  // the sum of their counts
};
// The most frequent requests that together make up `percent` of all; equals, the larger first.
[[nodiscard]] UsualRequests usual_requests(std::span<const SmallRequest> seen, int percent);

[[nodiscard]] bool fits(const FreeNode& node, const SmallRequest& request);

// Thousandths of idle devices on `node` that a usual request cannot use, summed over them: divided
// by `usual.total` it is the authors' F. Cost: usual requests × devices of the node.
[[nodiscard]] std::int64_t unusable(const FreeNode& node, const UsualRequests& usual);

// The score of lowering F by change/total, from 0 to 99, larger is better; 50 where nothing
// changes: floor(100 × sigmoid(change / total / 1000)). The coarse steps are part of the method:
// nodes that differ by less are equals, and go by their order, so that the first fill up. Told
// apart exactly, the recorded workload gets 94.3% of the devices instead of 95.3%. Requires: total
// > 0.
[[nodiscard]] std::int32_t score_of(std::int64_t change, std::int64_t total);

// Putting a request on a node.
struct Use {
  std::int32_t score = 0;
  std::vector<std::uint32_t> devices;  // those that it takes, by index
  friend bool operator==(const Use&, const Use&) = default;
};
// The best way to put `request` on `node`; none where it does not fit. A share goes to the device
// whose use scores best, the first of equals; whole devices are the first idle ones.
// Cost: that of unusable() for each distinct amount left on a device.
[[nodiscard]] std::optional<Use> best_use(const FreeNode& node, const SmallRequest& request,
                                          const UsualRequests& usual);

// Takes what a use takes, or gives it back.
void take(FreeNode& node, const SmallRequest& request, std::span<const std::uint32_t> devices);
void give_back(FreeNode& node, const SmallRequest& request, std::span<const std::uint32_t> devices);

}  // namespace weir::schedule
