// Puts load on a running Weir, and measures the limits of the machine it runs on. bench/run puts
// the values together into figures; each mode prints one `value NAME X`.
//
//   serve_load one-by-one PORT TOKEN_FILE JOBS    durable submissions a second, 64 connections
//   serve_load batches PORT TOKEN_FILE JOBS       the same in batches of 100, 4 connections
//   serve_load noop PORT TOKEN_FILE JOBS          jobs a second, first submit to last recorded end
//   serve_load sqlite FOLDER JOBS                 rows a second, plain SQLite FULL in groups of 100
//   serve_load http JOBS                          the same batches to a server that answers at once
//   serve_load slurm-rest PORT TOKEN_FILE JOBS    held jobs a second, Slurm's REST, 4 connections
//   serve_load slurm-queue PORT TOKEN_FILE FILE   submits the jobs of FILE, as deep_queue lists
//   them serve_load spawn COUNT                        posix_spawn of /bin/true and wait, a second
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "http/client.h"
#include "http/server.h"
#include "http_load.h"
#include "plain_sqlite.h"

namespace {

using namespace weir;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t batch = 100;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

int value(const std::string& name, double number) {
  std::printf("value %s %.6g\n", name.c_str(), number);
  return 0;
}

std::string job_text(std::uint64_t number) {
  return R"({"name":"bench-)" + std::to_string(number) +
         R"(","run":"true","resources":{"cpus":1},"limits":{"time":"10m"}})";
}

std::string batch_text(std::uint64_t number) {
  std::string text = "[";
  for (std::uint64_t i = 0; i < batch; ++i) {
    if (i > 0) text += ',';
    text += job_text(number * batch + i);
  }
  return text + "]";
}

std::string token_of(const char* file) {
  std::string token;
  std::getline(std::ifstream(file), token);
  if (token.empty()) bench::stop(std::string("no token in ") + file);
  return token;
}

bench::LoadResult must_all_be_taken(const bench::Load& load) {
  const bench::LoadResult result = bench::run_load(load);
  if (result.failed != 0 || result.answered != load.requests) {
    bench::stop(std::to_string(result.failed) + " requests failed");
  }
  return result;
}

bench::Load load_of(const char* port, const char* token_file) {
  bench::Load load;
  load.port = static_cast<std::uint16_t>(std::strtoul(port, nullptr, 10));
  load.target = "/v1/jobs";
  load.token = token_of(token_file);
  return load;
}

int one_by_one(const char* port, const char* token_file, std::uint64_t jobs) {
  bench::Load load = load_of(port, token_file);
  load.body = &job_text;
  load.requests = jobs;
  const bench::LoadResult result = must_all_be_taken(load);
  value("submit_one_by_one_p99_ms", result.p99_ms);
  return value("submit_one_by_one", static_cast<double>(jobs) / result.seconds);
}

int batches(const char* port, const char* token_file, std::uint64_t jobs) {
  bench::Load load = load_of(port, token_file);
  load.body = &batch_text;
  load.connections = 4;
  load.requests = jobs / batch;
  const bench::LoadResult result = must_all_be_taken(load);
  return value("submit_batches", static_cast<double>(load.requests * batch) / result.seconds);
}

// How many jobs have not ended, by the list's total.
std::uint64_t active_jobs(http::HttpClient& client, const std::string& token) {
  const auto answer =
      client.request("GET", "/v1/jobs?limit=1", {{"Authorization", "Bearer " + token}});
  if (!answer || answer->status != 200) bench::stop("the list of jobs cannot be had");
  const auto at = answer->body.find("\"total\":");
  return std::strtoull(answer->body.c_str() + at + 8, nullptr, 10);
}

int noop(const char* port, const char* token_file, std::uint64_t jobs) {
  const std::string token = token_of(token_file);
  auto client = http::HttpClient::connect(std::string("http://127.0.0.1:") + port);
  if (!client) bench::stop(client.error().text());
  const std::uint64_t before = active_jobs(*client, token);
  bench::Load load = load_of(port, token_file);
  load.body = &batch_text;
  load.connections = 1;
  load.requests = jobs / batch;
  const auto begin = Clock::now();
  must_all_be_taken(load);
  while (active_jobs(*client, token) > before) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return value("noop_jobs", static_cast<double>(jobs) / seconds_since(begin));
}

