#include "backend/workdir/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "backend/workdir/link_target.h"
#include "base/descriptor.h"
#include "base/quantity.h"

namespace weir::backend::workdir {
namespace {

using base::ErrorCode;
using Archive = std::unique_ptr<archive, int (*)(archive*)>;

constexpr std::size_t depth_max = 100;

// Names of strangers, cut and made fit to print.
std::string shown(std::string_view name) {
  std::string text;
  for (const char c : name.substr(0, 200)) {
    text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return "\"" + text + "\"";
}

tl::unexpected<base::Error> refuse(std::string_view name, const std::string& why) {
  return base::fail(ErrorCode::refused, "entry " + shown(name) + " of the archive " + why);
}

// The parts of an entry's name, "." and doubled slashes dropped; the top itself has none.
base::Result<std::vector<std::string>> parts_of(std::string_view name) {
  if (name.empty()) return refuse(name, "has no name");
  if (name.front() == '/') return refuse(name, "has an absolute name");
  std::vector<std::string> parts;
  std::string_view rest = name;
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    if (part == "..") return refuse(name, "would leave the work folder");
    if (part.empty() || part == ".") continue;
    parts.emplace_back(part);
  }
  if (parts.size() > depth_max) return refuse(name, "lies too deep");
  return parts;
}

std::string join(const std::vector<std::string>& parts) {
  std::string path;
  for (const std::string& part : parts) path += (path.empty() ? "" : "/") + part;
  return path;
}

class Unpacking {
 public:
  Unpacking(Archive in, base::Descriptor top, const UnpackLimits& limits,
            const std::stop_token& stop)
      : in_(std::move(in)), top_(std::move(top)), limits_(limits), stop_(stop) {}

  base::Status run() {
    for (;;) {
      archive_entry* header = nullptr;
      const int got = ::archive_read_next_header(in_.get(), &header);
      if (got == ARCHIVE_EOF) break;
      if (got != ARCHIVE_OK && got != ARCHIVE_WARN) return fault();
      WEIR_TRY_STATUS(check_stop());
      if (++entries_ > limits_.entries_max) {
        return base::fail(
            ErrorCode::too_large,
            "the archive holds more than " + std::to_string(limits_.entries_max) + " entries");
      }
      WEIR_TRY_STATUS(take(header));
    }
    return check_links();
  }

 private:
  base::Status take(archive_entry* header) {
    const char* const raw = ::archive_entry_pathname(header);
    const std::string name = raw != nullptr ? raw : "";
    const std::vector<std::string> parts = WEIR_TRY(parts_of(name));
    const char* const hard = ::archive_entry_hardlink(header);
    if (hard != nullptr) return take_hard_link(name, parts, hard);
    switch (::archive_entry_filetype(header)) {
      case AE_IFDIR:
        static_cast<void>(WEIR_TRY(open_folder(name, parts, parts.size())));
        return {};
      case AE_IFREG:
        return take_file(name, parts, header);
      case AE_IFLNK: {
        const char* const target = ::archive_entry_symlink(header);
        return take_link(name, parts, target != nullptr ? target : "");
      }
      default:
        return refuse(name, "is neither a file, a folder nor a link");
    }
  }

  // Opens the folder of the first `count` parts, made where it is missing; follows no link.
  base::Result<base::Descriptor> open_folder(std::string_view name,
                                             const std::vector<std::string>& parts,
                                             std::size_t count) {
    constexpr int how = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    base::Descriptor folder(::openat(top_.get(), ".", how));
    for (std::size_t i = 0; i < count && folder; ++i) {
      const char* const part = parts[i].c_str();
      if (::mkdirat(folder.get(), part, 0700) != 0 && errno != EEXIST) break;
      base::Descriptor next(::openat(folder.get(), part, how));
      if (!next && (errno == ELOOP || errno == ENOTDIR)) {
        return refuse(name, "goes through a link or a file");
      }
      if (!next) return base::fail_errno("open folder " + shown(name), errno);
      folder = std::move(next);
      if (i + 1 == count) return folder;
    }
    if (folder && count == 0) return folder;
    return base::fail_errno("make folder " + shown(name), errno);
  }

  // The folder an entry is to stand in. Fails for the top itself.
  base::Result<base::Descriptor> open_parent(std::string_view name,
                                             const std::vector<std::string>& parts) {
    if (parts.empty()) return refuse(name, "would replace the work folder itself");
    return open_folder(name, parts, parts.size() - 1);
  }

  base::Status take_file(const std::string& name, const std::vector<std::string>& parts,
                         archive_entry* header) {
    const std::int64_t size = ::archive_entry_size(header);
    if (size < 0 || size > limits_.bytes_max - bytes_) return too_large();
    const base::Descriptor parent = WEIR_TRY(open_parent(name, parts));
    const mode_t mode = (::archive_entry_perm(header) & S_IXUSR) != 0 ? 0700 : 0600;
    const base::Descriptor file(::openat(parent.get(), parts.back().c_str(),
                                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                         mode));
    if (!file && errno == EEXIST) return refuse(name, "is there twice");
    if (!file) return base::fail_errno("make file " + shown(name), errno);
    return take_content(name, file, size);
  }

