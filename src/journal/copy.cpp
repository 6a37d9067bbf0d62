#include "journal/copy.h"

#include <filesystem>

#include "journal/schema.h"
#include "journal/sqlite.h"

namespace weir::journal {

base::Status copy_journal(const std::string& from, const std::string& to) {
  const std::string file = from + "/" + database_name;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    return base::fail(base::ErrorCode::not_found, "there is no journal in " + from, "",
                      "name the data folder of a Weir: --data-folder FOLDER");
  }
  Connection connection = WEIR_TRY(Connection::open(file, Connection::Mode::read_only, ""));
  Statement copy = WEIR_TRY(connection.prepare("VACUUM INTO ?1"));
  const std::string target = to + "/" + database_name;
  copy.bind_text(1, target);
  const int code = copy.step();
  if (code != SQLITE_DONE) return connection.fail("copy " + file, code);
  return {};
}

}  // namespace weir::journal
