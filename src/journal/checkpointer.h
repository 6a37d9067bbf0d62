// The thread that copies the journal's log into its database whenever enough of it has gathered,
// so that no commit has to.
//
// Lives beside one SqliteJournal, which must outlive it; ends, after the checkpoint it is at, when
// it is destroyed. An error of a checkpoint is not lost: the journal says it at the next append
// (health()) if it matters, and the next checkpoint tries again if it does not.
#pragma once

#include <thread>

#include "journal/sqlite_journal.h"

namespace weir::journal {

class Checkpointer {
 public:
  explicit Checkpointer(SqliteJournal& journal);

 private:
  std::jthread thread_;
};

}  // namespace weir::journal
