#include "mover/file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace weir::mover {

using base::fail;
using base::fail_errno;
using base::Result;
using base::Status;

namespace {

constexpr mode_t new_file_mode = 0644;
constexpr mode_t new_folder_mode = 0755;

tl::unexpected<base::Error> fail_open(const std::string& path, int error) {
  if (error == ENOENT || error == ENOTDIR) {
    return fail(base::ErrorCode::not_found, path + " is not there");
  }
  if (error == ELOOP || error == EXDEV) {
    return fail(base::ErrorCode::input_output, path + " leads through a symbolic link");
  }
  return fail_errno("open " + path, error);
}

}  // namespace

Result<base::Descriptor> open_folder(const std::string& path) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): open(2) is what there is
  base::Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail_open(path, errno);
  return folder;
}

Result<base::Descriptor> open_below(int folder, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC;
  how.mode = (flags & O_CREAT) != 0 ? new_file_mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  base::Descriptor file(
      static_cast<int>(::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how)));
  if (!file) return fail_open(path, errno);
  return file;
}

Status make_folders_of(int folder, const std::string& path) {
  for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
    const std::string part = path.substr(0, at);
    if (::mkdirat(folder, part.c_str(), new_folder_mode) != 0 && errno != EEXIST) {
      return fail_errno("make the folder " + part, errno);
    }
  }
  return {};
}

Status write_at(int file, std::string_view bytes, std::int64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno("write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
  return {};
}

Result<std::size_t> read_at(int file, std::span<char> into, std::int64_t offset) {
  std::size_t got = 0;
  while (got < into.size()) {
    const ssize_t count = ::pread(file, into.data() + got, into.size() - got,
                                  offset + static_cast<std::int64_t>(got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("read", errno);
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  return got;
}

Result<std::string> read_whole(const std::string& path) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): open(2) is what there is
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail_open(path, errno);
  struct stat about = {};
  if (::fstat(file.get(), &about) != 0) return fail_errno("look at " + path, errno);
  std::string bytes(static_cast<std::size_t>(std::max<off_t>(about.st_size, 0)), '\0');
  bytes.resize(WEIR_TRY(read_at(file.get(), bytes, 0)));
  return bytes;
}

Status replace_file(const std::string& folder, const std::string& name, std::string_view bytes) {
  const base::Descriptor there = WEIR_TRY(open_folder(folder));
  const std::string unfinished = "." + name + ".unfinished";
  {
    const base::Descriptor file =
        WEIR_TRY(open_below(there.get(), unfinished, O_WRONLY | O_CREAT | O_TRUNC));
    WEIR_TRY_STATUS(write_at(file.get(), bytes, 0));
    WEIR_TRY_STATUS(sync(file.get()));
  }
  if (::renameat(there.get(), unfinished.c_str(), there.get(), name.c_str()) != 0) {
    return fail_errno("rename " + folder + "/" + unfinished, errno);
  }
  return sync(there.get());
}

Status sync(int descriptor) {
  if (::fsync(descriptor) != 0) return fail_errno("fsync", errno);
  return {};
}

Status sync_folder(const std::string& path) {
  const base::Descriptor folder = WEIR_TRY(open_folder(path));
  return sync(folder.get());
}

Result<std::vector<Entry>> list_below(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto trouble = [&] {
    return error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory
               ? fail(base::ErrorCode::not_found, folder + " is no folder")
               : fail_errno("list " + folder, error.value());
  };
  const fs::path root(folder);
  fs::recursive_directory_iterator at(root, error);
  if (error) return trouble();
  std::vector<Entry> entries;
  for (; at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (error) return trouble();
    Entry entry;
    entry.path = at->path().lexically_relative(root).string();
    const fs::file_status status = at->symlink_status(error);
    entry.is_file = status.type() == fs::file_type::regular;
    entry.is_folder = status.type() == fs::file_type::directory;
    if (entry.is_file) entry.size_bytes = static_cast<std::int64_t>(at->file_size(error));
    if (error) return trouble();
    entries.push_back(std::move(entry));
  }
  if (error) return trouble();
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return entries;
}

}  // namespace weir::mover
