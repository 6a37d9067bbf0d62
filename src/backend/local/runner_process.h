// Starts runners, and holds on to them without ever mistaking another process for one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "backend/local/runner/order_form.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace weir::backend::local {

struct RunnerProcess {
  pid_t pid = 0;
  base::Descriptor handle;  // pidfd: readable when it has ended
  // To a child of this server (runner/line.h): readable when its rank or itself has ended. Closing
  // it lets the runner go. None for another server's, which is re-adopted and cannot be waited for.
  base::Descriptor line;
};

// What only an exec needs.
struct ExecDescriptors {
  int watched = -1;  // pidfd of the rank's runner
  int output = -1;
};

// Starts `program`, which then waits for an order.
// Fails: input_output.
[[nodiscard]] base::Result<RunnerProcess> start_runner(const std::string& program);

// Gives a free runner something to do. The order goes through memory; nothing of it is on a command
// line or on a disk.
// Fails: input_output, it may have left just now.
[[nodiscard]] base::Status give_order(const RunnerProcess& runner, const RunnerOrder& order,
                                      const ExecDescriptors* exec = nullptr);

// What a runner has to say.
enum class Word : std::uint8_t {
  none,
  rank_over,  // its rank is over, and it is free
  gone,       // it has ended, or is about to
};
[[nodiscard]] Word word_of(const RunnerProcess& runner);

// The order at work in a living runner, whoever started it.
// Fails: input_output.
[[nodiscard]] base::Result<RunnerOrder> order_at_work(const RunnerProcess& runner);

// The living runner that holds a record. Fails: not_found, none does; input_output.
[[nodiscard]] base::Result<RunnerProcess> adopt_runner(const std::string& record_path);

// Sends SIGTERM. One that has ended hears nothing.
void tell_to_stop(const RunnerProcess& runner);

// Frees an ended child and gives its exit code (128+n for signal n); -1 for one that is no child.
int wait_for(const RunnerProcess& runner);

}  // namespace weir::backend::local
