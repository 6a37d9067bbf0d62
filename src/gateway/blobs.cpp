#include "gateway/blobs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "base/hash.h"

namespace weir::gateway {
namespace {

namespace files = std::filesystem;
using base::ErrorCode;

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : number_(::open(path.c_str(), flags)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

// Hashes a file and makes sure that it is on the disk.
base::Result<std::string> hash_and_sync(const std::string& path) {
  const Descriptor file(path, O_RDONLY | O_CLOEXEC);
  if (file.number() < 0) return base::fail_errno("open " + path, errno);
  base::Sha256 hash;
  std::vector<char> piece(std::size_t{256} << 10U);
  for (;;) {
    const ssize_t got = ::read(file.number(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail_errno("read " + path, errno);
    if (got == 0) break;
    hash.add({piece.data(), static_cast<std::size_t>(got)});
  }
  if (::fsync(file.number()) != 0) return base::fail_errno("sync " + path, errno);
  return base::to_hex(hash.digest());
}

base::Status sync_folder(const std::string& path) {
  const Descriptor folder(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder.number() < 0) return base::fail_errno("open " + path, errno);
  if (::fsync(folder.number()) != 0) return base::fail_errno("sync " + path, errno);
  return {};
}

std::string uploads_folder(std::string_view data_folder) {
  return std::string(data_folder) + "/blobs/uploads";
}

// Blobs are their owner's only: they are content of users.
base::Status make_folder(const std::string& path) {
  std::error_code error;
  files::create_directories(path, error);
  if (!error) files::permissions(path, files::perms::owner_all, error);
  if (error) return base::fail_errno("make the folder " + path, error.value());
  return {};
}

}  // namespace

std::string blob_path(std::string_view data_folder, std::string_view tenant,
                      std::string_view sha256) {
  constexpr std::size_t digits = 32;
  return std::string(data_folder) + "/blobs/" +
         base::to_hex(base::sha256(tenant)).substr(0, digits) + "/" + std::string(sha256) +
         ".tar.zst";
}

bool is_blob_name(std::string_view sha256) {
  return sha256.size() == 64 && std::ranges::all_of(sha256, [](char letter) {
           return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
         });
}

bool has_blob(std::string_view data_folder, std::string_view tenant, std::string_view sha256) {
  return ::access(blob_path(data_folder, tenant, sha256).c_str(), F_OK) == 0;
}

base::Status prepare_blobs(std::string_view data_folder) {
  const std::string uploads = uploads_folder(data_folder);
  std::error_code error;
  files::remove_all(uploads, error);
  if (error) return base::fail_errno("empty " + uploads, error.value());
  WEIR_TRY_STATUS(make_folder(std::string(data_folder) + "/blobs"));
  return make_folder(uploads);
}

std::string upload_path(std::string_view data_folder) {
  static std::atomic<std::uint64_t> last = 0;
  return uploads_folder(data_folder) + "/" + std::to_string(++last);
}

base::Result<bool> keep_blob(const std::string& upload, std::string_view data_folder,
                             std::string_view tenant, std::string_view sha256) {
  const std::string place = blob_path(data_folder, tenant, sha256);
  const std::string content = WEIR_TRY(hash_and_sync(upload));
  if (content != sha256) {
    return base::fail(ErrorCode::invalid,
                      "the content is not what its name says: it has SHA-256 " + content, "sha256",
                      "the upload was damaged on its way, or named wrongly");
  }
  const bool is_new = ::access(place.c_str(), F_OK) != 0;
  const std::string folder = files::path(place).parent_path().string();
  WEIR_TRY_STATUS(make_folder(folder));
  if (::rename(upload.c_str(), place.c_str()) != 0) {
    return base::fail_errno("rename " + upload, errno);
  }
  WEIR_TRY_STATUS(sync_folder(folder));
  WEIR_TRY_STATUS(sync_folder(files::path(folder).parent_path().string()));
  return is_new;
}

}  // namespace weir::gateway
