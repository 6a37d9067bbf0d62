#include "tests/world/checkers.h"

#include <algorithm>

#include "model/pack.h"

namespace weir::world {

using namespace model;

namespace {

std::string text(AttemptKey key) { return "attempt " + format_attempt(key); }
std::string text(JobId job) { return "job " + std::to_string(job.value); }

bool rank_could_run(const ResourceOption& option, const Node& node) {
  if (node.cpus < option.cpus || node.memory_bytes < option.memory_bytes) return false;
  return std::all_of(option.devices.begin(), option.devices.end(), [&](const DeviceCount& wanted) {
    const auto have = std::count_if(node.devices.begin(), node.devices.end(),
                                    [&](const Device& d) { return d.model == wanted.model; });
    return have >= static_cast<std::ptrdiff_t>(wanted.count);
  });
}

}  // namespace

bool could_run(const JobSpec& spec, const std::vector<Node>& nodes) {
  return std::any_of(spec.options.begin(), spec.options.end(), [&](const ResourceOption& option) {
    const auto fitting = std::count_if(
        nodes.begin(), nodes.end(), [&](const Node& node) { return rank_could_run(option, node); });
    return fitting >= static_cast<std::ptrdiff_t>(spec.nodes);
  });
}

// ---- each step

std::uint64_t Checkers::epoch_for(const Input& input, const engine::Engine& engine) const {
  const auto* report = std::get_if<ReportSite>(&input);
  if (report == nullptr) return 0;
  const auto at = engine.index().site_by_name.find(report->site);
  return at == engine.index().site_by_name.end() ? 0 : engine.state().sites.at(at->second).epoch;
}

void Checkers::stepped(const Input& input, std::uint64_t epoch_before, const engine::Step& step,
                       const engine::Engine& engine, const journal::Row* row) {
  ++engine_steps_;
  if (row != nullptr) {
    fingerprint_ = journal::chain_after(fingerprint_, *row);
  } else {
    // What changed nothing is no row; that it was refused, and how, is part of the world.
    journal::Row refused;
    refused.time_us = to_us(agenda_.now());
    refused.input = pack_input(input);
    if (step.reply.error) refused.facts = step.reply.error->text();
    fingerprint_ = journal::chain_after(fingerprint_, refused);
  }

  require((row != nullptr) == !step.facts.empty(), "facts make a row", [] { return ""; });
  // How what was lost has ended is kept from a report that is refused; nothing hangs on it.
  const bool only_told_late = std::ranges::all_of(
      step.facts, [](const Fact& fact) { return std::holds_alternative<LateEndTold>(fact); });
  require(!step.reply.error || only_told_late, "a refusal changes nothing",
          [&] { return step.reply.error->text(); });
  if (const auto* report = std::get_if<ReportSite>(&input)) {
    require(report->epoch == epoch_before || only_told_late,
            "a report of an old epoch changes nothing", [&] {
              return "a report of epoch " + std::to_string(report->epoch) +
                     " became facts in epoch " + std::to_string(epoch_before);
            });
  }
  if (const auto* submission = std::get_if<SubmitJobs>(&input)) {
    check_submission(*submission, step, engine);
  }
  if (row == nullptr) return;
  check_engine(engine);
  check_transfers(engine);
}

void Checkers::check_submission(const SubmitJobs& input, const engine::Step& step,
                                const engine::Engine& engine) const {
  const auto& error = step.reply.error;
  if (step.reply.repeated || (error && error->code == base::ErrorCode::conflict)) return;
  if (engine.state().sites.empty()) return;  // nobody can say yet what fits
  const bool all_could = std::all_of(input.jobs.begin(), input.jobs.end(), [&](const JobSpec& job) {
    for (const DataInput& read : job.inputs) {
      if (!engine.index().find_dataset(input.by.tenant, read.dataset, 0)) return false;
    }
    return std::any_of(engine.state().sites.begin(), engine.state().sites.end(),
                       [&](const auto& site) { return could_run(job, site.second.nodes); });
  });
  require(all_could == !error, "refused exactly where it can never run", [&] {
    return error ? "refused though it fits: " + error->text() : "taken though it can never run";
  });
}

void Checkers::check_engine(const engine::Engine& engine) const {
  for (const auto& [id, site] : engine.state().sites) {
    std::vector<std::uint32_t> cpus(site.nodes.size());
    std::vector<std::int64_t> memory(site.nodes.size());
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> held_milli;  // node, device
    for (const JobId job : engine.index().running_jobs) {
      for (const engine::RunningAttempt& run : engine.state().jobs.at(job).running) {
        if (run.site != id) continue;
        for (const RankPlacement& rank : run.ranks) {
          cpus.at(rank.node) += rank.cpus;
          memory.at(rank.node) += rank.memory_bytes;
          for (const std::uint32_t device : rank.devices) {
            require((held_milli[{rank.node, device}] += rank.device_milli) <= whole_device_milli,
                    "no device is given twice", [&] { return text(run.key); });
          }
        }
      }
    }
    const schedule::Capacity& capacity = engine.index().sites.at(id).capacity;
    for (std::uint32_t node = 0; node < site.nodes.size(); ++node) {
      const Node& whole = site.nodes[node];
      const schedule::Shape& free = capacity.free_of(node);
      require(cpus[node] <= whole.cpus && memory[node] <= whole.memory_bytes,
              "no node is over-committed", [&] { return whole.name + " by the engine's view"; });
      require(cpus[node] + free.cpus == whole.cpus &&
                  memory[node] + free.memory_bytes == whole.memory_bytes,
              "what is free is what nobody holds", [&] { return whole.name; });
    }
  }
}

// Nothing moves that nobody waits for, and no link is given away twice.
void Checkers::check_transfers(const engine::Engine& engine) const {
  const engine::State& state = engine.state();
  for (const auto& [id, transfer] : state.transfers) {
    const Dataset& dataset = state.datasets.at(transfer.dataset);
    const auto readers = engine.index().readers.find(dataset.id);
    const bool awaited = readers != engine.index().readers.end() &&
                         std::any_of(readers->second.begin(), readers->second.end(),
                                     [&, to = transfer.to](JobId job) {
                                       const engine::JobRecord& record = state.jobs.at(job);
                                       return record.staging && record.directed_to == to;
                                     });
    require(awaited || !dataset.rules.empty(), "every transfer has an owner",
            [&] { return dataset.name + " is on its way for nobody"; });
    const auto link = std::find_if(state.network.links.begin(), state.network.links.end(),
                                   [&, &from = transfer](const Link& each) {
                                     return each.from == state.sites.at(from.from).name &&
                                            each.to == state.sites.at(from.to).name;
                                   });
    require(link != state.network.links.end(), "what is on its way has a link", [&] { return ""; });
    for (const RateWindow& window : transfer.windows) {
      std::int64_t given = 0;
      for (const auto& [other, also] : state.transfers) {
        if (also.from != transfer.from) continue;
        for (const RateWindow& each : also.windows) {
          if (each.from <= window.from && window.from < each.until) given += each.bandwidth_bps;
        }
      }
      require(given <= link->bandwidth_bps, "no link is given away twice",
              [&] { return link->from + " to " + link->to; });
    }
  }
}

// ---- what is durable

void Checkers::durable(const std::vector<journal::Row>& rows) {
  for (const journal::Row& row : rows) follow(row);
}

void Checkers::follow(const journal::Row& row) {
  auto input = unpack_input(row.input);
  require(input.has_value(), "a journaled input reads back", [&] { return input.error().text(); });
  const engine::Step step = follower_.step(*input, base::time_from_us(row.time_us));
  require(step.sequence == row.sequence && pack_facts(step.facts) == row.facts,
          "the same inputs give the same facts",
          [&] { return "row " + std::to_string(row.sequence) + " differs when stepped again"; });
  for (const Fact& fact : step.facts) note(fact);
}

void Checkers::note(const Fact& fact) {
  const auto of_job = [&](JobId id) -> JobLife& {
    const auto at = jobs_.find(id);
    require(at != jobs_.end(), "facts speak of known jobs", [&] { return text(id); });
    require(!at->second.ended, "an ended job stays as it ended", [&] { return text(id); });
    return at->second;
  };
  if (const auto* submitted = std::get_if<JobSubmitted>(&fact)) {
    require(jobs_.try_emplace(submitted->job).second, "no job number is used twice",
            [&] { return text(submitted->job); });
  } else if (const auto* kept = std::get_if<SubmissionKept>(&fact)) {
    require(keys_.insert(kept->key).second, "a key makes one set of jobs",
            [&] { return kept->key; });
  } else if (const auto* held = std::get_if<JobHeld>(&fact)) {
    of_job(held->job).held = true;
  } else if (const auto* released = std::get_if<JobReleased>(&fact)) {
    of_job(released->job).held = false;
  } else if (const auto* cancelled = std::get_if<JobCancelled>(&fact)) {
    if (!cancelled->one_task) of_job(cancelled->job).cancelled = true;
  } else if (const auto* placed = std::get_if<TaskPlaced>(&fact)) {
    of_job(placed->attempt.job);
    note_placed(*placed);
  } else if (const auto* started = std::get_if<AttemptStarted>(&fact)) {
    require(of_job(started->attempt.job).running.contains(started->attempt),
            "only what was placed starts", [&] { return text(started->attempt); });
  } else if (const auto* ended = std::get_if<AttemptEnded>(&fact)) {
    of_job(ended->attempt.job);
    note_attempt_end(*ended);
  } else if (const auto* job_ended = std::get_if<JobEnded>(&fact)) {
    JobLife& job = of_job(job_ended->job);
    require(job.running.empty(), "a job ends after its attempts",
            [&] { return text(job_ended->job); });
    job.ended = true;
    job.end = job_ended->state;
  }
}

void Checkers::note_placed(const TaskPlaced& fact) {
  JobLife& job = jobs_.at(fact.attempt.job);
  const engine::JobRecord& record = follower_.state().jobs.at(fact.attempt.job);
  const auto why = [&] { return text(fact.attempt); };
  require(!job.held && !job.cancelled, "nothing held or cancelled is placed", why);
  require(job.all.insert(fact.attempt).second, "an attempt is placed once", why);
  for (const AttemptKey& other : job.running) {
    require(other.task != fact.attempt.task, "a task has one attempt at a time", why);
  }
  job.running.insert(fact.attempt);
  ranks_[fact.attempt] = static_cast<std::uint32_t>(fact.ranks.size());
  require(record.array.at_once == 0 || job.running.size() <= record.array.at_once,
          "an array keeps to its number at once", why);
  std::set<std::uint32_t> nodes;
  for (const RankPlacement& rank : fact.ranks) nodes.insert(rank.node);
  require(nodes.size() == record.nodes && fact.ranks.size() == record.nodes,
          "a gang has a node for each rank", why);
}

void Checkers::note_attempt_end(const AttemptEnded& fact) {
  JobLife& job = jobs_.at(fact.attempt.job);
  require(job.running.erase(fact.attempt) == 1, "an attempt ends once",
          [&] { return text(fact.attempt); });
  if (fact.outcome.reason != Reason::site_lost) check_truth(fact);
}

// What is recorded is what happened.
void Checkers::check_truth(const AttemptEnded& fact) const {
  using End = backend::RankOutcome::End;
  std::uint32_t well = 0;
  for (const auto& [site, processes] : truth_) {
    for (std::uint32_t rank = 0; rank < ranks_.at(fact.attempt); ++rank) {
      const backend::RankKey key{fact.attempt.job.value, fact.attempt.task, fact.attempt.attempt,
                                 rank};
      const auto at = processes->lives().find(key);
      if (at == processes->lives().end()) continue;
      const Processes::Life& life = at->second;
      require(!life.alive, "what is recorded as ended has ended",
              [&] { return backend::to_text(key); });
      if (life.outcome.end == End::exited && life.outcome.exit_code == 0) ++well;
      if (fact.outcome.reason == Reason::program_failed && fact.outcome.rank == rank) {
        require(life.outcome.exit_code == fact.outcome.exit_code, "the exit code is the program's",
                [&] { return backend::to_text(key); });
      }
    }
  }
  require((fact.outcome.ending == Ending::succeeded) == (well == ranks_.at(fact.attempt)),
          "a gang succeeds exactly where each rank does", [&] { return text(fact.attempt); });
}

void Checkers::check_counts(const engine::Engine& engine) const {
  for (const auto& [id, job] : engine.state().jobs) {
    const std::size_t tasks =
        job.waiting() + job.running.size() + job.succeeded + job.failed + job.stopped;
    require(tasks == job.array.size(), "every task of a job is somewhere",
            [&, job_id = id] { return text(job_id) + ": " + std::to_string(tasks); });
  }
}

void Checkers::live(const engine::Engine& engine) {
  check_counts(engine);
  require(engine.snapshot() == follower_.snapshot(), "the live state is what its journal says",
          [&] { return "after row " + std::to_string(engine.state().sequence); });
}

void Checkers::rebuilt(journal::Journal& journal, const engine::Engine& engine) {
  for (const auto& [job, key] : accepted_) {
    require(engine.state().jobs.contains(job), "no accepted job is lost",
            [&, id = job] { return text(id) + " was accepted and is gone"; });
  }
  require(journal.last_sequence() >= follower_.state().sequence, "no durable row is lost", [&] {
    return "row " + std::to_string(follower_.state().sequence) + " was durable and is gone";
  });
  const auto read =
      journal.read(follower_.state().sequence + 1, journal.last_sequence(), [&](const auto& row) {
        follow(row);
        return true;
      });
  require(read.has_value(), "journal reads back", [&] { return read.error().text(); });
  require(engine.snapshot() == follower_.snapshot(), "facts alone rebuild the state",
          [&] { return "after row " + std::to_string(engine.state().sequence); });
}

// ---- what clients and machines see

void Checkers::accepted(const std::vector<JobId>& jobs, const std::string& key) {
  for (const JobId job : jobs) {
    require(follower_.state().jobs.contains(job), "what is accepted is durable",
            [&] { return text(job); });
    accepted_[job] = key;
  }
  if (key.empty()) return;
  const auto [at, is_new] = accepted_by_key_.try_emplace(key, jobs);
  require(is_new || at->second == jobs, "a key gives the same jobs again", [&] { return key; });
}

void Checkers::process_begun(const std::string& site, const backend::RankKey& key) {
  for (const DatasetId input : follower_.state().jobs.at({key.job}).inputs) {
    const std::string& name = follower_.state().datasets.at(input).name;
    require(bytes_->contains({name, site}), "work begins where its data lies",
            [&] { return backend::to_text(key) + " begins without " + name; });
  }
  for (const auto& [name, processes] : truth_) {
    for (const backend::RankKey& other : processes->alive()) {
      const bool same_task = other.job == key.job && other.task == key.task;
      require(!same_task || other.attempt == key.attempt, "no task runs twice at once", [&] {
        return backend::to_text(key) + " begins while " + backend::to_text(other) + " runs";
      });
    }
  }
  const Processes& processes = *truth_.at(site);
  std::map<std::uint32_t, std::pair<std::uint32_t, std::int64_t>> used;
  std::uint32_t cpus = 0;
  std::map<std::string, std::uint32_t> used_milli;  // of devices
  for (const backend::RankKey& other : processes.alive()) {
    const Processes::Life& life = processes.lives().at(other);
    cpus += life.share.cpus;
    for (const std::string& device : life.addresses) {
      require((used_milli[device] += life.share.device_milli) <= whole_device_milli,
              "no device is used twice at once",
              [&] { return backend::to_text(key) + " begins and " + device + " has two users"; });
    }
    if (life.cut != processes.cut()) continue;
    used[life.share.node_index].first += life.share.cpus;
    used[life.share.node_index].second += life.share.memory_bytes;
  }
  std::uint32_t cpus_here = 0;
  for (const Node& node : processes.nodes()) cpus_here += node.cpus;
  require(cpus <= cpus_here, "no node is over-committed by what really runs",
          [&] { return "all machines, as " + backend::to_text(key) + " begins"; });
  for (const auto& [node, amounts] : used) {
    const Node& whole = processes.nodes().at(node);
    require(amounts.first <= whole.cpus && amounts.second <= whole.memory_bytes,
            "no node is over-committed by what really runs",
            [&] { return whole.name + ", as " + backend::to_text(key) + " begins"; });
  }
}

void Checkers::queues(std::size_t under_way, std::size_t attempts_at_site,
                      const Processes& processes) {
  std::size_t cpus = 0;
  for (const Node& node : processes.nodes()) cpus += node.cpus;
  require(under_way <= 1000, "messages under way are bounded",
          [&] { return std::to_string(under_way); });
  require(attempts_at_site <= 4 * cpus + processes.noted() + 20, "an agent's list is bounded",
          [&] { return std::to_string(attempts_at_site) + " attempts"; });
}

// ---- at the end

std::string Checkers::unrest(const engine::Engine& engine) const {
  for (const auto& [id, job] : engine.state().jobs) {
    if (is_terminal(job.state)) continue;
    const JobSpec spec = unpack_spec(job.packed_spec);
    const bool possible =
        std::any_of(engine.state().sites.begin(), engine.state().sites.end(),
                    [&](const auto& site) { return could_run(spec, site.second.nodes); });
    if (!job.running.empty() || (possible && !job.held)) {
      return text(id) + " is " + std::string(base::enum_name(job.state)) + " for ever";
    }
  }
  return "";
}

void Checkers::at_rest(journal::Journal& journal, const engine::Engine& engine) {
  live(engine);
  rebuilt(journal, engine);
  engine::Engine from_facts;
  const auto read = journal.read(1, journal.last_sequence(), [&](const journal::Row& row) {
    from_facts.replay(row.sequence, *unpack_facts(row.facts), base::time_from_us(row.time_us));
    return true;
  });
  require(read.has_value(), "journal reads back", [&] { return read.error().text(); });
  require(from_facts.snapshot() == engine.snapshot(), "facts alone rebuild the state",
          [] { return "from the first row to the last"; });
  for (const auto& [id, job] : jobs_) {
    const engine::JobRecord& record = engine.state().jobs.at(id);
    require(job.ended == is_terminal(record.state), "every ended job has one end",
            [&, job_id = id] { return text(job_id); });
    require(!job.ended || job.end == record.state, "every ended job has one end",
            [&, job_id = id] { return text(job_id); });
  }
}

std::string Checkers::fingerprint() const { return base::to_hex(fingerprint_).substr(0, 16); }

}  // namespace weir::world
