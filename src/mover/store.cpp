#include "mover/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/json.h"

namespace weir::mover {

namespace fs = std::filesystem;
using base::Digest;
using base::ErrorCode;
using base::fail;
using base::fail_errno;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view trash = ".trash-";
constexpr std::string_view outgoing = ".outgoing-";
constexpr mode_t whole_file_mode = 0444;  // a version does not change

Status delete_tree(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return fail_errno("delete " + path, error.value());
  return {};
}

// A name under which nothing stands.
std::string free_name(const std::string& store, const Digest& version) {
  for (int i = 0;; ++i) {
    std::string name =
        store + "/" + std::string(trash) + base::to_hex(version) + "-" + std::to_string(i);
    std::error_code error;
    if (!fs::exists(fs::symlink_status(name, error))) return name;
  }
}

Status sync_tree(const std::string& tree) {
  const base::Descriptor root = WEIR_TRY(open_folder(tree));
  for (const Entry& entry : WEIR_TRY(list_below(tree))) {
    const base::Descriptor one = WEIR_TRY(open_below(root.get(), entry.path, O_RDONLY));
    WEIR_TRY_STATUS(sync(one.get()));
    if (entry.is_file && ::fchmod(one.get(), whole_file_mode) != 0) {
      return fail_errno("protect " + entry.path, errno);
    }
  }
  return sync(root.get());
}

}  // namespace

std::string version_folder(const std::string& store, const Digest& version) {
  return store + "/" + base::to_hex(version);
}
std::string manifest_path(const std::string& store, const Digest& version) {
  return version_folder(store, version) + ".manifest.json";
}
std::string incoming_folder(const std::string& store, const Digest& version) {
  return store + "/.incoming-" + base::to_hex(version);
}

Status make_store(const std::string& store) {
  if (!store.starts_with('/')) {
    return fail(ErrorCode::invalid, "\"" + store + "\" is not absolute", "store");
  }
  std::error_code error;
  fs::create_directories(store, error);
  if (error) return fail_errno("make the folder " + store, error.value());
  return {};
}

Result<base::Descriptor> lock_folder(const std::string& path) {
  base::Descriptor folder = WEIR_TRY(open_folder(path));
  if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return fail(ErrorCode::conflict, "another process is at work on " + path, {},
                  "wait for its end");
    }
    return fail_errno("lock " + path, errno);
  }
  return folder;
}

Result<Manifest> manifest_in(const std::string& store, const Digest& version) {
  Manifest manifest = WEIR_TRY(read_manifest_file(manifest_path(store, version)));
  if (const Digest identity = identity_of(manifest); identity != version) {
    return fail(ErrorCode::invalid,
                manifest_path(store, version) + " has the identity " + base::to_hex(identity));
  }
  return manifest;
}

bool looks_whole(const std::string& store, const Digest& version, const Manifest& manifest) {
  const Result<base::Descriptor> root = open_folder(version_folder(store, version));
  if (!root || !manifest_in(store, version)) return false;
  for (const ManifestFile& file : manifest.files) {
    const Result<base::Descriptor> one = open_below(root->get(), file.path, O_RDONLY);
    struct stat about = {};
    if (!one || ::fstat(one->get(), &about) != 0 || !S_ISREG(about.st_mode) ||
        about.st_size != file.size_bytes) {
      return false;
    }
  }
  return true;
}

Status put_in_place(const std::string& store, const Manifest& manifest, const std::string& tree) {
  const Digest version = identity_of(manifest);
  WEIR_TRY_STATUS(sync_tree(tree));
  WEIR_TRY_STATUS(replace_file(store, base::to_hex(version) + ".manifest.json",
                               base::to_json(manifest) + "\n"));
  const std::string place = version_folder(store, version);
  // A rename over a folder would replace it if it is empty: nobody's is ever replaced.
  if (::renameat2(AT_FDCWD, tree.c_str(), AT_FDCWD, place.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST) {
      return fail(ErrorCode::conflict, place + " is there already", {},
                  "check it, and repair or remove it");
    }
    return fail_errno("rename " + tree, errno);
  }
  return sync_folder(store);
}

Result<bool> remove_replica(const std::string& store, const Digest& version) {
  const std::string place = version_folder(store, version);
  const std::string away = free_name(store, version);
  const bool was_there = ::rename(place.c_str(), away.c_str()) == 0;
  if (!was_there && errno != ENOENT) return fail_errno("rename " + place, errno);
  ::unlink(manifest_path(store, version).c_str());
  if (was_there) {
    WEIR_TRY_STATUS(sync_folder(store));
    WEIR_TRY_STATUS(delete_tree(away));
  }
  return was_there;
}

Status sweep(const std::string& store) {
  std::error_code error;
  fs::directory_iterator at(store, error);
  if (error) return fail_errno("list " + store, error.value());
  for (; at != fs::directory_iterator(); at.increment(error)) {
    if (error) return fail_errno("list " + store, error.value());
    const std::string name = at->path().filename().string();
    if (!name.starts_with(trash) && !name.starts_with(outgoing)) continue;
    if (const Result<base::Descriptor> lock = lock_folder(at->path().string()); lock) {
      WEIR_TRY_STATUS(delete_tree(at->path().string()));
    }
  }
  return {};
}

Status give_up_incoming(const std::string& store, const Digest& version) {
  const std::string path = incoming_folder(store, version);
  const Result<base::Descriptor> lock = lock_folder(path);
  if (!lock && lock.error().code == ErrorCode::not_found) return {};
  if (!lock) return fail(lock.error());
  return delete_tree(path);
}

}  // namespace weir::mover
