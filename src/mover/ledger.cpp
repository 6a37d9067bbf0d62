#include "mover/ledger.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <optional>

namespace weir::mover {

using base::Result;
using base::Status;

namespace {

constexpr std::size_t digits_of_digest = 16;

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::string short_digest(const base::Digest& digest) {
  return base::to_hex(digest).substr(0, digits_of_digest);
}

std::string verified_line(std::uint64_t number, const base::Digest& digest) {
  return "verified " + std::to_string(number) + " " + short_digest(digest) + "\n";
}

// What a line says, if it is whole and fits.
void take_line(std::string_view line, const ChunkTable& table, Landed& landed) {
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return;
  const auto number = number_in(line.substr(first + 1, second - first - 1));
  if (!number || static_cast<std::uint64_t>(*number) >= table.count()) return;
  const auto index = static_cast<std::size_t>(*number);
  const std::string_view last = line.substr(second + 1);
  if (line.starts_with("verified ") && last == short_digest(table.digest(index))) {
    landed.verified[index] = true;
  } else if (line.starts_with("written ")) {
    const auto bytes = number_in(last);
    if (bytes && *bytes <= table.place(index).size) landed.written[index] = *bytes;
  }
}

}  // namespace

Result<Ledger> Ledger::open(int folder, const std::string& name, const ChunkTable& table,
                            const std::string& boot) {
  Ledger ledger;
  ledger.head_ = "weir ledger 1 " + base::to_hex(identity_of(table.manifest())) + " " + boot + "\n";
  ledger.file_ = WEIR_TRY(open_below(folder, name, O_RDWR | O_CREAT));
  struct stat about = {};
  if (::fstat(ledger.file_.get(), &about) != 0) return base::fail_errno("look at a ledger", errno);
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  text.resize(WEIR_TRY(read_at(ledger.file_.get(), text, 0)));
  ledger.read(text, table);
  // Appending behind a torn line would make one line of two.
  const std::size_t whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (::ftruncate(ledger.file_.get(), static_cast<off_t>(whole)) != 0 ||
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): fcntl(2) is what there is
      ::fcntl(ledger.file_.get(), F_SETFL, O_APPEND) != 0) {
    return base::fail_errno("mend a ledger", errno);
  }
  if (whole == 0) WEIR_TRY_STATUS(ledger.append(ledger.head_));
  return ledger;
}

void Ledger::read(const std::string& text, const ChunkTable& table) {
  landed_.verified.assign(static_cast<std::size_t>(table.count()), false);
  landed_.written.assign(static_cast<std::size_t>(table.count()), 0);
  std::string_view left = text;
  bool is_head = true;
  for (std::size_t end = left.find('\n'); end != std::string_view::npos; end = left.find('\n')) {
    const std::string_view line = left.substr(0, end + 1);
    left.remove_prefix(end + 1);
    if (is_head) {
      landed_.is_to_be_read_again = line != head_ || head_.ends_with(" \n");
      is_head = false;
    } else {
      take_line(line.substr(0, end), table, landed_);
    }
  }
}

Status Ledger::append(const std::string& lines) const {
  std::string_view left = lines;
  while (!left.empty()) {
    const ssize_t written = ::write(file_.get(), left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return base::fail_errno("write a ledger", errno);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status Ledger::add_verified(std::uint64_t number, const base::Digest& digest) const {
  return append(verified_line(number, digest));
}

Status Ledger::add_written(std::uint64_t number, std::int64_t bytes) const {
  return append("written " + std::to_string(number) + " " + std::to_string(bytes) + "\n");
}

Status Ledger::rewrite(const ChunkTable& table, const std::vector<bool>& verified) {
  std::string text = head_;
  for (std::size_t number = 0; number < verified.size(); ++number) {
    if (verified[number]) text += verified_line(number, table.digest(number));
  }
  if (::ftruncate(file_.get(), 0) != 0) return base::fail_errno("begin a ledger anew", errno);
  return append(text);
}

std::string boot_name() {
  const base::Descriptor folder(
      ::open("/proc/sys/kernel/random", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return {};
  const Result<base::Descriptor> file = open_below(folder.get(), "boot_id", O_RDONLY);
  if (!file) return {};
  std::string text(64, '\0');
  const Result<std::size_t> size = read_at(file->get(), text, 0);
  text.resize(size ? *size : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace weir::mover
