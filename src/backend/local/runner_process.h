// Starts runners, and holds on to them without ever mistaking another process for one.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "backend/descriptor.h"
#include "backend/local/runner/order_form.h"
#include "base/result.h"

namespace weir::backend::local {

struct RunnerProcess {
  pid_t pid = 0;
  Descriptor handle;      // pidfd: readable when it has ended
  bool is_child = false;  // of this server; another's are re-adopted and cannot be waited for
};

// What only an exec needs.
struct ExecDescriptors {
  int watched = -1;  // pidfd of the rank's runner
  int output = -1;
};

// Starts `program` in `order.work_folder` with `environment` ("NAME=value") as its whole one.
// The order goes through memory; nothing of it is on the command line or on a disk.
// Fails: input_output.
[[nodiscard]] base::Result<RunnerProcess> start_runner(const std::string& program,
                                                       const std::string& name,
                                                       const RunnerOrder& order,
                                                       const std::vector<std::string>& environment,
                                                       const ExecDescriptors* exec = nullptr);

// The living runner that holds a record. Fails: not_found, none does; input_output.
[[nodiscard]] base::Result<RunnerProcess> adopt_runner(const std::string& record_path);

// Sends SIGTERM. One that has ended hears nothing.
void tell_to_stop(const RunnerProcess& runner);

// Frees an ended child and gives its exit code (128+n for signal n); -1 for one that is no child.
int wait_for(const RunnerProcess& runner);

}  // namespace weir::backend::local
