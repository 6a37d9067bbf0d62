#include "twin/traces/text_file.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "base/quantity.h"

namespace weir::twin::traces {
namespace {

using Archive = std::unique_ptr<archive, int (*)(archive*)>;

}  // namespace

// libarchive reads a plain file as its own only entry, and one packed by gzip as what is in it.
base::Result<std::string> read_text_file(const std::string& path, std::uint64_t most_bytes) {
  constexpr std::size_t block = 1U << 20U;
  const Archive file(::archive_read_new(), ::archive_read_free);
  const auto fault = [&] {
    const char* const why = ::archive_error_string(file.get());
    return base::fail(base::ErrorCode::input_output,
                      path + ": " + (why != nullptr ? why : "cannot be read"));
  };
  archive_entry* entry = nullptr;
  if (::archive_read_support_filter_gzip(file.get()) != ARCHIVE_OK ||
      ::archive_read_support_format_raw(file.get()) != ARCHIVE_OK ||
      ::archive_read_support_format_empty(file.get()) != ARCHIVE_OK ||
      ::archive_read_open_filename(file.get(), path.c_str(), block) != ARCHIVE_OK) {
    return fault();
  }
  const int opened = ::archive_read_next_header(file.get(), &entry);
  if (opened == ARCHIVE_EOF) return std::string();
  if (opened != ARCHIVE_OK) return fault();
  std::string text;
  for (;;) {
    const std::size_t size = text.size();
    text.resize(size + block);
    const la_ssize_t got = ::archive_read_data(file.get(), text.data() + size, block);
    if (got < 0) return fault();
    text.resize(size + static_cast<std::size_t>(got));
    if (got == 0) return text;
    if (text.size() > most_bytes) {
      return base::fail(
          base::ErrorCode::too_large,
          path + " holds more than " + base::format_bytes(static_cast<std::int64_t>(most_bytes)));
    }
  }
}

}  // namespace weir::twin::traces