  base::Status take_content(const std::string& name, const base::Descriptor& file,
                            std::int64_t size) {
    std::int64_t reached = 0;
    for (;;) {
      const void* block = nullptr;
      std::size_t count = 0;
      la_int64_t offset = 0;
      const int got = ::archive_read_data_block(in_.get(), &block, &count, &offset);
      if (got == ARCHIVE_EOF) break;
      if (got != ARCHIVE_OK && got != ARCHIVE_WARN) return fault();
      WEIR_TRY_STATUS(check_stop());
      if (offset < reached || static_cast<std::int64_t>(count) > limits_.bytes_max - bytes_ ||
          offset > limits_.bytes_max - bytes_ - static_cast<std::int64_t>(count)) {
        return too_large();
      }
      const char* at = static_cast<const char*>(block);
      for (std::size_t left = count; left > 0;) {
        const ssize_t written = ::pwrite(file.get(), at, left, offset);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return base::fail_errno("write " + shown(name), errno);
        at += written;
        offset += written;
        left -= static_cast<std::size_t>(written);
      }
      reached = offset;
    }
    if (reached < size && ::ftruncate(file.get(), size) != 0) {
      return base::fail_errno("write " + shown(name), errno);
    }
    bytes_ += std::max(reached, size);
    return {};
  }

  base::Status take_link(const std::string& name, const std::vector<std::string>& parts,
                         const std::string& target) {
    const std::string path = join(parts);
    if (!stays_within(path, target)) {
      return refuse(name, "is a link that leads out of the work folder, to " + shown(target));
    }
    const base::Descriptor parent = WEIR_TRY(open_parent(name, parts));
    if (::symlinkat(target.c_str(), parent.get(), parts.back().c_str()) != 0) {
      if (errno == EEXIST) return refuse(name, "is there twice");
      return base::fail_errno("make link " + shown(name), errno);
    }
    links_.push_back(path);
    return {};
  }

  base::Status take_hard_link(const std::string& name, const std::vector<std::string>& parts,
                              const std::string& target) {
    const std::vector<std::string> target_parts = WEIR_TRY(parts_of(target));
    const base::Descriptor target_parent = WEIR_TRY(open_parent(target, target_parts));
    struct stat about{};
    if (::fstatat(target_parent.get(), target_parts.back().c_str(), &about, AT_SYMLINK_NOFOLLOW) !=
            0 ||
        !S_ISREG(about.st_mode)) {
      return refuse(name, "is a hard link to what is no file of the archive, " + shown(target));
    }
    const base::Descriptor parent = WEIR_TRY(open_parent(name, parts));
    if (::linkat(target_parent.get(), target_parts.back().c_str(), parent.get(),
                 parts.back().c_str(), 0) != 0) {
      if (errno == EEXIST) return refuse(name, "is there twice");
      return base::fail_errno("make link " + shown(name), errno);
    }
    return {};
  }

  // A chain of links may lead out though each one alone does not: the kernel follows them for us
  // and tells where one leaves. A link to nothing is allowed.
  base::Status check_links() {
    for (const std::string& path : links_) {
      open_how how{};
      how.flags = O_PATH | O_CLOEXEC;
      how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
      const base::Descriptor reached(
          static_cast<int>(::syscall(SYS_openat2, top_.get(), path.c_str(), &how, sizeof how)));
      if (!reached && errno == EXDEV) {
        return refuse(path, "is a link that leads out of the work folder");
      }
    }
    return {};
  }

  base::Status check_stop() const {
    if (!stop_.stop_requested()) return {};
    return base::fail(ErrorCode::unavailable, "unpacking was stopped");
  }
  tl::unexpected<base::Error> too_large() const {
    return base::fail(ErrorCode::too_large, "the archive unpacks to more than the limit of " +
                                                base::format_bytes(limits_.bytes_max));
  }
  tl::unexpected<base::Error> fault() const {
    const char* const words = ::archive_error_string(in_.get());
    return base::fail(ErrorCode::invalid, std::string("not a readable archive: ") +
                                              (words != nullptr ? words : "damaged"));
  }

  Archive in_;
  base::Descriptor top_;
  UnpackLimits limits_;
  std::stop_token stop_;
  std::int64_t entries_ = 0;
  std::int64_t bytes_ = 0;
  std::vector<std::string> links_;
};

Archive new_reader() {
  Archive in(::archive_read_new(), ::archive_read_free);
  ::archive_read_support_format_tar(in.get());
  ::archive_read_support_filter_zstd(in.get());
  return in;
}

base::Status unpack_opened(Archive in, int opened, const std::string& folder,
                           const UnpackLimits& limits, const std::stop_token& stop) {
  if (opened != ARCHIVE_OK) {
    const char* const words = ::archive_error_string(in.get());
    return base::fail(ErrorCode::invalid, std::string("not a readable archive: ") +
                                              (words != nullptr ? words : "damaged"));
  }
  base::Descriptor top(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!top) return base::fail_errno("open folder " + folder, errno);
  return Unpacking(std::move(in), std::move(top), limits, stop).run();
}

}  // namespace

base::Status unpack_file(const std::string& archive, const std::string& folder,
                         const UnpackLimits& limits, const std::stop_token& stop) {
  const base::Descriptor file(::open(archive.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return base::fail_errno("open " + archive, errno);
  Archive in = new_reader();
  const int opened = ::archive_read_open_fd(in.get(), file.get(), 131'072);
  return unpack_opened(std::move(in), opened, folder, limits, stop);
}

base::Status unpack_bytes(std::string_view archive, const std::string& folder,
                          const UnpackLimits& limits, const std::stop_token& stop) {
  Archive in = new_reader();
  const int opened = ::archive_read_open_memory(in.get(), archive.data(), archive.size());
  return unpack_opened(std::move(in), opened, folder, limits, stop);
}

}  // namespace weir::backend::workdir
