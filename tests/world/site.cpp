#include "tests/world/site.h"

namespace weir::world {
namespace {

// All nodes as one: another cut of the same machines.
std::vector<model::Node> merged(const std::vector<model::Node>& nodes) {
  model::Node one = nodes.front();
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    one.cpus += nodes[i].cpus;
    one.memory_bytes += nodes[i].memory_bytes;
    one.devices.insert(one.devices.end(), nodes[i].devices.begin(), nodes[i].devices.end());
  }
  return {one};
}

}  // namespace

Site::Site(std::string name, std::vector<model::Node> nodes, Agenda& agenda, const Faults& faults,
           base::Random random, Trace& trace, Network& network, Server& server)
    : name_(std::move(name)),
      agenda_(agenda),
      faults_(faults),
      random_(random),
      trace_(trace),
      network_(network),
      server_(server),
      processes_(agenda, faults, random_.fork(), trace, nodes),
      first_cut_(std::move(nodes)) {
  processes_.when_changed([this] { look_soon(); });
}

void Site::start_agent() {
  if (core_) return;
  ++life_;
  looking_ = false;
  agent::Settings settings;
  settings.site = name_;
  settings.report_attempts_max = 5;
  core_.emplace(settings);
  trace_.say("agent", [] { return "is up"; });
  core_->observed(processes_.observe());
  settle();
}

void Site::crash_agent(base::Duration down) {
  if (!core_) return;
  trace_.say("agent", [] { return "crashes"; });
  core_.reset();
  const std::uint64_t life = ++life_;
  agenda_.after(down, [this, life] {
    if (life == life_) start_agent();
  });
}

void Site::lose_power(base::Duration down) {
  trace_.say("machine", [] { return "loses power"; });
  crash_agent(down);
  processes_.lose_power();
}

void Site::cut_again() {
  const bool is_first = processes_.nodes() == first_cut_;
  processes_.cut_into(is_first ? merged(first_cut_) : first_cut_);
  trace_.say("machine", [&] {
    return "is now cut into " + std::to_string(processes_.nodes().size()) + " nodes";
  });
}

void Site::take(const model::ChangeWanted& change) {
  if (!core_) return;
  core_->wanted_changed(change);
  settle();
}

bool Site::empty() const {
  return core_ && core_->attempts().empty() && processes_.alive().empty() &&
         processes_.noted() == 0;
}

void Site::look_soon() {
  if (!core_ || looking_) return;
  looking_ = true;
  agenda_.after(std::chrono::milliseconds(random_.below(20)), [this, life = life_] {
    if (life != life_) return;
    looking_ = false;
    core_->observed(processes_.changes());
    settle();
  });
}

void Site::settle() {
  const std::uint64_t life = life_;
  while (true) {
    const std::vector<agent::Action> actions = core_->settle(agenda_.now());
    if (actions.empty()) break;
    for (const agent::Action& action : actions) {
      act(action);
      if (faults_.strikes(random_, faults_.agent_crashes_at_action)) {
        crash_agent(std::chrono::milliseconds(random_.below(20'000)));
      }
      if (life != life_) return;
    }
  }
  wake_at_need();
}

void Site::act(const agent::Action& action) {
  if (const auto* start = std::get_if<agent::StartRank>(&action)) {
    const auto begun = processes_.start(start->key, *start->wish);
    if (!begun) core_->start_refused(start->key, begun.error());
  } else if (const auto* stop = std::get_if<agent::StopRank>(&action)) {
    trace_.say("agent", [&] { return "stops " + backend::to_text(stop->key); });
    processes_.stop(stop->key);
  } else if (const auto* forget = std::get_if<agent::ForgetRank>(&action)) {
    trace_.say("agent", [&] { return "forgets " + backend::to_text(forget->key); });
    processes_.forget(forget->key);
  } else if (const auto* report = std::get_if<agent::SendReport>(&action)) {
    send(report->report);
  } else if (std::holds_alternative<agent::FetchWanted>(action)) {
    fetch();
  } else {
    join();
  }
}

template <typename Take>
void Site::carry_back(Take take) {
  network_.carry(name_, true, [take = std::move(take)] { take(); });
}

void Site::join() {
  trace_.say("agent", [] { return "asks to join"; });
  const model::JoinSite input{name_, processes_.nodes()};
  network_.carry(name_, true, [this, life = life_, input] {
    server_.take(input, [this, life](const engine::Reply& reply) {
      carry_back([this, life, epoch = reply.epoch] {
        if (life != life_) return;
        core_->joined(epoch);
        settle();
      });
    });
  });
}

void Site::send(const model::ReportSite& report) {
  network_.carry(name_, true, [this, life = life_, report] {
    server_.take(report, [this, life, sequence = report.sequence](const engine::Reply& reply) {
      carry_back([this, life, sequence, is_over = reply.error.has_value(),
                  version = reply.wanted_version] {
        if (life != life_) return;
        if (is_over) {
          core_->refused(sequence);
        } else {
          core_->acknowledged(sequence, version);
        }
        settle();
      });
    });
  });
}

void Site::fetch() {
  network_.carry(name_, true, [this, life = life_] {
    server_.tell_wanted(name_, [this, life](const model::WantedState& wanted) {
      carry_back([this, life, wanted] {
        if (life != life_) return;
        core_->wanted(wanted);
        settle();
      });
    });
  });
}

void Site::wake_at_need() {
  const std::uint64_t plan = ++wake_plan_;
  const base::Time wake = core_->next_wake();
  if (wake == base::Time::max()) return;
  agenda_.at(wake, [this, plan, life = life_] {
    if (plan == wake_plan_ && life == life_) settle();
  });
}

}  // namespace weir::world
