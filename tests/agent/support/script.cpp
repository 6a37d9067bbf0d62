#include "tests/agent/support/script.h"

#include "base/describe.h"

namespace weir::agent::test {
namespace {

using State = backend::RankObservation::State;

std::string text_of(const Action& action) {
  if (const auto* start = std::get_if<StartRank>(&action)) {
    return "start " + backend::to_text(start->key);
  }
  if (const auto* stop = std::get_if<StopRank>(&action)) {
    const bool notice = stop->after == backend::StopAfter::notice;
    return "stop " + backend::to_text(stop->key) + (notice ? " after notice" : "");
  }
  if (const auto* forget = std::get_if<ForgetRank>(&action)) {
    return "forget " + backend::to_text(forget->key);
  }
  if (const auto* report = std::get_if<SendReport>(&action)) {
    std::string text = "report " + std::to_string(report->report.sequence) + ":";
    for (const model::AttemptReport& line : report->report.attempts) {
      text +=
          " " + model::format_attempt(line.key) + " " + std::string(base::enum_name(line.phase));
    }
    return text;
  }
  return std::holds_alternative<FetchWanted>(action) ? "fetch" : "join";
}

}  // namespace

model::AttemptWish run_wish(std::uint64_t job, std::uint32_t attempt,
                            std::vector<std::uint32_t> nodes) {
  model::AttemptWish wish;
  wish.key = {model::JobId{job}, 0, attempt};
  wish.run = "true";
  for (const std::uint32_t node : nodes) {
    wish.ranks.push_back({"node" + std::to_string(node), node, 1, 0, {}});
  }
  return wish;
}

model::AttemptWish stop_wish(std::uint64_t job, std::uint32_t attempt) {
  model::AttemptWish wish;
  wish.key = {model::JobId{job}, 0, attempt};
  wish.want = model::Want::stop;
  wish.stop_reason = model::Reason::cancelled_by_user;
  return wish;
}

model::AttemptWish forget_wish(std::uint64_t job, std::uint32_t attempt) {
  model::AttemptWish wish;
  wish.key = {model::JobId{job}, 0, attempt};
  wish.want = model::Want::forget;
  return wish;
}

backend::RankKey rank(std::uint64_t job, std::uint32_t rank, std::uint32_t attempt) {
  return {job, 0, attempt, rank};
}

backend::RankOutcome exited(int code, std::int64_t at_us) {
  backend::RankOutcome outcome;
  outcome.exit_code = code;
  outcome.started_us = 1'000'000;
  outcome.ended_us = at_us;
  return outcome;
}

backend::RankOutcome ended(backend::RankOutcome::End end, std::int64_t at_us) {
  backend::RankOutcome outcome = exited(0, at_us);
  outcome.end = end;
  return outcome;
}

void Script::join(std::vector<model::AttemptWish> wishes, std::uint64_t version,
                  std::uint64_t epoch) {
  (void)core.settle(now);
  core.joined(epoch);
  for (const Action& action : core.settle(now)) {
    if (const auto* report = std::get_if<SendReport>(&action)) {
      core.acknowledged(report->report.sequence, 0);
    }
  }
  whole(version, std::move(wishes), epoch);
}

void Script::change(std::uint64_t from, std::uint64_t to, std::vector<model::AttemptWish> wishes,
                    std::uint64_t epoch) {
  core.wanted_changed({model::SiteId{1}, epoch, from, to, std::move(wishes), {}, {}});
}

void Script::whole(std::uint64_t version, std::vector<model::AttemptWish> wishes,
                   std::uint64_t epoch) {
  core.wanted({"local", epoch, version, std::move(wishes), {}, {}, {}});
}

void Script::runs(const backend::RankKey& key) {
  const backend::RankObservation seen{key, State::running, backend::Stage::program,
                                      1,   1'000'000,      std::nullopt};
  core.observed({&seen, 1});
}

void Script::ends(const backend::RankKey& key, backend::RankOutcome outcome) {
  const backend::RankObservation seen{key, State::ended,       outcome.stage,
                                      0,   outcome.started_us, outcome};
  core.observed({&seen, 1});
}

std::string Script::settle() {
  std::string text;
  for (const Action& action : core.settle(now)) {
    text += (text.empty() ? "" : ", ") + text_of(action);
    if (const auto* report = std::get_if<SendReport>(&action)) reports.push_back(report->report);
  }
  return text;
}

std::string Script::settle_and_acknowledge(std::uint64_t version) {
  const std::size_t before = reports.size();
  std::string text = settle();
  for (std::size_t i = before; i < reports.size(); ++i) {
    core.acknowledged(reports[i].sequence, version);
  }
  return text;
}

}  // namespace weir::agent::test
