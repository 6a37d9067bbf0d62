// What became of each job of a run, from the facts alone, and the figures over all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/fact.h"
#include "twin/attempt_map.h"
#include "twin/figures.h"
#include "twin/series.h"
#include "twin/site.h"

namespace weir::twin {

// One job, as it stands when it has ended or the run is over.
struct JobOutcome {
  model::JobId job;
  std::uint32_t tenant = 0;  // index in Record::tenants
  std::uint32_t nodes = 0;
  std::uint32_t cpus = 0;           // of its last placement, all ranks
  std::uint32_t devices_milli = 0;  // likewise
  std::uint32_t attempts = 0;
  model::SiteId site;  // of its last placement
  model::JobState state = model::JobState::queued;
  base::Time submitted;
  std::optional<base::Time> started;  // first
  std::optional<base::Time> ended;
};

class Record {
 public:
  using OnEnd = std::function<void(const JobOutcome&)>;

  // `on_end` is told of each job as it ends.
  Record(std::span<const SiteModel> sites, base::Time begin, OnEnd on_end = {});

  void take(base::Time now, std::span<const model::Fact> facts);

  // Of the jobs so far. Seed, policy, fingerprint and what else only the caller knows is left to
  // it. Cost: sorting the jobs.
  [[nodiscard]] Figures figures(base::Time end);

  [[nodiscard]] const std::vector<JobOutcome>& jobs() const { return jobs_; }
  [[nodiscard]] const std::vector<std::string>& tenants() const { return tenants_; }
  [[nodiscard]] std::uint64_t ended() const { return ended_; }

 private:
  // Resource × microseconds; a million processors for a year do not fit into 64 bits.
  __extension__ using Wide = unsigned __int128;
  struct Use {
    Wide devices_milli = 0;
    Wide cpus = 0;
    void add(std::uint32_t devices_milli_held, std::uint32_t cpus_held, base::Duration length);
  };
  struct Live {
    base::Time placed;
    std::optional<base::Time> started;
    std::uint32_t devices_milli = 0;
    std::uint32_t cpus = 0;
  };
  struct SiteUse {
    Use allocated;
    std::uint64_t attempts = 0;
  };

  void take(const model::JobSubmitted& fact);
  void take(const model::TaskPlaced& fact);
  void take(const model::AttemptStarted& fact);
  void take(const model::AttemptEnded& fact);
  void take(const model::JobEnded& fact);
  template <typename Other>
  void take(const Other&) {}

  [[nodiscard]] JobOutcome& of(model::JobId job) { return jobs_[job.value - first_]; }
  void pass_time(base::Time until);
  void account(const JobOutcome& job, const Live& live, base::Time until);
  std::uint32_t tenant_of(const std::string& name);
  void fill_spreads(Figures& figures) const;
  void fill_resources(Figures& figures, base::Duration available) const;

  base::Time begin_;
  OnEnd on_end_;
  base::Time now_;
  std::uint64_t first_ = 0;  // id of the first job
  std::vector<JobOutcome> jobs_;
  std::vector<std::string> tenants_;
  std::map<std::string, std::uint32_t> tenant_index_;
  AttemptMap<Live> live_;
  Load load_;
  SeriesKeeper series_;
  Use allocated_;
  Use while_waiting_;  // allocated while somebody waited
  base::Duration waiting_time_{};
  Use busy_;
  std::vector<Use> by_tenant_;
  std::map<model::SiteId, SiteUse> by_site_;
  std::vector<SiteFigures> sites_;  // in the order in which they join
  std::uint64_t ended_ = 0;
  std::uint64_t facts_ = 0;
};

}  // namespace weir::twin
