#include "backend/workdir/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

#include "backend/folder_names.h"
#include "backend/workdir/ignore.h"
#include "backend/workdir/link_target.h"
#include "base/quantity.h"

namespace weir::backend::workdir {
namespace {

using base::ErrorCode;

struct Entry {
  std::string path;  // relative to the folder
  mode_t kind = 0;   // S_IFREG, S_IFDIR or S_IFLNK
  bool is_executable = false;
  std::int64_t bytes = 0;
  std::string target;  // of a link
};

std::string read_whole(const std::string& path) {
  std::string text;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = ::read(file, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(file);
  return text;
}

// Lists what is to be packed, and holds it against the limits before a byte is read.
class Survey {
 public:
  Survey(std::string folder, const PackLimits& limits)
      : folder_(std::move(folder)),
        limits_(limits),
        rules_(read_whole(folder_ + "/" + ignore_file)) {}

  base::Status take_folder(const std::string& below) {
    const std::string path = below.empty() ? folder_ : folder_ + "/" + below;
    std::vector<std::string> names;
    if (const int error = read_names(path, names); error != 0) {
      return base::fail_errno("list " + path, error);
    }
    for (const std::string& name : names) {
      WEIR_TRY_STATUS(take(below.empty() ? name : std::string(below).append("/").append(name)));
    }
    return {};
  }

  base::Result<std::vector<Entry>> finish() {
    if (bytes_ > limits_.bytes_max) {
      return base::fail(ErrorCode::too_large,
                        "the work folder holds " + base::format_bytes(bytes_) +
                            ", more than the limit of " + base::format_bytes(limits_.bytes_max),
                        "workdir",
                        "largest file: " + largest_ + " (" + base::format_bytes(largest_bytes_) +
                            "); name what is not needed in " + ignore_file);
    }
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.path < b.path; });
    return std::move(entries_);
  }

 private:
  base::Status take(const std::string& path) {
    const std::string full = folder_ + "/" + path;
    struct stat about{};
    if (::lstat(full.c_str(), &about) != 0) return base::fail_errno("look at " + full, errno);
    if (rules_.leaves_out(path, S_ISDIR(about.st_mode))) return {};
    if (static_cast<std::int64_t>(entries_.size()) >= limits_.entries_max) {
      return base::fail(ErrorCode::too_large,
                        "the work folder holds more than " + std::to_string(limits_.entries_max) +
                            " files and folders",
                        "workdir", std::string("name what is not needed in ") + ignore_file);
    }
    Entry entry;
    entry.path = path;
    entry.kind = about.st_mode & S_IFMT;
    if (S_ISREG(about.st_mode)) {
      entry.bytes = about.st_size;
      entry.is_executable = (about.st_mode & S_IXUSR) != 0;
      bytes_ += entry.bytes;
      if (largest_.empty() || entry.bytes > largest_bytes_) {
        largest_ = path;
        largest_bytes_ = entry.bytes;
      }
    } else if (S_ISLNK(about.st_mode)) {
      WEIR_TRY_STATUS(read_link(full, entry));
    } else if (!S_ISDIR(about.st_mode)) {
      return base::fail(ErrorCode::refused,
                        path + " is neither a file, a folder nor a link, and cannot be packed",
                        "workdir", std::string("name it in ") + ignore_file);
    }
    entries_.push_back(std::move(entry));
    return S_ISDIR(about.st_mode) ? take_folder(path) : base::Status{};
  }

  static base::Status read_link(const std::string& full, Entry& entry) {
    std::array<char, 4096> target{};
    const ssize_t size = ::readlink(full.c_str(), target.data(), target.size());
    if (size < 0) return base::fail_errno("read link " + full, errno);
    entry.target.assign(target.data(), static_cast<std::size_t>(size));
    if (stays_within(entry.path, entry.target)) return {};
    return base::fail(ErrorCode::refused,
                      "link " + entry.path + " leads out of the work folder, to " + entry.target,
                      "workdir",
                      std::string("copy what it leads to, or name it in ") + ignore_file);
  }

