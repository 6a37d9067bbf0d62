#include "tests/e2e/rounds/load.h"

#include <chrono>
#include <thread>

#include "base/json.h"

namespace weir::e2e {

namespace {

using base::ErrorCode;

// A rank's file holds its lock for as long as anything of the rank runs, and what it did: a line
// when it begins, one when it ends, and one if another had the lock.
constexpr std::string_view program =
    "exec 9>>\"$TRACE/$WEIR_TASK.$WEIR_NODE_RANK\"; "
    "flock -n 9 || echo \"twice $WEIR_ATTEMPT\" >&9; "
    "echo \"start $WEIR_ATTEMPT\" >&9; sleep $LASTS; echo \"end $WEIR_ATTEMPT\" >&9; exit $CODE";

std::string seconds(std::uint64_t milliseconds) {
  std::string fraction = std::to_string(1000 + milliseconds % 1000).substr(1);
  return std::to_string(milliseconds / 1000) + "." + fraction;
}

std::uint64_t lasts_ms(base::Random& random, const LoadOptions& options) {
  const std::uint64_t more = random.below(options.lasts_ms_more + 1);
  if (more > 0) return more;
  const std::uint64_t kind = options.only_short ? 0 : random.below(10);
  if (kind < 6) return random.below(60);
  if (kind < 9) return 100 + random.below(300);
  return 800 + random.below(1200);
}

struct Shape {
  std::uint32_t tasks = 1;
  std::uint32_t nodes = 1;
};

// One job's text; what is to come of it goes to `submission`.
std::string job_text(const std::string& name, Shape shape, base::Random& random,
                     const LoadOptions& options, Submission& submission) {
  const int code = random.chance(1, 8) ? 3 : 0;
  submission.jobs.push_back({name, shape.tasks, shape.nodes, code});
  std::string text = R"({"name":")" + name + R"(","run":)";
  base::append_json_text(text, program);
  text += R"(,"limits":{"time":"5m"},"priority":)" + std::to_string(random.below(101));
  if (shape.nodes > 1) text += R"(,"nodes":)" + std::to_string(shape.nodes);
  if (shape.tasks > 1) {
    text += R"(,"array":"0-)" + std::to_string(shape.tasks - 1);
    if (random.chance(1, 2)) text += "%2";
    text += '"';
  }
  const std::string& site = options.sites[random.below(options.sites.size())];
  if (!site.empty()) text += R"(,"where":{"sites":[")" + site + "\"]}";
  text += R"(,"retry":{"max":)" + std::to_string(options.retries) + "}";
  text += R"(,"env":{"TRACE":)";
  base::append_json_text(text, options.trace);
  text += R"(,"LASTS":")" + seconds(lasts_ms(random, options)) + R"(","CODE":")" +
          std::to_string(code) + "\"}}";
  return text;
}

}  // namespace

Submission lasting_job(const std::string& name, const std::string& trace,
                       const std::vector<std::string>& sites, std::uint64_t lasts_ms) {
  std::string where;
  for (const std::string& site : sites) where += (where.empty() ? "\"" : ",\"") + site + "\"";
  std::string text = R"({"name":")" + name + R"(","run":)";
  base::append_json_text(text, program);
  text += R"(,"limits":{"time":"5m"},"retry":{"max":20},"where":{"sites":[)" + where +
          R"(]},"env":{"TRACE":)";
  base::append_json_text(text, trace);
  text += R"(,"LASTS":")" + seconds(lasts_ms) + R"(","CODE":"0"}})";
  return {name, text, {{name, 1, 1, 0}}};
}

namespace {

// One client at its work.
class Presser {
 public:
  Presser(Client client, base::Random random, const LoadOptions& options, Book& book)
      : client_(std::move(client)), random_(random), options_(options), book_(book) {}

