#include "tests/world/clients.h"

#include <algorithm>

#include "tests/world/job_maker.h"

namespace weir::world {

using namespace model;

namespace {
constexpr const char* clients_name = "clients";
}

void Clients::plan(std::uint32_t wishes, base::Duration span) {
  for (std::uint32_t i = 0; i < wishes; ++i) {
    agenda_.after(base::Duration(random_.below(static_cast<std::uint64_t>(base::to_us(span)))),
                  [this] { wish(); });
  }
}

void Clients::wish() {
  if (highest_job_ == 0 || random_.chance(3, 5)) {
    submit();
  } else {
    steer();
  }
}

Principal Clients::somebody() {
  return random_.chance(1, 2) ? Principal{"lab", "ada", Role::user}
                              : Principal{"lab", "bob", Role::operator_};
}

void Clients::submit() {
  auto submission = std::make_shared<Submission>();
  SubmitJobs& input = submission->input;
  if (!with_key_.empty() && random_.chance(1, 8)) {
    input = with_key_[random_.below(with_key_.size())];
    // Now and then somebody uses a key again for something else: that is refused.
    if (random_.chance(1, 3)) input.jobs.push_back(some_job_spec());
    ++unanswered_;
    return send(submission);
  }
  input.by = somebody();
  const std::uint64_t jobs = random_.chance(1, 5) ? 1 + random_.below(5) : 1;
  for (std::uint64_t i = 0; i < jobs; ++i) input.jobs.push_back(some_job_spec());
  if (random_.chance(2, 3)) {
    input.idempotency_key = "key-" + std::to_string(++keys_);
    with_key_.push_back(input);
    ++unanswered_;
  }
  send(submission);
}

void Clients::send(const std::shared_ptr<Submission>& submission) {
  const SubmitJobs& input = submission->input;
  const bool has_key = !input.idempotency_key.empty();
  network_.carry(clients_name, has_key, [this, submission] {
    server_.take(submission->input, [this, submission](const engine::Reply& reply) {
      network_.carry(clients_name, false, [this, submission, reply] {
        const SubmitJobs& asked = submission->input;
        const bool keyed = !asked.idempotency_key.empty();
        if (!reply.error) {
          const std::string key = keyed ? asked.by.name + "/" + asked.idempotency_key : "";
          checkers_.accepted(reply.jobs, key);
          for (const JobId job : reply.jobs) highest_job_ = std::max(highest_job_, job.value);
        }
        if (keyed && !submission->done) --unanswered_;
        submission->done = true;
      });
    });
  });
  if (!has_key) return;
  agenda_.after(std::chrono::seconds(3 + random_.below(20)), [this, submission] {
    if (!submission->done) send(submission);
  });
}

JobId Clients::some_job() { return {1 + random_.below(highest_job_ + 1)}; }

void Clients::steer() {
  const Principal by = somebody();
  const JobId job = some_job();
  Input input;
  switch (random_.below(14)) {
    case 8:
      input = power();
      break;
    case 9:
    case 10:
    case 11:
    case 12:
    case 13:
      input = data();
      break;
    case 0:
    case 1:
      input = CancelJob{by, job};
      break;
    case 2:
      input = CancelJob{by, job, true, static_cast<std::uint32_t>(random_.below(8))};
      break;
    case 3:
    case 4:
      input = HoldJob{by, job};
      break;
    case 5:
      input = ReleaseJob{by, job};
      break;
    default: {
      UpdateJob update{by, job, {}, {}, {}, {}};
      if (random_.chance(1, 2)) update.priority = static_cast<std::int32_t>(random_.below(101));
      if (random_.chance(1, 4)) {
        update.time_limit = std::chrono::seconds(1 + random_.below(600));
      }
      if (random_.chance(1, 4)) update.array_at_once = static_cast<std::uint32_t>(random_.below(4));
      input = update;
    }
  }
  network_.carry(clients_name, true, [this, input] { server_.take(input, {}); });
}

// What the sites draw, with caps that change, and requests that they draw less.
Input Clients::power() {
  const Principal olga{"lab", "olga", Role::operator_};
  if (!server_.up()) return Tick{};
  const engine::State& state = server_.engine().state();
  std::vector<std::string> sites;
  for (const auto& [id, site] : state.sites) sites.push_back(site.name);
  if (sites.empty()) return Tick{};
  if (!state.power.sites.empty() && random_.chance(2, 3)) {
    RequestPower request{olga, sites[random_.below(sites.size())], {}, {}, {}, {}};
    request.less_milliwatts = random_.between(1, 100'000);
    request.until = state.time + std::chrono::seconds(10 + random_.below(300));
    return request;
  }
  SetPower set{olga, {}};
  for (const std::string& site : sites) {
    SitePower& told = set.table.sites.emplace_back();
    told.site = site;
    told.cpu_draw_mw = 10'000;
    told.devices = {{"nvidia-h100", 50'000}};
    if (random_.chance(1, 2)) continue;
    // Little for a while, and then enough for all: nothing waits for ever.
    told.cap_watts.emplace();
    told.cap_watts->start = state.time;
    told.cap_watts->step = std::chrono::seconds(30 + random_.below(300));
    told.cap_watts->values = {random_.between(0, 200), random_.between(0, 200), 100'000};
  }
  return set;
}

// Some read what is there by then.
JobSpec Clients::some_job_spec() {
  JobSpec spec = make_job(random_);
  if (!server_.up() || !random_.chance(1, 2)) return spec;
  const engine::State& state = server_.engine().state();
  for (const auto& [id, dataset] : state.datasets) {
    if (random_.chance(1, 2)) spec.inputs.push_back({dataset.name, 0, dataset.name});
  }
  return spec;
}

// The links between both sites.
Input Clients::links() {
  SetNetwork set{{"lab", "olga", Role::operator_}, {}};
  set.table.links.push_back({"local", "far", random_.between(50'000'000, 1'000'000'000), 0, 0, {}});
  set.table.links.push_back({"far", "local", random_.between(50'000'000, 1'000'000'000), 0, 0, {}});
  return set;
}

// A dataset comes to be at one of the sites, or is not wanted any more.
Input Clients::data() {
  const Principal olga{"lab", "olga", Role::operator_};
  if (!server_.up()) return Tick{};
  const engine::State& state = server_.engine().state();
  if (state.network.links.empty() || random_.chance(1, 8)) return links();
  if (!state.datasets.empty() && random_.chance(1, 6)) {
    return RemoveDataset{olga, {state.datasets.begin()->second.name, 0}};
  }
  PutDataset put{olga, {}};
  put.dataset.name = "data-" + std::to_string(++datasets_);
  put.dataset.bytes = random_.between(1, 1'000'000'000);
  put.dataset.labels.sensitivity = Sensitivity::open;
  const char* const site = random_.chance(1, 2) ? "local" : "far";
  put.dataset.replicas = {{site, "", {}, {}}};
  if (random_.chance(1, 4)) put.dataset.rules = {{2, "", {}}};
  bytes_.insert({put.dataset.name, site});
  return put;
}

void Clients::calm_down() {
  if (!server_.up()) return;
  if (server_.engine().state().network.links.empty()) {
    network_.carry(clients_name, false, [this, set = links()] { server_.take(set, {}); });
  }
  for (const auto& [id, job] : server_.engine().state().jobs) {
    if (!job.held || is_terminal(job.state)) continue;
    network_.carry(clients_name, false, [this, job_id = id] {
      server_.take(ReleaseJob{{"lab", "bob", Role::operator_}, job_id}, {});
    });
  }
}

}  // namespace weir::world
