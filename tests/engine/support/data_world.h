// A world of three sites to try data in: what is read lies at home, which has one processor; a card
// is only there; data may pass by the middle.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace weir::engine::test {

inline const model::Principal olga{"lab", "olga", model::Role::operator_};
inline const base::Time midnight = *base::parse_time("2026-01-01T00:00:00Z");
inline constexpr std::int64_t gib = std::int64_t{1} << 30;

class World {
 public:
  explicit World(model::NetworkTable table) {
    for (const char* name : {"home", "there", "middle"}) {
      model::JoinSite join{name, {{}}};
      model::Node& node = join.nodes.front();
      node.name = "node0";
      node.cpus = 1;
      node.memory_bytes = gib;
      if (join.site == "there") {
        node.devices.resize(1);
        node.devices.front().model = "nvidia-h100";
      }
      epochs_[name] = step(join).reply.epoch;
    }
    EXPECT_FALSE(step(model::SetNetwork{olga, std::move(table)}).reply.error);
  }

  Step step(const model::Input& input) { return engine_.step(input, now_); }

  Step put(const std::string& name, const model::DatasetLabels& of_it,
           std::vector<model::ReplicaRule> rules = {}) {
    model::Dataset dataset;
    dataset.name = name;
    dataset.version = 0;
    dataset.bytes = gib;
    dataset.labels = of_it;
    dataset.rules = std::move(rules);
    dataset.replicas = {{"home", "/data/" + name, {}, {}}};
    return step(model::PutDataset{olga, std::move(dataset)});
  }
  // d0, d1, … as inputs of a job. False: they may not even lie at home.
  bool put_inputs(const std::vector<model::DatasetLabels>& inputs, model::JobSpec& spec) {
    for (const model::DatasetLabels& of_it : inputs) {
      const std::string name = "d" + std::to_string(spec.inputs.size());
      const Step done = put(name, of_it);
      if (done.reply.error) ADD_FAILURE() << done.reply.error->text();
      if (done.reply.error) return false;
      spec.inputs.push_back({name, 0, name});
    }
    return true;
  }
  Step submit(const model::JobSpec& spec) { return step(model::SubmitJobs{olga, "", {spec}}); }
  // Fills home for as long as anybody cares.
  void fill_home() {
    model::JobSpec spec = job(false);
    spec.time_limit = std::chrono::hours(100);
    spec.where.sites = {"home"};
    EXPECT_FALSE(submit(spec).reply.error);
  }
  static model::JobSpec job(bool with_card) {
    model::JobSpec spec;
    spec.run = "true";
    if (with_card) spec.options[0].devices = {{"nvidia-h100", 1}};
    spec.time_limit = std::chrono::hours(1);
    return spec;
  }

  // All that is on its way has come.
  void bring_all() {
    for (int round = 0; round < 10 && !engine_.state().transfers.empty(); ++round) {
      const model::Transfer transfer = (*engine_.state().transfers.begin()).second;
      report(name_of(transfer.to), {}, {{transfer.id, model::TransferPhase::done, gib, ""}});
    }
    EXPECT_TRUE(engine_.state().transfers.empty());
  }
  void end(std::uint64_t number, std::vector<model::OutputReport> outputs = {}) {
    const RunningAttempt run = engine_.state().jobs.at(model::JobId{number}).running.front();
    report(
        name_of(run.site),
        {{run.key, model::AttemptPhase::ended, now_, model::Outcome{}, {}, 0, std::move(outputs)}},
        {});
  }
  void report(const std::string& site, std::vector<model::AttemptReport> attempts,
              std::vector<model::TransferReport> transfers) {
    now_ += std::chrono::seconds(1);
    (void)step(model::ReportSite{site, epochs_.at(site), ++reports_, std::move(attempts),
                                 std::move(transfers)});
  }

  [[nodiscard]] std::string name_of(model::SiteId site) const {
    return engine_.state().sites.at(site).name;
  }
  // Where a job runs; "": nowhere.
  [[nodiscard]] std::string runs_at(std::uint64_t number) const {
    const JobRecord& of_it = engine_.state().jobs.at(model::JobId{number});
    return of_it.running.empty() ? "" : name_of(of_it.running.front().site);
  }
  // How many transfers have this site on their way.
  [[nodiscard]] std::size_t coming(const std::string& site) const {
    std::size_t count = 0;
    for (const auto& [id, transfer] : engine_.state().transfers) {
      if (name_of(transfer.to) == site) ++count;
      if (transfer.relay && name_of(*transfer.relay) == site) ++count;
    }
    return count;
  }
  [[nodiscard]] bool any_replica_at(const std::string& site) const {
    for (const auto& [id, dataset] : engine_.state().datasets) {
      if (dataset.at(site) != nullptr) return true;
    }
    return false;
  }
  [[nodiscard]] const Engine& engine() const { return engine_; }
  [[nodiscard]] base::Time now() const { return now_; }

 private:
  Engine engine_;
  base::Time now_ = midnight;
  std::uint64_t reports_ = 0;
  std::map<std::string, std::uint64_t> epochs_;
};

}  // namespace weir::engine::test