int sqlite(const char* folder, std::uint64_t jobs) {
  std::filesystem::create_directories(folder);
  bench::PlainSqlite database(std::string(folder) + "/limit.db");
  bench::RowSource rows(batch, 2 * job_text(0).size());
  const auto begin = Clock::now();
  for (std::uint64_t i = 0; i < jobs / batch; ++i) database.append(rows.next());
  return value("limit_sqlite", static_cast<double>(jobs) / seconds_since(begin));
}

int over_http(std::uint64_t jobs) {
  auto server = http::HttpServer::listen(
      {}, [](const http::HttpRequest&, const http::ResponseWriter& writer) {
        writer.send({201, "application/json", {}, R"({"ok":true})", {}});
      });
  if (!server) bench::stop(server.error().text());
  bench::Load load;
  load.port = (*server)->port();
  load.target = "/v1/jobs";
  load.token = "none";
  load.body = &batch_text;
  load.connections = 4;
  load.requests = jobs / batch;
  const bench::LoadResult result = must_all_be_taken(load);
  return value("limit_http", static_cast<double>(jobs) / result.seconds);
}

std::string slurm_job_text(std::uint64_t) {
  return R"({"script":"#!/bin/sh\ntrue\n","job":{"name":"bench","partition":"main","hold":true,)"
         R"("current_working_directory":"/tmp","standard_output":"/dev/null",)"
         R"("environment":{"PATH":"/usr/bin:/bin"}}})";
}

int slurm_rest(const char* port, const char* token_file, std::uint64_t jobs) {
  bench::Load load = load_of(port, token_file);
  load.target = "/slurm/v0.0.38/job/submit";
  load.slurm_user = "root";
  load.body = &slurm_job_text;
  load.connections = 4;
  load.requests = jobs;
  const bench::LoadResult result = must_all_be_taken(load);
  return value("slurm_rest", static_cast<double>(jobs) / result.seconds);
}

int slurm_queue(const char* port, const char* token_file, const char* list) {
  std::ifstream file(list);
  std::vector<std::string> bodies;
  std::uint32_t nodes = 0;
  std::uint32_t cpus = 0;
  std::string minutes;
  while (file >> nodes >> cpus >> minutes) {
    const std::string ranks = std::to_string(nodes);
    bodies.push_back(R"({"script":"#!/bin/sh\ntrue\n","job":{"standard_output":"/dev/null",)"
                     R"("current_working_directory":"/","environment":{"PATH":"/usr/bin:/bin"},)"
                     R"("nodes":[)" +
                     ranks + ',' + ranks + R"(],"tasks":)" + std::to_string(nodes * cpus) +
                     R"(,"tasks_per_node":)" + std::to_string(cpus) + R"(,"time_limit":)" +
                     minutes + "}}");
  }
  bench::Load load = load_of(port, token_file);
  load.target = "/slurm/v0.0.38/job/submit";
  load.slurm_user = "root";
  load.body = [&](std::uint64_t number) { return bodies[number]; };
  load.connections = 4;
  load.requests = bodies.size();
  (void)must_all_be_taken(load);
  return 0;
}

int spawn(std::uint64_t count) {
  const auto begin = Clock::now();
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string program = "/bin/true";
    std::vector<char*> arguments{program.data(), nullptr};
    pid_t child = 0;
    if (::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
      bench::stop("posix_spawn failed");
    }
    int status = 0;
    ::waitpid(child, &status, 0);
  }
  return value("limit_spawn", static_cast<double>(count) / seconds_since(begin));
}

}  // namespace

int main(int count, char** words) {
  const std::string mode = count > 1 ? words[1] : "";
  const auto number = [&](int at) { return std::strtoull(words[at], nullptr, 10); };
  if (mode == "one-by-one" && count == 5) return one_by_one(words[2], words[3], number(4));
  if (mode == "batches" && count == 5) return batches(words[2], words[3], number(4));
  if (mode == "noop" && count == 5) return noop(words[2], words[3], number(4));
  if (mode == "sqlite" && count == 4) return sqlite(words[2], number(3));
  if (mode == "http" && count == 3) return over_http(number(2));
  if (mode == "slurm-rest" && count == 5) return slurm_rest(words[2], words[3], number(4));
  if (mode == "slurm-queue" && count == 5) return slurm_queue(words[2], words[3], words[4]);
  if (mode == "spawn" && count == 3) return spawn(number(2));
  bench::stop("usage: see the head of bench/serve_load.cpp");
}
