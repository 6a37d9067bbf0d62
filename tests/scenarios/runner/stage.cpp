#include "tests/scenarios/runner/stage.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/document.h"
#include "base/quantity.h"
#include "base/read.h"
#include "engine/power.h"
#include "engine/questions.h"
#include "engine/wishes.h"
#include "model/job_file.h"
#include "tests/scenarios/runner/words.h"

namespace weir::scenarios {

using namespace model;
using base::ErrorCode;
using base::fail;

namespace {

const Principal ada{"lab", "ada", Role::user};
const Principal operator_of_all{"house", "olga", Role::operator_};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream in(text);
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

template <typename Number>
base::Result<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no number");
  }
  return value;
}

// "key=value" words.
std::map<std::string, std::string> pairs(const std::vector<std::string>& words, std::size_t from) {
  std::map<std::string, std::string> out;
  for (std::size_t i = from; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    if (equals != std::string::npos) out[words[i].substr(0, equals)] = words[i].substr(equals + 1);
  }
  return out;
}

base::Result<JobSpec> read_spec(const std::string& yaml) {
  return to_spec(WEIR_TRY(parse_job_file(yaml, "scenario")));
}

// "7", "7_3" and behind a dot the attempt: "7_3.1".
base::Result<AttemptKey> read_attempt(const std::string& text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos) {
    return fail(ErrorCode::invalid, "an attempt is written as 7_3.1, not `" + text + "`");
  }
  const JobReference task = WEIR_TRY(parse_job_reference(text.substr(0, dot)));
  return AttemptKey{task.job, task.task, WEIR_TRY(number<std::uint32_t>(text.substr(dot + 1)))};
}

base::Result<Outcome> read_outcome(const std::string& what, const std::string& value) {
  Outcome outcome;
  if (what == "exit") {
    outcome.exit_code = WEIR_TRY(number<std::int32_t>(value));
    if (outcome.exit_code == 0) return outcome;
    outcome.ending = Ending::failed;
    outcome.reason = Reason::program_failed;
    outcome.message = "exit code " + value;
  } else if (what == "signal") {
    outcome.signal = WEIR_TRY(number<std::int32_t>(value));
    outcome.ending = Ending::failed;
    outcome.reason = Reason::program_signalled;
    outcome.message = "ended by signal " + value;
  } else if (what == "timeout") {
    outcome.ending = Ending::timeout;
    outcome.reason = Reason::time_limit;
  } else if (what == "stopped") {
    outcome.ending = Ending::stopped;
    outcome.reason = Reason::cancelled_by_user;
  } else if (what == "start-failed") {
    outcome.ending = Ending::failed;
    outcome.reason = Reason::start_failed;
  } else {
    return fail(ErrorCode::invalid, "nothing is reported as `" + what + "`");
  }
  return outcome;
}

}  // namespace

Stage::Stage() : now_(*base::parse_time("2026-01-01T00:00:00Z")) {
  (void)step(StartControlPlane{"scenario"});
}

base::Result<std::string> Stage::play(const std::string& command) {
  const std::vector<std::string> words = split(command);
  const std::string& verb = words.front();
  const std::string first = words.size() > 1 ? words[1] : "";
  const auto answer = [&]() -> base::Result<std::string> {
    if (verb == "site") return join(words);
    if (verb == "submit") return submit(command);
    if (verb == "plan") return plan(command.substr(verb.size()));
    if (verb == "explain") return explain(first);
    if (verb == "cancel") return cancel(first);
    if (verb == "hold") return step(HoldJob{ada, {WEIR_TRY(number<std::uint64_t>(first))}});
    if (verb == "release") return step(ReleaseJob{ada, {WEIR_TRY(number<std::uint64_t>(first))}});
    if (verb == "update") return update(words);
    if (verb == "report") return report(words);
    if (verb == "wait") return pass_time(first, true);
    if (verb == "silence") return pass_time(first, false);
    if (verb == "list") return list();
    if (verb == "tenant") return set_tenant(command);
    if (verb == "tenants") return tenants();
    if (verb == "forget") return step(RemoveTenant{operator_of_all, first});
    if (verb == "policy") return set_policy(command);
    if (verb == "throughputs") return set_throughputs(command);
    if (verb == "prices") return set_prices(command);
    if (verb == "power") return set_power(command);
    if (verb == "network") return set_network(command);
    if (verb == "dataset") return put_dataset(command);
    if (verb == "transfer") return end_transfer(words);
    if (verb == "request") return request_power(command);
    if (verb == "withdraw") {
      return step(WithdrawPower{operator_of_all, {WEIR_TRY(number<std::uint64_t>(first))}});
    }
    if (verb == "requests") return requests();
    if (verb == "wanted") return wanted();
    return fail(ErrorCode::invalid, "there is no command `" + verb + "`");
  };
  std::string text = WEIR_TRY(answer());
  WEIR_TRY_STATUS(check_rebuilt());
  return text.empty() ? "nothing happens\n" : text;
}

