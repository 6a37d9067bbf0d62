// journal: an operator's look at a data folder of this machine whose server is stopped.
#include <cstdio>

#include "app/restore.h"
#include "base/json.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "journal/data_folder.h"
#include "journal/sqlite_journal.h"
#include "journal/verify.h"
#include "model/pack.h"

namespace weir::cli {

namespace {

int verify_chain(journal::Journal& journal) {
  ProgressBar bar("verifying");
  const auto report = journal::verify(
      journal, [&](std::uint64_t done, std::uint64_t total) { bar.show(done, total); });
  if (!report) return complain(report.error());
  if (!report->good()) {
    std::fprintf(stderr, "weir: the journal is damaged: %s\n", report->fault->text.c_str());
    return exit_error;
  }
  std::printf("%llu rows, chain good, last hash %s\n",
              static_cast<unsigned long long>(report->rows),
              base::to_hex(report->last_chain).c_str());
  return 0;
}

int replay(journal::Journal& journal) {
  ProgressBar bar("replaying");
  const auto report = app::check_replay(
      journal, [&](std::uint64_t done, std::uint64_t total) { bar.show(done, total); });
  if (!report) return complain(report.error());
  if (!report->good()) {
    std::fprintf(stderr, "weir: the replay differs: %s\n", report->difference.c_str());
    return exit_error;
  }
  std::printf("%llu rows stepped again, %llu facts the same, state the same, fingerprint %s\n",
              static_cast<unsigned long long>(report->rows),
              static_cast<unsigned long long>(report->facts), report->fingerprint.c_str());
  return 0;
}

int show(journal::Journal& journal, const JournalFlags& flags) {
  const std::uint64_t last = journal.last_sequence();
  const std::uint64_t from = flags.from != 0      ? flags.from
                             : last < flags.limit ? 1
                                                  : last - flags.limit + 1;
  std::optional<base::Error> error;
  const auto status = journal.read(from, from + flags.limit - 1, [&](const journal::Row& row) {
    const auto facts = model::unpack_facts(row.facts);
    if (!facts) {
      error = facts.error();
      return false;
    }
    const std::string time = base::format_time(base::time_from_us(row.time_us));
    for (const model::Fact& fact : *facts) {
      std::printf("%llu %s %s\n", static_cast<unsigned long long>(row.sequence), time.c_str(),
                  base::to_json(fact).c_str());
    }
    return true;
  });
  if (!status) return complain(status.error());
  return error ? complain(*error) : 0;
}

}  // namespace

int verb_journal(const Common& common, const JournalFlags& flags) {
  // Claimed while it is looked at: a journal that grows meanwhile cannot be held against itself.
  const std::string& path = common.connection.data_folder;
  const auto folder = journal::DataFolder::claim(path, now());
  if (!folder) return complain(folder.error());
  const auto journal = journal::SqliteJournal::open(path);
  if (!journal) return complain(journal.error());
  if (flags.action == "verify") return verify_chain(**journal);
  if (flags.action == "replay") return replay(**journal);
  return show(**journal, flags);
}

}  // namespace weir::cli
