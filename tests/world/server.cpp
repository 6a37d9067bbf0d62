#include "tests/world/server.h"

#include "engine/wishes.h"
#include "model/pack.h"
#include "tests/world/words.h"

namespace weir::world {

Server::Server(Agenda& agenda, const Faults& faults, base::Random random, Trace& trace,
               Checkers& checkers, Plant plant, SendEffect send_effect)
    : agenda_(agenda),
      faults_(faults),
      random_(random),
      trace_(trace),
      checkers_(checkers),
      plant_(plant),
      send_effect_(std::move(send_effect)) {
  journal_.skip_sync(plant_ == Plant::skip_sync);
}

void Server::start() {
  ++life_;
  engine_ = rebuilt();
  trace_.say("server", [&] {
    return "is up with row " + std::to_string(engine_->state().sequence) + " of its journal";
  });
  checkers_.rebuilt(journal_, *engine_);
  chain_ = journal_.last_chain();
  woken_at_.reset();
  take(model::StartControlPlane{"world"}, {});
}

engine::Engine Server::rebuilt() {
  engine::Engine engine;
  const auto snapshot = journal_.latest_snapshot();
  checkers_.require(snapshot.has_value(), "snapshot belongs to its journal",
                    [&] { return snapshot.error().text(); });
  if (*snapshot && random_.chance(1, 2)) {
    auto restored = engine::Engine::restore((*snapshot)->state);
    checkers_.require(restored.has_value(), "snapshot reads back",
                      [&] { return restored.error().text(); });
    engine = std::move(*restored);
  }
  const std::uint64_t first = engine.state().sequence + 1;
  const std::uint64_t last = journal_.last_sequence();
  // The planted fault: one row's facts are applied a second time.
  const std::uint64_t twice =
      plant_ == Plant::apply_twice && last >= first ? first + random_.below(last - first + 1) : 0;
  const auto read = journal_.read(first, last, [&](const journal::Row& row) {
    std::vector<model::Fact> facts = *model::unpack_facts(row.facts);
    if (row.sequence == twice) {
      const std::vector<model::Fact> again = facts;
      facts.insert(facts.end(), again.begin(), again.end());
    }
    engine.replay(row.sequence, facts, base::time_from_us(row.time_us));
    return true;
  });
  checkers_.require(read.has_value(), "journal reads back", [&] { return read.error().text(); });
  return engine;
}

void Server::crash(const std::string& why, base::Duration down) {
  if (!up()) return;
  trace_.say("server", [&] { return "crashes: " + why; });
  engine_.reset();
  waiting_.clear();
  group_.clear();
  const std::uint64_t life = ++life_;
  journal_.crash();
  agenda_.after(down, [this, life] {
    if (up() || life != life_) return;
    journal_.restart();
    start();
  });
}

void Server::crash_somewhere(const char* where) {
  crash(where,
        std::chrono::milliseconds(50 + random_.below(random_.chance(1, 5) ? 90'000 : 3'000)));
}

model::Input Server::with_current_epoch(const model::Input& input) const {
  const auto* report = std::get_if<model::ReportSite>(&input);
  if (report == nullptr) return input;
  const auto& sites = engine_->index().site_by_name;
  const auto at = sites.find(report->site);
  if (at == sites.end()) return input;
  model::ReportSite changed = *report;
  changed.epoch = engine_->state().sites.at(at->second).epoch;
  return changed;
}

void Server::take(const model::Input& input, const Answer& answer) {
  if (!up()) return;
  if (faults_.strikes(random_, faults_.server_crashes_at_step)) {
    return crash_somewhere("before a step");
  }
  const base::Time now = agenda_.now();
  const model::Input taken = plant_ == Plant::drop_epoch_check ? with_current_epoch(input) : input;
  const std::uint64_t epoch_before = checkers_.epoch_for(input, *engine_);
  engine::Step step = engine_->step(taken, now);
  trace_.say("server", [&] { return words(input) + words(step); });
  Output output;
  if (!step.facts.empty()) {
    journal::Row row{step.sequence,
                     base::to_us(now),
                     model::pack_input(taken),
                     model::pack_facts(step.facts),
                     {}};
    row.chain = chain_ = journal::chain_after(chain_, row);
    output.row = std::move(row);
  }
  checkers_.stepped(input, epoch_before, step, *engine_, output.row ? &*output.row : nullptr);
  output.effects = std::move(step.effects);
  if (answer) output.answer = [answer, reply = std::move(step.reply)] { answer(reply); };
  put(std::move(output));
  wake_at_need();
  if (faults_.strikes(random_, faults_.server_crashes_at_step)) {
    crash_somewhere("between a step and its commit");
  }
}

void Server::tell_wanted(const std::string& site, const WantedAnswer& answer) {
  if (!up()) return;
  const auto at = engine_->index().site_by_name.find(site);
  if (at == engine_->index().site_by_name.end()) return;
  Output output;
  output.answer = [answer, wanted = engine::wanted_state(engine_->state(), at->second)] {
    answer(wanted);
  };
  put(std::move(output));
}

void Server::put(Output output) {
  waiting_.push_back(std::move(output));
  if (group_.empty()) begin_commit();
}

void Server::begin_commit() {
  group_ = std::exchange(waiting_, {});
  agenda_.after(std::chrono::microseconds(100 + random_.below(20'000)), [this, life = life_] {
    if (life == life_) finish_commit();
  });
}

bool Server::append(const std::vector<journal::Row>& rows) {
  if (rows.empty()) return true;
  if (faults_.strikes(random_, faults_.append_fails)) {
    switch (random_.below(3)) {
      case 0:
        journal_.fail_next_append();
        break;
      case 1:
        journal_.tear_next_append(random_.below(rows.size() + 1));
        break;
      default:
        journal_.crash_after_next_append();
    }
  }
  return journal_.append(rows, {}).has_value();
}

void Server::finish_commit() {
  std::vector<journal::Row> rows;
  for (Output& output : group_) {
    if (output.row) rows.push_back(std::move(*output.row));
  }
  if (!append(rows)) return crash_somewhere("the journal could not be written");
  checkers_.durable(rows);
  const std::vector<Output> group = std::exchange(group_, {});
  if (!release(group)) return;
  write_snapshot_sometimes();
  if (!waiting_.empty() && group_.empty()) begin_commit();
}

bool Server::release(const std::vector<Output>& group) {
  const std::uint64_t life = life_;
  for (const Output& output : group) {
    if (faults_.strikes(random_, faults_.server_crashes_at_step)) {
      crash_somewhere("between a commit and what follows from it");
    }
    if (life != life_) return false;
    for (const model::Effect& effect : output.effects) {
      if (const auto* change = std::get_if<model::ChangeWanted>(&effect)) send_effect_(*change);
    }
    if (output.answer) output.answer();
  }
  return true;
}

void Server::write_snapshot_sometimes() {
  if (!waiting_.empty() || !group_.empty()) return;
  const bool check = random_.chance(1, 8);
  const bool write = random_.chance(1, 30);
  if (check || write) checkers_.live(*engine_);
  if (!write) return;
  const std::uint64_t sequence = engine_->state().sequence;
  if (sequence == 0) return;
  (void)journal_.write_snapshot({sequence, chain_, engine_->snapshot()});
}

void Server::wake_at_need() {
  const auto wake = engine_->next_wake();
  if (!wake || (woken_at_ && *woken_at_ <= *wake && *woken_at_ > agenda_.now())) return;
  woken_at_ = *wake;
  agenda_.at(*wake, [this, life = life_, time = *wake] {
    if (life != life_ || woken_at_ != time) return;
    woken_at_.reset();
    take(model::Tick{}, {});
    if (up()) wake_at_need();
  });
}

}  // namespace weir::world