std::string Stage::step(const Input& input) {
  const engine::Step step = engine_.step(input, now_);
  if (!step.facts.empty()) rebuilt_.replay(step.sequence, step.facts, now_);
  std::string out;
  if (step.reply.error) out += "refused: " + step.reply.error->text() + "\n";
  if (step.reply.repeated) {
    out += "the same as before: job";
    for (const JobId job : step.reply.jobs) out += " " + std::to_string(job.value);
    out += "\n";
  }
  for (const Fact& fact : step.facts) {
    const std::string line = words(fact, engine_);
    if (!line.empty()) out += line + "\n";
  }
  return out;
}

base::Status Stage::check_rebuilt() {
  if (engine_.snapshot() == rebuilt_.snapshot()) return {};
  return fail(ErrorCode::conflict, "facts alone do not rebuild the state");
}

base::Result<std::string> Stage::join(const std::vector<std::string>& words) {
  const auto given = pairs(words, 2);
  const auto value = [&](const char* name, const char* otherwise) {
    const auto at = given.find(name);
    return at == given.end() ? std::string(otherwise) : at->second;
  };
  JoinSite input{words.at(1), {}};
  const auto count = WEIR_TRY(number<std::uint32_t>(value("nodes", "1")));
  // `and=` says what the last node has instead.
  const std::uint32_t nodes_of_first = given.contains("and") ? count - 1 : count;
  for (std::uint32_t i = 0; i < count; ++i) {
    Node& node = input.nodes.emplace_back();
    node.name = "node" + std::to_string(i);
    node.cpus = WEIR_TRY(number<std::uint32_t>(value("cpus", "4")));
    node.memory_bytes = WEIR_TRY(base::parse_bytes(value("memory", "16GiB")));
    const auto nodes_per_leaf = WEIR_TRY(number<std::uint32_t>(value("leaf", "0")));
    if (nodes_per_leaf > 0) node.topology = {"leaf" + std::to_string(i / nodes_per_leaf)};
    const std::string devices = value(i < nodes_of_first ? "devices" : "and", "");
    if (devices.empty()) continue;
    const std::size_t colon = devices.find(':');
    const auto devices_here = WEIR_TRY(number<std::uint32_t>(devices.substr(colon + 1)));
    for (std::uint32_t d = 0; d < devices_here; ++d) {
      node.devices.emplace_back().model = devices.substr(0, colon);
    }
  }
  return step(input);
}

base::Result<std::string> Stage::submit(const std::string& command) {
  const std::size_t brace = command.find('{');
  if (brace == std::string::npos) return fail(ErrorCode::invalid, "submit takes a job in {…}");
  SubmitJobs input{ada, "", {WEIR_TRY(read_spec(command.substr(brace)))}};
  const std::vector<std::string> words = split(command.substr(0, brace));
  if (words.size() == 4) input.idempotency_key = words[3];
  if (words.size() == 3 && words[1] == "as") input.by.tenant = words[2];
  return step(input);
}

base::Result<std::string> Stage::plan(const std::string& job) {
  return words(engine::plan_job(engine_, ada, WEIR_TRY(read_spec(job)), now_));
}

base::Result<std::string> Stage::explain(const std::string& job) const {
  const JobId id{WEIR_TRY(number<std::uint64_t>(job))};
  const engine::JobRecord* record = WEIR_TRY(engine::visible_job(engine_, operator_of_all, id));
  return words(engine::explain_job(engine_, *record, now_));
}

base::Result<std::string> Stage::cancel(const std::string& reference) {
  const JobReference what = WEIR_TRY(parse_job_reference(reference));
  return step(CancelJob{ada, what.job, what.one_task, what.task});
}

base::Result<std::string> Stage::update(const std::vector<std::string>& words) {
  UpdateJob input{ada, {WEIR_TRY(number<std::uint64_t>(words.at(1)))}, {}, {}, {}, {}};
  for (const auto& [name, value] : pairs(words, 2)) {
    if (name == "name") input.name = value;
    if (name == "priority") input.priority = WEIR_TRY(number<std::int32_t>(value));
    if (name == "time") input.time_limit = WEIR_TRY(base::parse_duration(value));
    if (name == "at_once") input.array_at_once = WEIR_TRY(number<std::uint32_t>(value));
  }
  return step(input);
}

