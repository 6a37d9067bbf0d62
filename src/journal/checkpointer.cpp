#include "journal/checkpointer.h"

namespace weir::journal {

Checkpointer::Checkpointer(SqliteJournal& journal)
    : thread_([&journal](const std::stop_token& stop) {
        while (journal.wait_until_checkpoint_due(stop)) {
          if (!journal.checkpoint() && !journal.health()) return;
        }
      }) {}

}  // namespace weir::journal
