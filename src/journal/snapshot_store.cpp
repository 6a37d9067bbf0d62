#include "journal/snapshot_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include "journal/bytes.h"
#include "journal/file.h"

namespace weir::journal {

namespace {

constexpr std::string_view magic = "WEIRSNP1";
constexpr std::string_view prefix = "snapshot-";
constexpr std::string_view suffix = ".weir";
constexpr std::size_t digits = 20;
constexpr std::size_t head_bytes = magic.size() + number_bytes + digest_bytes + number_bytes;
constexpr std::size_t snapshots_kept = 2;

std::string head_of(const Snapshot& snapshot) {
  char number[number_bytes];
  std::string head(magic);
  put_number(number, snapshot.sequence);
  head.append(number, number_bytes).append(bytes_of(snapshot.chain));
  put_number(number, snapshot.state.size());
  return head.append(number, number_bytes);
}

// The snapshot in `file`; none if its bytes are not those of a whole one for `sequence`.
std::optional<Snapshot> decode(std::string bytes, std::uint64_t sequence) {
  if (bytes.size() < head_bytes + digest_bytes || !bytes.starts_with(magic)) return std::nullopt;
  const std::size_t hashed = bytes.size() - digest_bytes;
  const std::string_view view(bytes);
  if (digest_of(view.substr(hashed)) != base::sha256(view.substr(0, hashed))) {
    return std::nullopt;
  }
  Snapshot snapshot;
  snapshot.sequence = get_number(bytes.data() + magic.size());
  snapshot.chain =
      digest_of(view.substr(magic.size() + number_bytes, digest_bytes)).value_or(Digest{});
  const std::uint64_t state_bytes = get_number(bytes.data() + head_bytes - number_bytes);
  if (snapshot.sequence != sequence || state_bytes != hashed - head_bytes) return std::nullopt;
  bytes.resize(hashed);
  bytes.erase(0, head_bytes);
  snapshot.state = std::move(bytes);
  return snapshot;
}

std::string name_of(std::uint64_t sequence) {
  std::string number = std::to_string(sequence);
  number.insert(0, digits - number.size(), '0');
  return std::string(prefix) + number + std::string(suffix);
}

std::optional<std::uint64_t> sequence_of(std::string_view name) {
  if (name.size() != prefix.size() + digits + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix)) {
    return std::nullopt;
  }
  const std::string_view number = name.substr(prefix.size(), digits);
  std::uint64_t sequence = 0;
  const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), sequence);
  if (code != std::errc() || end != number.data() + number.size()) return std::nullopt;
  return sequence;
}

// Names in `folder`, in no order.
Result<std::vector<std::string>> names_in(const std::string& folder) {
  std::error_code code;
  std::vector<std::string> names;
  std::filesystem::directory_iterator it(folder, code);
  for (; !code && it != std::filesystem::directory_iterator(); it.increment(code)) {
    names.push_back(it->path().filename().string());
  }
  if (code) return base::fail_errno("list " + folder, code.value());
  return names;
}

}  // namespace

Status SnapshotStore::clean() {
  const std::vector<std::string> names = WEIR_TRY(names_in(folder_));
  for (const std::string& name : names) {
    if (name.starts_with(prefix) && name.ends_with(unfinished_suffix)) {
      ::unlink((folder_ + "/" + name).c_str());
    }
  }
  return {};
}

Status SnapshotStore::write(const Snapshot& snapshot) {
  const std::string head = head_of(snapshot);
  base::Sha256 hash;
  hash.add(head);
  hash.add(snapshot.state);
  const Digest digest = hash.digest();
  WEIR_TRY_STATUS(
      replace_file(folder_, name_of(snapshot.sequence), {head, snapshot.state, bytes_of(digest)}));
  remove_old();
  return {};
}

Result<std::optional<Snapshot>> SnapshotStore::newest() const {
  const std::vector<std::uint64_t> sequences = WEIR_TRY(list());
  for (const std::uint64_t sequence : sequences) {
    Result<File> file = File::open(path_of(sequence), O_RDONLY);
    if (!file) continue;  // as good as damaged: the one before it may be whole
    Result<std::string> bytes = file->read_all();
    if (!bytes) continue;
    std::optional<Snapshot> snapshot = decode(*std::move(bytes), sequence);
    if (snapshot) return snapshot;
  }
  return std::optional<Snapshot>();
}

Result<std::vector<std::uint64_t>> SnapshotStore::list() const {
  const std::vector<std::string> names = WEIR_TRY(names_in(folder_));
  std::vector<std::uint64_t> sequences;
  for (const std::string& name : names) {
    if (const auto sequence = sequence_of(name)) sequences.push_back(*sequence);
  }
  std::ranges::sort(sequences, std::greater());
  return sequences;
}

std::string SnapshotStore::path_of(std::uint64_t sequence) const {
  return folder_ + "/" + name_of(sequence);
}

void SnapshotStore::remove_old() const {
  const Result<std::vector<std::uint64_t>> sequences = list();
  if (!sequences) return;
  for (std::size_t i = snapshots_kept; i < sequences->size(); ++i) {
    ::unlink(path_of((*sequences)[i]).c_str());
  }
}

}  // namespace weir::journal
