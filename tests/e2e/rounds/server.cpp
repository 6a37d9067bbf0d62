#include "tests/e2e/rounds/server.h"

#include <chrono>
#include <fstream>
#include <thread>

#include "journal/data_folder.h"

namespace weir::e2e {

using base::ErrorCode;

Server::Server(const Places& places, std::vector<std::string> words)
    : places_(places), words_{"serve", "--quiet", "--data-folder", places.data_folder} {
  words_.insert(words_.end(), words.begin(), words.end());
}

base::Status Server::start() {
  return process_.start(places_.programs + "/weir", words_, places_.server_log);
}

base::Result<std::string> Server::await_address() const {
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < std::chrono::seconds(60)) {
    const auto holder = journal::data_folder_holder(places_.data_folder);
    // A file that is being written reads as nonsense for a moment.
    if (holder && *holder && (*holder)->pid == process_.id() && !(*holder)->address.empty()) {
      return (*holder)->address;
    }
    if (process_.has_ended()) {
      return base::fail(ErrorCode::unavailable,
                        "the server ended by itself: see " + places_.server_log);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return base::fail(ErrorCode::unavailable, "the server does not come up");
}

std::string operator_token(const Places& places) {
  std::ifstream file(places.data_folder + "/operator.token");
  std::string word;
  file >> word;
  return word;
}

Said run_journal(const Places& places, const std::vector<std::string>& words) {
  std::vector<std::string> all{"journal", "--data-folder", places.data_folder};
  all.insert(all.end(), words.begin(), words.end());
  return run_program(places.programs + "/weir", all);
}

}  // namespace weir::e2e
