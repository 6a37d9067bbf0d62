// The names of things: each kind of id is its own type, short, and never used twice.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/describe.h"
#include "base/id.h"
#include "base/result.h"

namespace weir::model {

using JobId = base::Id<struct JobTag>;
using SiteId = base::Id<struct SiteTag>;
using TokenId = base::Id<struct TokenTag>;
using DatasetId = base::Id<struct DatasetTag>;
using TransferId = base::Id<struct TransferTag>;
using PowerRequestId = base::Id<struct PowerRequestTag>;

// One task of a job: its array index, or 0 where the job is no array.
struct TaskKey {
  JobId job;
  std::uint32_t task = 0;

  friend auto operator<=>(const TaskKey&, const TaskKey&) = default;
};
WEIR_DESCRIBE(TaskKey, job, task)

// One try at one task. Attempts count from 1; a report that names an attempt which is not the
// task's current one is of the past and changes nothing.
struct AttemptKey {
  JobId job;
  std::uint32_t task = 0;
  std::uint32_t attempt = 0;

  friend auto operator<=>(const AttemptKey&, const AttemptKey&) = default;
  [[nodiscard]] TaskKey task_key() const { return {job, task}; }
};
WEIR_DESCRIBE(AttemptKey, job, task, attempt)

// "42", or "42_7" for task 7 of an array (Slurm's form).
[[nodiscard]] std::string format_task(TaskKey key, bool is_array);
// "42_7.1": task and attempt, as files and messages name them.
[[nodiscard]] std::string format_attempt(AttemptKey key);

// What a user names: a whole job, or one task of it.
struct JobReference {
  JobId job;
  bool one_task = false;
  std::uint32_t task = 0;
};
// Reads "42" or "42_7". Fails: invalid, with the form.
[[nodiscard]] base::Result<JobReference> parse_job_reference(std::string_view text);

}  // namespace weir::model
