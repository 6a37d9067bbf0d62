#include "schedule/filter.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <charconv>
#include <regex>

#include "base/quantity.h"
#include "schedule/place.h"
#include "tests/schedule/support/made_up.h"

namespace weir::schedule::test {
namespace {

bool rank_fits(const model::ResourceOption& option, const model::Node& node) {
  if (node.cpus < option.cpus || node.memory_bytes < option.memory_bytes) return false;
  return std::all_of(option.devices.begin(), option.devices.end(), [&](const auto& wanted) {
    return std::count_if(node.devices.begin(), node.devices.end(), [&](const auto& device) {
             return device.model == wanted.model;
           }) >= static_cast<std::ptrdiff_t>(wanted.count);
  });
}

// Whether `ranks` ranks fit on empty nodes, found by trying.
bool fits_by_trying(const model::ResourceOption& option, std::uint32_t ranks,
                    const std::vector<model::Node>& nodes) {
  return std::count_if(nodes.begin(), nodes.end(), [&](const model::Node& node) {
           return rank_fits(option, node);
         }) >= static_cast<std::ptrdiff_t>(ranks);
}

std::uint32_t number(const std::string& text) {
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Does what "`cpus: 2` and `nodes: 1` would fit" proposes.
void follow(const std::string& advice, model::ResourceOption& option, std::uint32_t& ranks) {
  static const std::regex change("`([a-z]+): ([^`]*)`");
  for (std::sregex_iterator at(advice.begin(), advice.end(), change), end; at != end; ++at) {
    const std::string field = (*at)[1];
    const std::string value = (*at)[2];
    if (field == "cpus") option.cpus = number(value);
    if (field == "memory") option.memory_bytes = *base::parse_bytes(value);
    if (field == "nodes") ranks = number(value);
    if (field != "devices") continue;
    const std::size_t colon = value.find(':');
    for (model::DeviceCount& wanted : option.devices) {
      if (wanted.model == value.substr(0, colon)) wanted.count = number(value.substr(colon + 1));
    }
  }
}

RC_GTEST_PROP(Filter, never_is_said_exactly_where_trying_finds_no_way, ()) {
  const auto nodes = *any_nodes();
  const auto option = *any_option();
  const auto ranks = *any_gang();
  const Capacity capacity(nodes);
  RC_ASSERT(never_fits(capacity, ranks, option).has_value() ==
            !fits_by_trying(option, ranks, nodes));
}

RC_GTEST_PROP(Filter, what_fits_empty_nodes_is_placed_there, ()) {
  const auto nodes = *any_nodes();
  const auto option = *any_option();
  const auto ranks = *any_gang();
  const Capacity capacity(nodes);
  const auto placed = place(capacity, ranks, option);
  RC_ASSERT(placed.has_value() == fits_by_trying(option, ranks, nodes));
  RC_ASSERT(placed.has_value() == !not_now(capacity, ranks, option).has_value());
  if (!placed) return;
  std::set<std::uint32_t> on;
  for (const model::RankPlacement& rank : *placed) {
    RC_ASSERT(on.insert(rank.node).second);  // each rank on a node of its own
    RC_ASSERT(rank_fits(option, nodes[rank.node]));
    RC_ASSERT(rank.cpus >= option.cpus);
    RC_ASSERT(rank.cpus <= option.cpus_most.value_or(option.cpus));
    RC_ASSERT(rank.memory_bytes >= option.memory_bytes);
  }
  RC_ASSERT(on.size() == ranks);
}

class Closed final : public NodeGate {
 public:
  explicit Closed(std::set<std::uint32_t> nodes) : nodes_(std::move(nodes)) {}
  [[nodiscard]] bool open(std::uint32_t node, const Shape& /*demand*/) const override {
    return !nodes_.contains(node);
  }

 private:
  std::set<std::uint32_t> nodes_;
};

RC_GTEST_PROP(Filter, closed_nodes_are_left_alone_by_every_rule, ()) {
  const auto nodes = *any_nodes();
  const auto option = *any_option();
  const auto ranks = *any_gang();
  // A list, as a set of few possible values cannot be made as long as RapidCheck asks for.
  const auto names = *rc::gen::container<std::vector<std::uint32_t>>(
      rc::gen::inRange<std::uint32_t>(0, static_cast<std::uint32_t>(nodes.size())));
  const std::set<std::uint32_t> closed(names.begin(), names.end());
  const Placing placing{static_cast<model::PlacingRule>(*rc::gen::inRange(0, 7)), 7, nullptr};
  const Closed gate(closed);
  const auto placed = place(Capacity(nodes), ranks, option, placing, &gate);
  if (!placed) return;
  for (const model::RankPlacement& rank : *placed) RC_ASSERT(!closed.contains(rank.node));
}

RC_GTEST_PROP(Filter, the_nearest_request_really_fits, ()) {
  const auto nodes = *any_nodes();
  auto option = *any_option();
  auto ranks = *any_gang();
  const Capacity capacity(nodes);
  RC_PRE(never_fits(capacity, ranks, option).has_value());
  const std::string advice = nearest_that_fits(capacity, ranks, option);
  RC_LOG() << advice << '\n';
  if (advice.empty()) {
    // Nothing near: the request asks for a device that no node has.
    RC_ASSERT(!fits_by_trying({option.devices, 1, {}, 0, {}, {}}, 1, nodes));
    return;
  }
  follow(advice, option, ranks);
  RC_ASSERT(ranks > 0U);
  RC_ASSERT(option.cpus > 0U);
  RC_ASSERT(fits_by_trying(option, ranks, nodes));
}

TEST(Filter, names_both_sides_of_the_limit_that_decides) {
  model::Node node;
  node.cpus = 2;
  node.memory_bytes = 4 * gibibyte;
  const Capacity capacity(std::vector{node});
  model::ResourceOption option;
  option.cpus = 64;
  const auto obstacle = never_fits(capacity, 1, option);
  ASSERT_TRUE(obstacle.has_value());
  EXPECT_EQ(obstacle->limit, "cpus");
  EXPECT_EQ(obstacle->message, "asks for 64 cpus on one node; the largest node here has 2");
  EXPECT_EQ(nearest_that_fits(capacity, 1, option), "`cpus: 2` would fit");
}

}  // namespace
}  // namespace weir::schedule::test
