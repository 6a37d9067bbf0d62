#include "mover/process.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/json.h"
#include "mover/spawn.h"

namespace weir::mover {

using base::Result;

namespace {

Outcome ended_without_a_word(int code) {
  Outcome outcome;
  const std::string how = code > 128 ? "was ended by signal " + std::to_string(code - 128)
                                     : "ended with " + std::to_string(code);
  outcome.trouble = Trouble{"unavailable",
                            "the mover " + how + " before it was done",
                            {},
                            code == exit_not_started ? "is weir-mover beside weir?"
                                                     : "order it again: what has come stays"};
  return outcome;
}

}  // namespace

Result<MoverProcess> MoverProcess::start(const std::string& program, const Order& order) {
  const base::Descriptor memory(::memfd_create("weir-order", MFD_CLOEXEC));
  if (!memory) return base::fail_errno("make memory for an order", errno);
  WEIR_TRY_STATUS(write_at(memory.get(), base::to_json(order), 0));
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::fail_errno("make a pipe", errno);
  MoverProcess mover;
  mover.output_ = base::Descriptor(ends[0]);
  const base::Descriptor its_end(ends[1]);
  const base::Descriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  // It hears of our end when it next says something.
  const Streams streams{memory.get(), its_end.get(), nowhere.get()};
  const std::vector<std::string> words{program};
  mover.pid_ = WEIR_TRY(start_process(words, passed_on_environment(), streams, false));
  if (::fcntl(mover.output_.get(), F_SETFL, O_NONBLOCK) != 0) {
    return base::fail_errno("read a mover", errno);
  }
  return mover;
}

MoverProcess::MoverProcess(MoverProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::move(other.output_)),
      said_(std::move(other.said_)),
      over_(other.over_) {}

MoverProcess& MoverProcess::operator=(MoverProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(output_, other.output_);
  std::swap(said_, other.said_);
  std::swap(over_, other.over_);
  return *this;
}

MoverProcess::~MoverProcess() { end(); }

void MoverProcess::end() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  wait_for_end(std::exchange(pid_, -1));
}

void MoverProcess::stop() const {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

std::optional<Message> MoverProcess::next() {
  while (!over_) {
    if (const std::size_t end = said_.find('\n'); end != std::string::npos) {
      const std::string line = said_.substr(0, end);
      said_.erase(0, end + 1);
      Result<Message> message = base::from_json<Message>(line);
      if (!message) continue;
      over_ = std::holds_alternative<Outcome>(*message);
      return *std::move(message);
    }
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(output_.get(), buffer.data(), buffer.size());
    if (count > 0) {
      said_.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0) {
      over_ = true;
      return ended_without_a_word(wait_for_end(std::exchange(pid_, -1)));
    } else if (errno != EINTR) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace weir::mover