  void run() {
    for (int done = 0; done < options_.actions && act(); ++done) {
      const auto pause = random_.below(static_cast<std::uint64_t>(options_.pause_ms_max) + 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    }
  }

 private:
  // False: the server is gone.
  bool act() {
    if (random_.chance(1, 2)) {
      if (auto open = book_.take_open(random_)) return submit(*std::move(open));
    }
    const std::uint64_t kind = random_.below(20);
    if (kind < 13) return submit(fresh_submission());
    if (kind < 16) return cancel();
    if (kind < 18) return hold();
    if (kind < 19) return release();
    return look();
  }

  Submission fresh_submission() {
    Submission submission;
    const std::string name = options_.name + "-" + std::to_string(++submissions_);
    submission.key = name;
    const std::uint64_t kind = random_.below(20);
    if (kind < 9) {
      submission.body = job_text(name, {}, random_, options_, submission);
    } else if (kind < 13) {
      const Shape array{2 + static_cast<std::uint32_t>(random_.below(5)), 1};
      submission.body = job_text(name, array, random_, options_, submission);
    } else if (kind < 17) {
      const Shape gang{1, 2 + static_cast<std::uint32_t>(random_.below(options_.nodes_max - 1))};
      submission.body = job_text(name, gang, random_, options_, submission);
    } else {
      // One by one: within one expression their order would be the compiler's choice.
      submission.body = "[" + job_text(name + "a", {}, random_, options_, submission);
      submission.body += "," + job_text(name + "b", {2, 1}, random_, options_, submission);
      submission.body += "," + job_text(name + "c", {1, 2}, random_, options_, submission) + "]";
    }
    return submission;
  }

  bool submit(Submission submission) {
    const auto answer = client_.ask("POST", "/v1/jobs", submission.body, submission.key);
    if (!answer) {
      book_.leave_open(std::move(submission));
      return false;
    }
    const auto taken = base::from_json<model::SubmittedJobs>(answer->body);
    if (answer->status != 201 || !taken) {
      book_.object("a submission was answered with " + std::to_string(answer->status) + ": " +
                   answer->body);
    } else {
      book_.acknowledge(submission, taken->ids);
    }
    return true;
  }

  // POSTs to the job; the status, or none where the server is gone.
  std::optional<unsigned> steer(std::uint64_t id, const std::string& action) {
    const auto answer = client_.ask("POST", "/v1/jobs/" + std::to_string(id) + "/" + action);
    if (!answer) return std::nullopt;
    constexpr unsigned not_in_this_state = 409;
    if (answer->status / 100 != 2 && answer->status != not_in_this_state) {
      book_.object(action + " of job " + std::to_string(id) + " was answered with " +
                   std::to_string(answer->status) + ": " + answer->body);
    }
    return answer->status;
  }

  bool cancel() {
    const std::uint64_t id = book_.some_job(random_);
    if (id == 0) return true;
    book_.cancel_asked(id, false);
    const auto status = steer(id, "cancel");
    if (status && *status / 100 == 2) book_.cancel_asked(id, true);
    return status.has_value();
  }

  bool hold() {
    const std::uint64_t id = book_.some_job(random_);
    if (id == 0) return true;
    book_.hold_asked(id, false);
    const auto status = steer(id, "hold");
    if (status && *status / 100 == 2) book_.hold_asked(id, true);
    return status.has_value();
  }

  bool release() {
    const std::uint64_t id = book_.some_held_job(random_);
    if (id == 0) return true;
    book_.release_asked(id);
    return steer(id, "release").has_value();
  }

  bool look() {
    const std::uint64_t id = book_.some_job(random_);
    if (id == 0) return true;
    const auto answer = client_.ask("GET", "/v1/jobs/" + std::to_string(id));
    if (!answer) return false;
    if (answer->status != 200) {
      book_.object("acknowledged job " + std::to_string(id) + " is answered with " +
                   std::to_string(answer->status));
    }
    return true;
  }

  Client client_;
  base::Random random_;
  const LoadOptions& options_;
  Book& book_;
  std::uint64_t submissions_ = 0;
};

}  // namespace

base::Result<Client> Client::connect(const std::string& address, const std::string& token) {
  http::HttpClientOptions options;
  options.idle_timeout = std::chrono::seconds(30);
  return Client(WEIR_TRY(http::HttpClient::connect(address, std::move(options))), token);
}

base::Result<http::HttpResponse> Client::ask(std::string_view method, const std::string& target,
                                             std::string_view body,
                                             const std::string& idempotency_key) {
  http::HeaderList headers{{"Authorization", "Bearer " + token_}};
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  if (!idempotency_key.empty()) headers.emplace_back("Idempotency-Key", idempotency_key);
  return http_.request(method, target, headers, body);
}

void press(const std::string& address, const std::string& token, base::Random random,
           const LoadOptions& options, Book& book) {
  auto client = Client::connect(address, token);
  if (client) Presser(*std::move(client), random, options, book).run();
}

base::Result<std::vector<model::JobSummary>> list_jobs(Client& client, std::uint64_t above) {
  std::vector<model::JobSummary> jobs;
  std::string cursor;
  for (;;) {
    const auto answer = WEIR_TRY(client.ask("GET", "/v1/jobs?all=true&limit=1000" + cursor));
    if (answer.status != 200) return base::fail(ErrorCode::input_output, answer.body);
    auto page = WEIR_TRY(base::from_json<model::JobPage>(answer.body));
    for (model::JobSummary& job : page.jobs) {
      if (job.id.value <= above) return jobs;
      jobs.push_back(std::move(job));
    }
    if (!page.next) return jobs;
    cursor = "&cursor=" + *page.next;
  }
}

}  // namespace weir::e2e