  std::string folder_;
  PackLimits limits_;
  IgnoreRules rules_;
  std::vector<Entry> entries_;
  std::int64_t bytes_ = 0;
  std::string largest_;
  std::int64_t largest_bytes_ = 0;
};

// The file an archive is written to, hashed on the way.
class Output {
 public:
  explicit Output(std::string path)
      : path_(std::move(path)),
        file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)),
        error_(file_ ? 0 : errno) {
    crypto_hash_sha256_init(&hash_);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (file_ && !is_kept_) ::unlink(path_.c_str());
  }

  static la_ssize_t take(archive*, void* self, const void* bytes, std::size_t size) {
    return static_cast<Output*>(self)->write(bytes, size);
  }
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }
  std::string keep() {
    is_kept_ = true;
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256_final(&hash_, digest.data());
    std::array<char, crypto_hash_sha256_BYTES * 2 + 1> text{};
    sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
    return text.data();
  }

 private:
  la_ssize_t write(const void* bytes, std::size_t size) {
    const ssize_t written = ::write(file_.get(), bytes, size);
    if (written < 0) {
      error_ = errno;
      return -1;
    }
    crypto_hash_sha256_update(&hash_, static_cast<const unsigned char*>(bytes),
                              static_cast<unsigned long long>(written));
    bytes_ += written;
    return written;
  }

  std::string path_;
  base::Descriptor file_;
  int error_;
  bool is_kept_ = false;
  std::int64_t bytes_ = 0;
  crypto_hash_sha256_state hash_{};
};

using Archive = std::unique_ptr<archive, int (*)(archive*)>;
using Header = std::unique_ptr<archive_entry, void (*)(archive_entry*)>;

base::Status archive_fault(const Archive& out, const Output& output) {
  if (output.error() != 0) return base::fail_errno("write the archive", output.error());
  const char* const words = ::archive_error_string(out.get());
  return base::fail(ErrorCode::input_output,
                    std::string("write the archive: ") + (words != nullptr ? words : "failed"));
}

base::Status add_content(const Archive& out, const Output& output, const std::string& full,
                         std::int64_t bytes) {
  const int file = ::open(full.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return base::fail_errno("open " + full, errno);
  std::vector<char> buffer(262'144);
  std::int64_t left = bytes;
  base::Status status;
  while (left > 0 && status) {
    const std::size_t wanted = std::min(buffer.size(), static_cast<std::size_t>(left));
    const ssize_t count = ::read(file, buffer.data(), wanted);
    if (count <= 0) {
      status = count < 0 ? base::fail_errno("read " + full, errno)
                         : base::Status(base::fail(ErrorCode::conflict,
                                                   full + " became shorter while it was packed"));
    } else if (::archive_write_data(out.get(), buffer.data(), static_cast<std::size_t>(count)) !=
               count) {
      status = archive_fault(out, output);
    }
    left -= count;
  }
  ::close(file);
  return status;
}

base::Status add_entry(const Archive& out, const Output& output, const std::string& folder,
                       const Entry& entry) {
  const Header header(::archive_entry_new(), ::archive_entry_free);
  ::archive_entry_set_pathname(header.get(), entry.path.c_str());
  ::archive_entry_set_filetype(header.get(), entry.kind);
  ::archive_entry_set_perm(header.get(),
                           entry.kind != S_IFREG || entry.is_executable ? 0755 : 0644);
  ::archive_entry_set_size(header.get(), entry.bytes);
  ::archive_entry_set_mtime(header.get(), 0, 0);
  ::archive_entry_set_uid(header.get(), 0);
  ::archive_entry_set_gid(header.get(), 0);
  if (entry.kind == S_IFLNK) ::archive_entry_set_symlink(header.get(), entry.target.c_str());
  if (::archive_write_header(out.get(), header.get()) != ARCHIVE_OK) {
    return archive_fault(out, output);
  }
  if (entry.kind != S_IFREG) return {};
  return add_content(out, output, folder + "/" + entry.path, entry.bytes);
}

}  // namespace

base::Result<Packed> pack(const std::string& folder, const std::string& archive,
                          const PackLimits& limits) {
  struct stat about{};
  if (::stat(folder.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) {
    return base::fail(ErrorCode::not_found, folder + " is not a folder", "workdir");
  }
  Survey survey(folder, limits);
  WEIR_TRY_STATUS(survey.take_folder(""));
  const std::vector<Entry> entries = WEIR_TRY(survey.finish());

  Output output(archive);
  if (output.error() != 0) return base::fail_errno("write " + archive, output.error());
  const Archive out(::archive_write_new(), ::archive_write_free);
  ::archive_write_set_format_pax_restricted(out.get());
  ::archive_write_add_filter_zstd(out.get());
  ::archive_write_set_bytes_in_last_block(out.get(), 1);
  if (::archive_write_open(out.get(), &output, nullptr, Output::take, nullptr) != ARCHIVE_OK) {
    return base::fail(archive_fault(out, output).error());
  }
  Packed packed;
  for (const Entry& entry : entries) {
    WEIR_TRY_STATUS(add_entry(out, output, folder, entry));
    packed.content_bytes += entry.bytes;
  }
  if (::archive_write_close(out.get()) != ARCHIVE_OK) {
    return base::fail(archive_fault(out, output).error());
  }
  packed.entries = static_cast<std::int64_t>(entries.size());
  packed.archive_bytes = output.bytes();
  packed.sha256 = output.keep();
  return packed;
}

}  // namespace weir::backend::workdir