base::Result<std::string> Stage::report(const std::vector<std::string>& words) {
  if (words.size() < 3) return fail(ErrorCode::invalid, "report which attempt, and what?");
  const auto& sites = engine_.state().sites;
  if (sites.empty()) return fail(ErrorCode::invalid, "no site has joined");
  AttemptReport line{WEIR_TRY(read_attempt(words[1])), AttemptPhase::running, now_, {}, {}, 0, {}};
  if (words[2] != "running") {
    line.phase = AttemptPhase::ended;
    line.outcome = WEIR_TRY(read_outcome(words[2], words.size() > 3 ? words[3] : ""));
    if (line.outcome->reason == Reason::start_failed) line.started.reset();
  }
  SiteId where = sites.begin()->first;
  if (const auto job = engine_.state().jobs.find(line.key.job); job != engine_.state().jobs.end()) {
    for (const engine::RunningAttempt& run : job->second.running) {
      if (run.key == line.key) where = run.site;
    }
  }
  const engine::SiteRecord& site = sites.at(where);
  ReportSite input{site.name, site.epoch, ++report_sequence_, {line}, {}};
  const auto epoch = std::find(words.begin(), words.end(), "epoch");
  if (epoch != words.end() && epoch + 1 != words.end()) {
    input.epoch = WEIR_TRY(number<std::uint64_t>(*(epoch + 1)));
  }
  return step(input);
}

base::Result<std::string> Stage::pass_time(const std::string& span, bool in_touch) {
  constexpr base::Duration beat = std::chrono::seconds(10);
  const base::Time until = now_ + WEIR_TRY(base::parse_duration(span));
  std::string out;
  while (now_ < until) {
    now_ = std::min(until, now_ + beat);
    if (in_touch) {
      std::vector<ReportSite> reports;
      for (const auto& [id, site] : engine_.state().sites) {
        if (!site.in_touch) continue;
        ReportSite& report = reports.emplace_back();
        report.site = site.name;
        report.epoch = site.epoch;
        report.sequence = ++report_sequence_;
        for (const auto& [number, transfer] : engine_.state().transfers) {
          if (transfer.to != id || !transfer.end() || *transfer.end() > now_) continue;
          report.transfers.push_back({number, TransferPhase::done, 0, ""});
        }
      }
      for (const ReportSite& report : reports) out += step(report);
    }
    out += step(Tick{});
  }
  return out;
}

base::Result<std::string> Stage::set_tenant(const std::string& command) {
  const std::size_t brace = command.find('{');
  if (brace == std::string::npos) return fail(ErrorCode::invalid, "tenant takes {…}");
  const auto document = WEIR_TRY(base::parse_yaml(command.substr(brace), "scenario"));
  return step(SetTenant{operator_of_all, WEIR_TRY(base::read_document<Tenant>(document))});
}

base::Result<std::string> Stage::set_policy(const std::string& command) {
  const std::size_t brace = command.find('{');
  if (brace == std::string::npos) {
    if (command != "policy weir") {
      return fail(ErrorCode::invalid, "policy takes {order: …}, or `weir`");
    }
    return step(SetPolicy{operator_of_all, weir_policy()});
  }
  const auto document = WEIR_TRY(base::parse_yaml(command.substr(brace), "scenario"));
  return step(SetPolicy{operator_of_all, WEIR_TRY(base::read_document<Policy>(document))});
}

base::Result<std::string> Stage::set_throughputs(const std::string& command) {
  const std::size_t brace = command.find('{');
  if (brace == std::string::npos) return fail(ErrorCode::invalid, "throughputs takes {rates: …}");
  const auto document = WEIR_TRY(base::parse_yaml(command.substr(brace), "scenario"));
  return step(
      SetThroughputs{operator_of_all, WEIR_TRY(base::read_document<ThroughputTable>(document))});
}

base::Result<std::string> Stage::set_prices(const std::string& command) {
  const std::size_t brace = command.find('{');
  if (brace == std::string::npos) return fail(ErrorCode::invalid, "prices takes {…}");
  const auto document = WEIR_TRY(base::parse_yaml(command.substr(brace), "scenario"));
  return step(SetPrices{operator_of_all, WEIR_TRY(base::read_document<PriceTable>(document))});
}

base::Result<std::string> Stage::set_power(const std::string& command) {
  const std::size_t brace = command.find('{');
  if (brace == std::string::npos) return fail(ErrorCode::invalid, "power takes {sites: […]}");
  const auto document = WEIR_TRY(base::parse_yaml(command.substr(brace), "scenario"));
  return step(SetPower{operator_of_all, WEIR_TRY(base::read_document<PowerTable>(document))});
}

