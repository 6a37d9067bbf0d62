// The database file of the journal: its tables, its marks, and how a file is recognised. Inside
// this room only.
#pragma once

#include <cstdint>
#include <string>

#include "journal/sqlite.h"

namespace weir::journal {

inline constexpr const char* database_name = "journal.db";
inline constexpr std::int64_t page_bytes = 8192;

// The pragmas every connection that writes needs; checks that the log really is in use.
[[nodiscard]] Status set_durable(Connection& connection);

// Makes sure that `file` is there, with a mode that lets nobody else read it.
[[nodiscard]] Status make_file(const std::string& folder, const std::string& file);

// Makes the database ready for appending: an empty one gets its tables and marks, in WAL mode; one
// of another program, or of a newer Weir, is refused and left as it is.
[[nodiscard]] Status prepare_database(Connection& connection, const std::string& file);

}  // namespace weir::journal
