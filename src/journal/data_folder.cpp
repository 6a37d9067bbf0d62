#include "journal/data_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "base/json.h"

namespace weir::journal {

using base::ErrorCode;
using base::fail;
using base::fail_errno;
using base::Result;
using base::Status;

namespace {

constexpr mode_t owner_only = 0700;
constexpr mode_t others_all = S_IRWXG | S_IRWXO;
constexpr mode_t others_write = S_IWGRP | S_IWOTH;
constexpr const char* lock_name = "lock";

std::string host_name() {
  std::array<char, 256> name = {};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

// Makes the folder and those above it; all that are new are the owner's alone.
Status make_folder(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), owner_only) == 0) return {};
  if (errno == EEXIST) return {};
  const std::filesystem::path parent = path.parent_path();
  if (errno != ENOENT || parent.empty() || parent == path) {
    return fail_errno("make the folder " + path.string(), errno);
  }
  WEIR_TRY_STATUS(make_folder(parent));
  if (::mkdir(path.c_str(), owner_only) != 0 && errno != EEXIST) {
    return fail_errno("make the folder " + path.string(), errno);
  }
  return {};
}

Status check_mode(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return fail_errno("stat " + path, errno);
  if (!S_ISDIR(status.st_mode)) return fail(ErrorCode::refused, path + " is not a folder");
  if ((status.st_mode & others_all) == 0) return {};
  std::error_code code;
  const bool empty = std::filesystem::is_empty(path, code);
  if (!code && empty && status.st_uid == ::geteuid()) {
    if (::chmod(path.c_str(), owner_only) != 0) return fail_errno("chmod " + path, errno);
    return {};
  }
  if ((status.st_mode & others_write) != 0) {
    return fail(ErrorCode::refused, "others may write in the data folder " + path, {},
                "chmod 700 " + path);
  }
  return {};
}

std::string held_by(const std::string& path, const Result<Holder>& holder) {
  std::string text = "the data folder " + path + " is in use";
  if (!holder) return text + " by another server";
  text += " by process " + std::to_string(holder->pid) + " on " + holder->host + " since " +
          base::format_time(holder->since);
  if (!holder->address.empty()) text += ", which listens at " + holder->address;
  return text;
}

Result<Holder> read_holder(const File& lock) {
  const std::string text = WEIR_TRY(lock.read_all());
  return base::from_json<Holder>(text);
}

struct flock whole_file() {
  struct flock range = {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return range;
}

// True if the lock is ours now, false if somebody else has it.
Result<bool> try_lock(const File& lock) {
  struct flock range = whole_file();
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): fcntl(2) is what there is
  if (::fcntl(lock.descriptor(), F_OFD_SETLK, &range) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return fail_errno("lock the data folder", errno);
}

// Looks without taking: taking it for a moment could keep out a server that starts just then.
Result<bool> is_locked(const File& lock) {
  struct flock range = whole_file();
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): as above
  if (::fcntl(lock.descriptor(), F_OFD_GETLK, &range) != 0) {
    return fail_errno("look at the lock of the data folder", errno);
  }
  return range.l_type != F_UNLCK;
}

}  // namespace

Result<DataFolder> DataFolder::claim(const std::string& path, base::Time now) {
  // Whole, so that it still names the folder should the process change its directory.
  std::error_code code;
  const std::filesystem::path absolute = std::filesystem::absolute(path, code);
  if (code) return fail_errno("find " + path, code.value());
  std::string folder = absolute.lexically_normal().string();
  if (folder.size() > 1 && folder.back() == '/') folder.pop_back();

  WEIR_TRY_STATUS(make_folder(folder));
  WEIR_TRY_STATUS(check_mode(folder));
  File lock = WEIR_TRY(File::open(folder + "/" + lock_name, O_RDWR | O_CREAT));
  if (!WEIR_TRY(try_lock(lock))) {
    const Result<Holder> holder = read_holder(lock);
    return fail(
        ErrorCode::conflict, held_by(folder, holder), {},
        holder ? "stop it (kill " + std::to_string(holder->pid) + "), or name another data folder"
               : "stop it, or name another data folder");
  }
  DataFolder claimed(std::move(folder), std::move(lock), Holder{::getpid(), host_name(), now, {}});
  WEIR_TRY_STATUS(claimed.write_holder());
  return claimed;
}

Status DataFolder::write_address(const std::string& address) {
  holder_.address = address;
  return write_holder();
}

Status DataFolder::write_holder() {
  // In place: another file under this name would not be the one that is locked.
  const std::string text = base::to_json(holder_) + "\n";
  const ssize_t written = ::pwrite(lock_.descriptor(), text.data(), text.size(), 0);
  if (written != static_cast<ssize_t>(text.size())) {
    return fail_errno("write " + path_of(lock_name), written < 0 ? errno : ENOSPC);
  }
  if (::ftruncate(lock_.descriptor(), written) != 0) {
    return fail_errno("write " + path_of(lock_name), errno);
  }
  return {};
}

std::string DataFolder::path_of(std::string_view name) const {
  return path_ + "/" + std::string(name);
}

Result<std::optional<Holder>> data_folder_holder(const std::string& path) {
  struct stat status = {};
  const std::string file = path + "/" + lock_name;
  if (::stat(file.c_str(), &status) != 0 && errno == ENOENT) return std::optional<Holder>();
  const File lock = WEIR_TRY(File::open(file, O_RDONLY));
  if (!WEIR_TRY(is_locked(lock))) return std::optional<Holder>();
  return std::optional(WEIR_TRY(read_holder(lock)));
}

}  // namespace weir::journal
