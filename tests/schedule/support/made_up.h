// Made-up nodes and requests for property tests, small enough to check by trying everything.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <vector>

#include "model/job.h"
#include "model/site.h"

namespace weir::schedule::test {

constexpr std::int64_t gibibyte = std::int64_t{1} << 30;

inline rc::Gen<model::Node> any_node() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::inRange<std::uint32_t>(1, 9), rc::gen::inRange<std::int64_t>(1, 9),
                     rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4))),
      [](const auto& made) {
        model::Node node;
        node.cpus = std::get<0>(made);
        node.memory_bytes = std::get<1>(made) * gibibyte;
        for (const int kind : std::get<2>(made)) {
          // 3: a device that nobody could name.
          static const char* const names[] = {"ascend-910b", "nvidia-a100", "nvidia-h100", ""};
          if (node.devices.size() < 4) node.devices.emplace_back().model = names[kind];
        }
        return node;
      });
}

inline rc::Gen<std::vector<model::Node>> any_nodes() {
  return rc::gen::suchThat(rc::gen::container<std::vector<model::Node>>(any_node()),
                           [](const auto& nodes) { return !nodes.empty() && nodes.size() <= 6; });
}

inline rc::Gen<model::ResourceOption> any_option() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::inRange<std::uint32_t>(1, 10), rc::gen::inRange<std::uint32_t>(0, 4),
                     rc::gen::inRange<std::int64_t>(0, 10), rc::gen::inRange<std::int64_t>(0, 3),
                     rc::gen::inRange<std::uint32_t>(0, 3), rc::gen::inRange<std::uint32_t>(0, 3),
                     rc::gen::element<std::uint32_t>(125, 250, 400, 600, 1000, 1000)),
      [](const auto& made) {
        model::ResourceOption option;
        option.cpus = std::get<0>(made);
        if (std::get<1>(made) > 0) option.cpus_most = option.cpus + std::get<1>(made);
        option.memory_bytes = std::get<2>(made) * gibibyte;
        if (std::get<3>(made) > 0) {
          option.memory_bytes_most = option.memory_bytes + std::get<3>(made) * gibibyte;
        }
        if (std::get<4>(made) > 0) option.devices.push_back({"ascend-910b", std::get<4>(made)});
        if (std::get<5>(made) > 0) option.devices.push_back({"nvidia-h100", std::get<5>(made)});
        const bool may_share = option.devices.size() == 1 && option.devices[0].count == 1;
        if (may_share) option.device_milli = std::get<6>(made);
        return option;
      });
}

inline rc::Gen<std::uint32_t> any_gang() { return rc::gen::inRange<std::uint32_t>(1, 5); }

}  // namespace weir::schedule::test
