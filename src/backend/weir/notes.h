// What an agent keeps of its ranks at the inner Weir, below one folder.
//
//   instance           who we are among all that submit there
//   notes/42_7.1.0     the rank's life, until it is forgotten
//   logs/42/7.1.0.job  which job of the inner Weir wrote its logs; kept
//   ended/42_7.1.0     left by the guard where it ended a rank, as the lease was not renewed
//   forgotten/…        keys that may never run again (local/layout.h)
//   lease              renewed by the agent
//
// Only the first has to survive a loss of power: the inner Weir does, and a submission that is made
// again meets the first by its key.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backend/local/layout.h"
#include "backend/rank.h"
#include "backend/weir/rank_text.h"
#include "base/describe.h"
#include "base/result.h"
#include "model/ids.h"

namespace weir::backend::inner {

struct StopNote {
  std::string reason;
  bool with_notice = false;
  std::int64_t asked_us = 0;
};
WEIR_DESCRIBE(StopNote, reason, with_notice, asked_us)

// An end that the inner Weir knows nothing of.
struct OwnEnd {
  bool is_stop = false;  // else it could not be started
  std::string message;
  std::int64_t at_us = 0;
};
WEIR_DESCRIBE(OwnEnd, is_stop, message, at_us)

struct Note {
  model::JobId job;  // none: not known to be there
  bool has_setup = false;
  bool has_inputs = false;
  std::vector<std::string> secrets;  // by their names in the inner Weir's store
  std::string beside;                // shell text before a command beside it
  std::int32_t notice_signal = 0;
  std::int64_t notice_before_us = 0;
  // What it holds, so that it is not taken for others'.
  std::uint32_t cpus = 0;
  std::int64_t memory_bytes = 0;
  std::optional<StopNote> stop;
  std::optional<OwnEnd> end;
};
WEIR_DESCRIBE(Note, job, has_setup, has_inputs, secrets, beside, notice_signal, notice_before_us,
              cpus, memory_bytes, stop, end)

class Notes {
 public:
  // `root` is absolute and free of symbolic links.
  explicit Notes(const std::string& root) : root_(root), layout_(root) {}

  // Makes the folders, and who we are where that is new. Fails: input_output.
  [[nodiscard]] base::Status create();

  [[nodiscard]] const local::Layout& layout() const { return layout_; }
  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] const std::string& instance() const { return instance_; }
  [[nodiscard]] std::string lease() const { return layout_.lease(); }
  [[nodiscard]] std::string mark(const RankKey& key) const;
  [[nodiscard]] bool was_fenced(const RankKey& key) const;

  // Fails: input_output; what was there is there still.
  [[nodiscard]] base::Status put(const RankKey& key, const Note& note) const;
  [[nodiscard]] std::map<RankKey, Note> read_all() const;
  [[nodiscard]] base::Status put_log_place(const RankKey& key, model::JobId job) const;
  [[nodiscard]] std::optional<model::JobId> log_place(const RankKey& key) const;
  // All but where its logs are.
  void remove(const RankKey& key) const;

 private:
  [[nodiscard]] std::string note(const RankKey& key) const;
  [[nodiscard]] std::string log_place_path(const RankKey& key) const;

  std::string root_;
  local::Layout layout_;
  std::string instance_;
};

}  // namespace weir::backend::inner
