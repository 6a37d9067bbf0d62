#include "tests/engine/support/made_up_data.h"

#include <array>

namespace weir::engine::test {

using namespace model;

namespace {

const std::array<const char*, 3> places{"near", "far", "mid"};
const std::array<const char*, 3> datasets{"corpus", "images", "weights"};

}  // namespace

NetworkTable made_up_network(base::Random& random) {
  NetworkTable table;
  table.slack_percent = static_cast<std::uint32_t>(random.below(30));
  for (const char* const from : places) {
    if (random.chance(5, 6)) {
      SitePlace& place = table.sites.emplace_back();
      place.site = from;
      place.country = random.chance(1, 2) ? "CN" : "DE";
      place.region = random.chance(1, 2) ? "west" : "east";
      place.clearance = static_cast<Sensitivity>(random.below(4));
      if (random.chance(1, 2)) {
        place.storage_bytes = static_cast<std::int64_t>(random.below(3'000'000'000));
      }
    }
    for (const char* const to : places) {
      if (from == to || random.chance(1, 6)) continue;
      table.links.push_back({from, to, static_cast<std::int64_t>(1'000'000 << random.below(12)),
                             static_cast<std::int64_t>(random.below(50'000)),
                             static_cast<std::int64_t>(random.below(1'000'000)), std::nullopt});
    }
  }
  if (random.chance(1, 3)) table.relay_price_more_micro_cny_per_gb = 500'000;
  return table;
}

Input made_up_data_input(base::Random& random, const Engine& engine, const Principal& by) {
  if (random.chance(1, 6)) return SetNetwork{by, made_up_network(random)};
  if (random.chance(1, 8)) {
    return RemoveDataset{
        by, {datasets.at(random.below(3)), static_cast<std::uint32_t>(random.below(3))}};
  }
  if (random.chance(1, 8)) {
    Policy policy = engine.state().policy;
    policy.flows = {random.chance(3, 4), random.chance(3, 4), random.chance(3, 4)};
    return SetPolicy{by, policy};
  }
  Dataset dataset;
  dataset.name = datasets.at(random.below(datasets.size()));
  dataset.version = static_cast<std::uint32_t>(random.below(3));
  dataset.bytes = static_cast<std::int64_t>(1 + random.below(1'500'000'000));
  if (const auto known = engine.index().find_dataset(by.tenant, dataset.name, dataset.version);
      known && random.chance(3, 4)) {
    dataset.bytes = engine.state().datasets.at(*known).bytes;
  }
  dataset.labels.sensitivity = static_cast<Sensitivity>(random.below(3));
  if (random.chance(1, 4)) dataset.labels.residency = {random.chance(1, 2) ? "CN" : "west"};
  if (random.chance(1, 4)) {
    dataset.rules.push_back({static_cast<std::uint32_t>(1 + random.below(2)),
                             random.chance(1, 2) ? "" : "west", std::nullopt});
  }
  if (random.chance(5, 6)) {
    const char* const site = places.at(random.below(places.size()));
    dataset.replicas.push_back({site, random.chance(1, 2) ? "/data" : "", {}, {}});
  }
  return PutDataset{by, dataset};
}

void make_it_read(base::Random& random, const Engine& engine, const std::string& tenant,
                  JobSpec& spec) {
  if (random.chance(1, 3)) {
    const char* const name = datasets.at(random.below(datasets.size()));
    if (engine.index().find_dataset(tenant, name, 0)) spec.inputs.push_back({name, 0, "data"});
    const char* const other = datasets.at(random.below(datasets.size()));
    if (random.chance(1, 3) && engine.index().find_dataset(tenant, other, 0)) {
      spec.inputs.push_back({other, 0, "more"});
    }
  }
  if (random.chance(1, 16)) spec.where.sites = {random.chance(1, 2) ? "n*" : "far"};
  if (random.chance(1, 32)) spec.where.residency = {"CN"};
  if (random.chance(1, 32)) spec.where = {{}, {}, "near", 20'000, {}};
}

std::vector<TransferReport> made_up_arrivals(base::Random& random, const Engine& engine,
                                             SiteId site) {
  std::vector<TransferReport> reports;
  for (const auto& [id, transfer] : engine.state().transfers) {
    if (transfer.to != site && !random.chance(1, 8)) continue;
    if (random.chance(1, 2)) continue;
    const auto phase = static_cast<TransferPhase>(random.below(3));
    reports.push_back({id, phase, 17, phase == TransferPhase::failed ? "no route to host" : ""});
  }
  if (random.chance(1, 20)) reports.push_back({{999}, TransferPhase::done, 0, ""});
  return reports;
}

}  // namespace weir::engine::test
