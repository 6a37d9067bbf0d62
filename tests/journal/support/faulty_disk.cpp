#include "tests/journal/support/faulty_disk.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>

namespace weir::journal::testing {

namespace {

constexpr std::size_t sector_bytes = 512;  // a disk tears between sectors, not within one

// Behind this head lies the file of the file system below.
struct File {
  sqlite3_file base;
  FaultyDisk* disk;
  std::string* path;
  [[nodiscard]] sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* own(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
sqlite3_file* below(sqlite3_file* file) { return own(file)->below(); }
sqlite3_vfs* below(sqlite3_vfs* vfs);

int close_file(sqlite3_file* file) {
  delete own(file)->path;
  return below(file)->pMethods->xClose(below(file));
}
int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const int code = own(file)->disk->write(*own(file)->path, bytes, size, offset);
  if (code != SQLITE_OK) return code;
  return below(file)->pMethods->xWrite(below(file), bytes, size, offset);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  const int code = own(file)->disk->truncate(*own(file)->path, size);
  if (code != SQLITE_OK) return code;
  return below(file)->pMethods->xTruncate(below(file), size);
}
// Nothing is really flushed: what the disk holds is what FaultyDisk remembers.
int sync_file(sqlite3_file* file, int /*flags*/) {
  return own(file)->disk->flush(*own(file)->path);
}

template <auto Method, typename... Arguments>
int pass(sqlite3_file* file, Arguments... arguments) {
  return (below(file)->pMethods->*Method)(below(file), arguments...);
}
void pass_barrier(sqlite3_file* file) { below(file)->pMethods->xShmBarrier(below(file)); }

constexpr sqlite3_io_methods methods = {
    2,  // shared memory, but no mapped pages
    close_file,
    pass<&sqlite3_io_methods::xRead, void*, int, sqlite3_int64>,
    write_file,
    truncate_file,
    sync_file,
    pass<&sqlite3_io_methods::xFileSize, sqlite3_int64*>,
    pass<&sqlite3_io_methods::xLock, int>,
    pass<&sqlite3_io_methods::xUnlock, int>,
    pass<&sqlite3_io_methods::xCheckReservedLock, int*>,
    pass<&sqlite3_io_methods::xFileControl, int, void*>,
    pass<&sqlite3_io_methods::xSectorSize>,
    pass<&sqlite3_io_methods::xDeviceCharacteristics>,
    pass<&sqlite3_io_methods::xShmMap, int, int, int, void volatile**>,
    pass<&sqlite3_io_methods::xShmLock, int, int, int>,
    pass_barrier,
    pass<&sqlite3_io_methods::xShmUnmap, int>,
    nullptr,
    nullptr,
};

sqlite3_vfs vfs;
sqlite3_vfs* original = nullptr;
sqlite3_vfs* below(sqlite3_vfs* /*vfs*/) { return original; }

int open_file(sqlite3_vfs* self, const char* path, sqlite3_file* file, int flags, int* got) {
  File* opened = own(file);
  opened->base.pMethods = nullptr;
  const int code = below(self)->xOpen(below(self), path, opened->below(), flags, got);
  if (code != SQLITE_OK) return code;
  opened->disk = static_cast<FaultyDisk*>(self->pAppData);
  opened->path = new std::string(path == nullptr ? "" : path);
  opened->disk->open(*opened->path);
  opened->base.pMethods = &methods;
  return SQLITE_OK;
}
int delete_file(sqlite3_vfs* self, const char* path, int sync_folder) {
  static_cast<FaultyDisk*>(self->pAppData)->remove(path);
  return below(self)->xDelete(below(self), path, sync_folder);
}

}  // namespace

FaultyDisk::FaultyDisk() {
  original = sqlite3_vfs_find(nullptr);
  vfs = *original;  // everything that is not about files goes straight to the machine
  vfs.zName = name;
  vfs.pNext = nullptr;
  vfs.szOsFile = static_cast<int>(sizeof(File)) + original->szOsFile;
  vfs.pAppData = this;
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  // These look into the file system they are given.
  vfs.xAccess = [](sqlite3_vfs* self, const char* path, int flags, int* result) {
    return below(self)->xAccess(below(self), path, flags, result);
  };
  vfs.xFullPathname = [](sqlite3_vfs* self, const char* path, int size, char* out) {
    return below(self)->xFullPathname(below(self), path, size, out);
  };
  sqlite3_vfs_register(&vfs, 0);
}

FaultyDisk::~FaultyDisk() { sqlite3_vfs_unregister(&vfs); }

int FaultyDisk::Fault::next() {
  if (after < 0) return SQLITE_OK;
  if (after > 0) {
    --after;
    return SQLITE_OK;
  }
  return code;
}

void FaultyDisk::fail_writes(int after, int code) {
  const std::lock_guard lock(mutex_);
  write_fault_ = {after, code};
}

void FaultyDisk::fail_flushes(int after, int code) {
  const std::lock_guard lock(mutex_);
  flush_fault_ = {after, code};
}

void FaultyDisk::heal() {
  const std::lock_guard lock(mutex_);
  write_fault_ = {};
  flush_fault_ = {};
}

void FaultyDisk::ignore_flushes(bool ignore) {
  const std::lock_guard lock(mutex_);
  ignore_flushes_ = ignore;
}

int FaultyDisk::write(const std::string& path, const void* bytes, int size, sqlite3_int64 offset) {
  const std::lock_guard lock(mutex_);
  const int code = write_fault_.next();
  if (code != SQLITE_OK) return code;
  images_[path].pending.push_back(
      {false, static_cast<std::uint64_t>(offset),
       std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size))});
  return SQLITE_OK;
}

int FaultyDisk::truncate(const std::string& path, sqlite3_int64 size) {
  const std::lock_guard lock(mutex_);
  images_[path].pending.push_back({true, static_cast<std::uint64_t>(size), {}});
  return SQLITE_OK;
}

int FaultyDisk::flush(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const int code = flush_fault_.next();
  if (code != SQLITE_OK || ignore_flushes_) return code;
  Image& image = images_[path];
  for (const Change& change : image.pending) apply(image.flushed, change);
  image.pending.clear();
  return SQLITE_OK;
}

void FaultyDisk::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  images_.erase(path);
}

void FaultyDisk::open(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto [image, is_new] = images_.try_emplace(path);
  if (!is_new) return;
  std::ifstream file(path, std::ios::binary);
  image->second.flushed.assign(std::istreambuf_iterator<char>(file), {});
}

void FaultyDisk::apply(std::string& content, const Change& change) {
  if (change.is_cut) {
    content.resize(change.offset);
    return;
  }
  if (content.size() < change.offset + change.bytes.size()) {
    content.resize(change.offset + change.bytes.size());
  }
  content.replace(change.offset, change.bytes.size(), change.bytes);
}

void FaultyDisk::lose_power(base::Random& random, const std::string& into) {
  const std::lock_guard lock(mutex_);
  for (const auto& [path, image] : images_) {
    std::string content = image.flushed;
    // Of what was not flushed, any sector may have reached the disk, in any order.
    for (const Change& change : image.pending) {
      if (change.is_cut) {
        if (random.chance(1, 2)) apply(content, change);
        continue;
      }
      for (std::size_t at = 0; at < change.bytes.size(); at += sector_bytes) {
        if (random.chance(1, 2)) continue;
        apply(content, {false, change.offset + at, change.bytes.substr(at, sector_bytes)});
      }
    }
    const std::string file = std::filesystem::path(path).filename().string();
    std::ofstream(std::filesystem::path(into) / file, std::ios::binary) << content;
  }
}

}  // namespace weir::journal::testing
