// Clients that press a server until it dies or they have had enough.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/random.h"
#include "http/client.h"
#include "tests/e2e/rounds/book.h"

namespace weir::e2e {

// A server that can be asked, by an operator.
class Client {
 public:
  // Fails: unavailable.
  [[nodiscard]] static base::Result<Client> connect(const std::string& address,
                                                    const std::string& token);
  // Any status is an answer. Fails: unavailable, the server is gone.
  [[nodiscard]] base::Result<http::HttpResponse> ask(std::string_view method,
                                                     const std::string& target,
                                                     std::string_view body = {},
                                                     const std::string& idempotency_key = {});

 private:
  Client(http::HttpClient http, std::string token)
      : http_(std::move(http)), token_(std::move(token)) {}
  http::HttpClient http_;
  std::string token_;
};

struct LoadOptions {
  std::string trace;        // where jobs write what they do
  std::string name;         // what this client's jobs are called, each with a number behind it
  int actions = 10;         // after so many it has had enough
  int pause_ms_max = 20;    // between them
  bool only_short = false;  // no jobs that last
  // Where its jobs may run, one of these each; "": anywhere.
  std::vector<std::string> sites{""};
  std::uint64_t lasts_ms_more = 0;  // so much longer at most
  std::uint32_t nodes_max = 4;      // of a gang
  std::uint32_t retries = 3;
};

// One job of one task that lasts so long, and may run at any of these sites.
[[nodiscard]] Submission lasting_job(const std::string& name, const std::string& trace,
                                     const std::vector<std::string>& sites, std::uint64_t lasts_ms);

// One client: submits (alone, arrays, gangs, several at once), cancels, holds, releases, asks, and
// says again what was left without an answer. Returns when it has had enough or the server is gone.
// Everything it learns is in the book.
void press(const std::string& address, const std::string& token, base::Random random,
           const LoadOptions& options, Book& book);

// Every job the server knows with an id above `above`, newest first. Fails: unavailable.
[[nodiscard]] base::Result<std::vector<model::JobSummary>> list_jobs(Client& client,
                                                                     std::uint64_t above);

}  // namespace weir::e2e
