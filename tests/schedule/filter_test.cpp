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

// Thousandths of a device that nobody holds. In these worlds a device's own memory tells them.
std::int64_t left_milli(const model::Device& device) {
  return device.memory_bytes.value_or(model::whole_device_milli);
}

bool rank_fits(const model::ResourceOption& option, const model::Node& node) {
  if (node.cpus < option.cpus || node.memory_bytes < option.memory_bytes) return false;
  return std::all_of(option.devices.begin(), option.devices.end(), [&](const auto& wanted) {
    return std::count_if(node.devices.begin(), node.devices.end(), [&](const auto& device) {
             return device.model == wanted.model && left_milli(device) >= option.device_milli;
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
  [[nodiscard]] bool open(std::uint32_t node, const RankDemand& /*demand*/) const override {
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

// ---- the cause that is named, found again by looking at every node

struct Cause {
  std::string limit;         // "": it fits
  std::string asked, there;  // what the sentence must say of both sides

  friend bool operator==(const Cause&, const Cause&) = default;
};

// Thousandths of idle devices of a model, or of the one that has the most left.
std::int64_t milli_of(const model::Node& node, const std::string& name, bool of_one) {
  std::int64_t sum = 0;
  std::int64_t most = 0;
  for (const model::Device& device : node.devices) {
    if (device.model != name) continue;
    most = std::max(most, left_milli(device));
    if (left_milli(device) == model::whole_device_milli) sum += left_milli(device);
  }
  return of_one ? most : sum;
}

// The most that any single node gives of something.
template <typename Amount>
auto most_of(const std::vector<model::Node>& nodes, Amount amount) {
  decltype(amount(nodes.front())) most = 0;
  for (const model::Node& node : nodes) most = std::max(most, amount(node));
  return most;
}

// Devices before processors before memory, each on the node that has most of it; then all of it
// together on one node; then as many nodes.
Cause first_cause(const model::ResourceOption& option, std::uint32_t ranks,
                  const std::vector<model::Node>& nodes) {
  if (fits_by_trying(option, ranks, nodes)) return {};
  const auto fitting = std::count_if(nodes.begin(), nodes.end(),
                                     [&](const auto& node) { return rank_fits(option, node); });
  if (fitting > 0) return {"nodes", std::to_string(ranks), std::to_string(fitting)};
  for (const model::DeviceCount& wanted : option.devices) {
    const auto most = most_of(
        nodes, [&](const auto& node) { return milli_of(node, wanted.model, option.is_share()); });
    if (most >= std::int64_t{wanted.count} * option.device_milli) continue;
    return {"devices", model::device_amount(wanted.count, option.device_milli),
            most == 0 ? "any" : model::devices_text(most)};
  }
  const auto cpus = most_of(nodes, [](const auto& node) { return node.cpus; });
  if (cpus < option.cpus) return {"cpus", std::to_string(option.cpus), std::to_string(cpus)};
  const auto memory = most_of(nodes, [](const auto& node) { return node.memory_bytes; });
  if (memory < option.memory_bytes) {
    return {"memory", base::format_bytes(option.memory_bytes), base::format_bytes(memory)};
  }
  return {"nodes", "no single node", "together"};
}

// What the nodes have left once these ranks hold theirs.
std::vector<model::Node> left_of(std::vector<model::Node> nodes,
                                 const std::vector<model::RankPlacement>& ranks) {
  for (const model::RankPlacement& rank : ranks) {
    model::Node& node = nodes[rank.node];
    node.cpus -= rank.cpus;
    node.memory_bytes -= rank.memory_bytes;
    for (const std::uint32_t device : rank.devices) {
      node.devices[device].memory_bytes = left_milli(node.devices[device]) - rank.device_milli;
    }
  }
  return nodes;
}

void must_name(const std::optional<model::Obstacle>& obstacle, const Cause& cause) {
  RC_LOG() << (obstacle ? obstacle->message : "fits") << '\n';
  RC_ASSERT((obstacle ? obstacle->limit : "") == cause.limit);
  if (!obstacle) return;
  const auto says = [](const std::string& text, const std::string& words) {
    return (" " + text + " ").find(" " + words + " ") != std::string::npos;
  };
  const std::size_t middle = std::min(obstacle->message.find(';'), obstacle->message.size());
  const bool both = middle < obstacle->message.size();
  RC_ASSERT(says(obstacle->message.substr(0, middle), cause.asked));
  RC_ASSERT(says(both ? obstacle->message.substr(middle + 1) : obstacle->message, cause.there));
}

RC_GTEST_PROP(Filter, every_refusal_names_the_first_cause_there_is, ()) {
  const auto nodes = *any_nodes();
  Capacity capacity(nodes);
  std::vector<model::Node> left = nodes;
  const int others = *rc::gen::inRange(0, 4);
  for (int i = 0; i < others; ++i) {
    const auto placed = place(capacity, *any_gang(), *any_option());
    if (!placed) continue;
    capacity.take(*placed);
    left = left_of(std::move(left), *placed);
  }
  const auto option = *any_option();
  const auto ranks = *any_gang();
  const Cause never = first_cause(option, ranks, nodes);
  must_name(never_fits(capacity, ranks, option), never);
  if (!never.limit.empty()) return;
  must_name(not_now(capacity, ranks, option), first_cause(option, ranks, left));
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