base::Result<std::string> Stage::set_network(const std::string& command) {
  const std::size_t brace = command.find('{');
  if (brace == std::string::npos) return fail(ErrorCode::invalid, "network takes {links: […]}");
  const auto document = WEIR_TRY(base::parse_yaml(command.substr(brace), "scenario"));
  return step(SetNetwork{operator_of_all, WEIR_TRY(base::read_document<NetworkTable>(document))});
}

base::Result<std::string> Stage::put_dataset(const std::string& command) {
  const std::size_t brace = command.find('{');
  if (brace == std::string::npos) return fail(ErrorCode::invalid, "dataset takes {name: …}");
  const auto document = WEIR_TRY(base::parse_yaml(command.substr(brace), "scenario"));
  Principal by = operator_of_all;
  by.tenant = ada.tenant;
  return step(PutDataset{by, WEIR_TRY(base::read_document<Dataset>(document))});
}

base::Result<std::string> Stage::end_transfer(const std::vector<std::string>& words) {
  if (words.size() < 3) return fail(ErrorCode::invalid, "which transfer, and is it done?");
  const TransferId id{WEIR_TRY(number<std::uint64_t>(words[1]))};
  const auto at = engine_.state().transfers.find(id);
  if (at == engine_.state().transfers.end()) return fail(ErrorCode::invalid, "it is not there");
  const engine::SiteRecord& site = engine_.state().sites.at(at->second.to);
  const bool done = words[2] == "done";
  return step(ReportSite{
      site.name,
      site.epoch,
      ++report_sequence_,
      {},
      {{id, done ? TransferPhase::done : TransferPhase::failed, 0, done ? "" : "no route"}}});
}

// Times in it are spans from now on: {site: north, less: 5000000, from: 1h, for: 3h}
base::Result<std::string> Stage::request_power(const std::string& command) {
  const std::size_t brace = command.find('{');
  if (brace == std::string::npos) return fail(ErrorCode::invalid, "request takes {site: …}");
  const auto document = WEIR_TRY(base::parse_yaml(command.substr(brace), "scenario"));
  auto words = WEIR_TRY((base::read_document<std::map<std::string, std::string>>(document)));
  RequestPower input;
  input.by = operator_of_all;
  input.site = words["site"];
  if (words.contains("less")) {
    input.less_milliwatts = WEIR_TRY(number<std::int64_t>(words["less"]));
  }
  if (words.contains("target")) {
    input.target_milliwatts = WEIR_TRY(number<std::int64_t>(words["target"]));
  }
  base::Time from = now_;
  if (words.contains("from"))
    input.from = from = now_ + WEIR_TRY(base::parse_duration(words["from"]));
  input.until = from + WEIR_TRY(base::parse_duration(words["for"]));
  return step(input);
}

std::string Stage::requests() const {
  std::string out;
  for (const PowerRequestView& view : engine::list_power_requests(engine_, now_)) {
    out += "request " + std::to_string(view.request.id.value) + " " +
           std::string(base::enum_name(view.state)) + ": " +
           engine::power_text(view.less_milliwatts) + " less";
    if (view.short_milliwatts > 0) out += ", short by " + engine::power_text(view.short_milliwatts);
    out += "\n";
    for (const PowerService& service : view.touched) {
      out += "  job " + std::to_string(service.job.value) + ", " +
             std::string(base::enum_name(service.action)) + ", for " +
             (service.paused ? base::format_duration(*service.paused) : "unknown");
      if (service.deadline_kept) out += *service.deadline_kept ? ", deadline kept" : ", missed";
      out += "\n";
    }
  }
  return out;
}

std::string Stage::tenants() const {
  std::string out;
  for (const TenantView& view : engine::list_tenants(engine_, operator_of_all)) out += words(view);
  return out;
}

std::string Stage::list() const {
  std::string out;
  for (const auto& [id, job] : engine_.state().jobs) {
    const JobSummary line = engine::job_summary(job, nullptr);
    out += std::to_string(id.value) + " " + std::string(base::enum_name(line.state)) + ", " +
           std::to_string(line.tasks.waiting) + " waiting, " + std::to_string(line.tasks.running) +
           " running, " + std::to_string(line.tasks.succeeded) + " succeeded, " +
           std::to_string(line.tasks.failed) + " failed, " + std::to_string(line.tasks.cancelled) +
           " cancelled\n";
  }
  return out;
}

std::string Stage::wanted() const {
  std::string out;
  for (const auto& [id, site] : engine_.state().sites) {
    for (const AttemptWish& wish : engine::wanted_state(engine_.state(), id).wishes) {
      out += std::string(base::enum_name(wish.want)) + " " + format_attempt(wish.key) + "\n";
    }
  }
  return out;
}

}  // namespace weir::scenarios
