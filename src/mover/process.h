// A weir-mover as a child: starts it, reads what it says, ends it. What the agent calls.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.h"
#include "mover/file.h"
#include "mover/order.h"

namespace weir::mover {

// Owns a running weir-mover; its end is the child's (SIGKILL, from which the next run goes on).
class MoverProcess {
 public:
  // The order goes through memory; nothing of it is on a command line or on a disk. The child gets
  // no part of our environment but how to find programs, homes, proxies and certificates.
  // Fails: input_output.
  [[nodiscard]] static base::Result<MoverProcess> start(const std::string& program,
                                                        const Order& order);
  MoverProcess(MoverProcess&& other) noexcept;
  MoverProcess& operator=(MoverProcess&& other) noexcept;
  MoverProcess(const MoverProcess&) = delete;
  MoverProcess& operator=(const MoverProcess&) = delete;
  ~MoverProcess();

  // Readable when next() has something to give: for poll.
  [[nodiscard]] int descriptor() const { return output_.get(); }
  // What it said next; none: nothing yet. After its end, if it said no Outcome, one Outcome with
  // trouble "unavailable" stands for it. Does not wait.
  [[nodiscard]] std::optional<Message> next();
  // True once an Outcome was given by next().
  [[nodiscard]] bool is_over() const { return over_; }
  // Asks it to stop (SIGTERM): its Outcome comes soon.
  void stop() const;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  MoverProcess() = default;
  void end();

  pid_t pid_ = -1;
  base::Descriptor output_;
  std::string said_;
  bool over_ = false;
};

}  // namespace weir::mover
