// What holds of data and transfers whatever comes in, on made-up inputs of every kind.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "engine/engine.h"
#include "flow/data_policy.h"
#include "tests/engine/support/made_up.h"
#include "tests/engine/support/made_up_data.h"

namespace weir::engine::test {
namespace {

using namespace model;

struct Play {
  // Two sites are there with a link each way, so that data moves from the beginning.
  explicit Play(std::uint64_t seed) : random{seed} {
    const Principal bob{"lab", "bob", Role::operator_};
    NetworkTable network;
    for (const char* const site : {"near", "far"}) {
      JoinSite join{site, std::vector<Node>(1)};
      join.nodes[0].name = "node0";
      join.nodes[0].cpus = 4;
      join.nodes[0].memory_bytes = 1 << 30;
      (void)engine.step(join, now);
      network.sites.push_back({site, "CN", "west", Sensitivity::restricted, std::nullopt});
    }
    network.links.push_back({"near", "far", 100'000'000, 10'000, 1'000, std::nullopt});
    network.links.push_back({"far", "near", 100'000'000, 10'000, 1'000, std::nullopt});
    (void)engine.step(SetNetwork{bob, network}, now);
    for (const char* const name : {"corpus", "images", "weights"}) {
      Dataset dataset;
      dataset.name = name;
      dataset.bytes = static_cast<std::int64_t>(1 + random.below(500'000'000));
      dataset.replicas.push_back({random.chance(1, 2) ? "near" : "far", "", {}, {}});
      (void)engine.step(PutDataset{bob, dataset}, now);
    }
  }
  Step step() {
    const Input input = random.chance(1, 4)
                            ? made_up_data_input(random, engine, {"lab", "bob", Role::operator_})
                            : made_up_input(random, engine);
    now += base::Duration(random.below(random.chance(1, 20) ? 90'000'000 : 20'000'000));
    return engine.step(input, now);
  }
  base::Random random;
  base::Time now = base::time_from_us(1'000'000'000);
  Engine engine;
};

// Every window of every transfer on the links of its way, at its beginning.
RC_GTEST_PROP(DataLaws, no_link_is_given_away_twice, (std::uint64_t seed)) {
  Play play(seed);
  for (int i = 0; i < 150; ++i) {
    (void)play.step();
    const State& state = play.engine.state();
    for (const Link& link : state.network.links) {
      std::vector<RateWindow> windows;
      for (const auto& [id, transfer] : state.transfers) {
        std::vector<std::string> stops{state.sites.at(transfer.from).name};
        if (transfer.relay) stops.push_back(state.sites.at(*transfer.relay).name);
        stops.push_back(state.sites.at(transfer.to).name);
        for (std::size_t k = 0; k + 1 < stops.size(); ++k) {
          if (stops[k] != link.from || stops[k + 1] != link.to) continue;
          windows.insert(windows.end(), transfer.windows.begin(), transfer.windows.end());
        }
      }
      for (const RateWindow& at : windows) {
        std::int64_t together = 0;
        for (const RateWindow& window : windows) {
          if (window.from <= at.from && at.from < window.until) together += window.bandwidth_bps;
        }
        RC_ASSERT(together * 100 <=
                  link.bandwidth_bps * (100 - std::int64_t{state.network.slack_percent}) + 100);
        const auto& sites = play.engine.index().site_by_name;
        RC_ASSERT(
            play.engine.index().network().booked(sites.at(link.from), sites.at(link.to), at.from) >=
            (at.from >= play.now ? together : 0));
      }
    }
  }
}

RC_GTEST_PROP(DataLaws, no_transfer_is_without_an_owner_and_no_bytes_go_where_they_may_not,
              (std::uint64_t seed)) {
  Play play(seed);
  bool moved = false;
  for (int i = 0; i < 150; ++i) {
    const Step step = play.step();
    const State& state = play.engine.state();
    moved = moved || !state.transfers.empty();
    for (const auto& [id, transfer] : state.transfers) {
      const Dataset& dataset = state.datasets.at(transfer.dataset);
      const bool awaited = std::any_of(state.jobs.begin(), state.jobs.end(), [&](const auto& row) {
        const JobRecord& job = row.second;
        return !is_terminal(job.state) && job.staging && job.directed_to == transfer.to &&
               std::find(job.inputs.begin(), job.inputs.end(), dataset.id) != job.inputs.end();
      });
      const bool ruled = transfer.transfer_class == TransferClass::background;
      RC_ASSERT(awaited || (ruled && !dataset.rules.empty()));
      RC_ASSERT(dataset.at(state.sites.at(transfer.from).name) != nullptr);
      RC_ASSERT(state.sites.at(transfer.to).in_touch && state.sites.at(transfer.from).in_touch);
    }
    for (const Fact& fact : step.facts) {
      const auto* const planned = std::get_if<TransferPlanned>(&fact);
      if (planned == nullptr || !state.datasets.contains(planned->transfer.dataset)) continue;
      const Transfer& transfer = planned->transfer;
      const Dataset& dataset = state.datasets.at(transfer.dataset);
      std::vector<SiteId> passed{transfer.to};
      if (transfer.relay) passed.push_back(*transfer.relay);
      for (const SiteId site : passed) {
        const std::string& name = state.sites.at(site).name;
        RC_ASSERT(!flow::may_not_lie(dataset.labels, name, flow::place_of(state.network, name)));
      }
    }
  }
  RC_CLASSIFY(moved, "data moved");
}

RC_GTEST_PROP(DataLaws, work_begins_where_its_data_lies, (std::uint64_t seed)) {
  Play play(seed);
  for (int i = 0; i < 150; ++i) {
    const Step step = play.step();
    const State& state = play.engine.state();
    if (!state.policy.flows.data) continue;
    for (const Fact& fact : step.facts) {
      const auto* const placed = std::get_if<TaskPlaced>(&fact);
      if (placed == nullptr || !state.jobs.contains(placed->attempt.job)) continue;
      const std::string& site = state.sites.at(placed->site).name;
      for (const DatasetId input : state.jobs.at(placed->attempt.job).inputs) {
        RC_ASSERT(state.datasets.at(input).at(site) != nullptr);
      }
    }
  }
}

RC_GTEST_PROP(DataLaws, the_last_replica_stays, (std::uint64_t seed)) {
  Play play(seed);
  for (int i = 0; i < 150; ++i) {
    const Step step = play.step();
    std::set<DatasetId> removed;
    for (const Fact& fact : step.facts) {
      if (const auto* gone = std::get_if<DatasetRemoved>(&fact)) removed.insert(gone->dataset);
    }
    for (const Fact& fact : step.facts) {
      const auto* const dropped = std::get_if<ReplicaDropped>(&fact);
      if (dropped == nullptr || removed.contains(dropped->dataset)) continue;
      RC_ASSERT(!play.engine.state().datasets.at(dropped->dataset).replicas.empty());
    }
  }
}

}  // namespace
}  // namespace weir::engine::test
