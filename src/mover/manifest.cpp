#include "mover/manifest.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/check.h"
#include "base/json.h"
#include "base/utf8.h"
#include "mover/chunk_reader.h"
#include "mover/file.h"

namespace weir::mover {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr std::size_t path_length_max = 4096 - 256;  // leaves room for the folder before it
constexpr std::size_t part_length_max = 255;
constexpr std::int64_t chunk_bytes_max = std::int64_t{1} << 40;
constexpr std::int64_t file_bytes_max = std::int64_t{1} << 60;
constexpr base::DocumentLimits manifest_text{
    .bytes = std::size_t{1} << 30, .nodes = 40'000'000, .depth = 8};

Status wrong(std::string field, std::string message, std::string hint = {}) {
  return fail(ErrorCode::invalid, std::move(message), std::move(field), std::move(hint));
}

bool is_control(char letter) {
  const auto value = static_cast<unsigned char>(letter);
  return value < 0x20 || value == 0x7F;
}

Status check_path(const std::string& path, const std::string& field) {
  const std::string said = "\"" + path.substr(0, 80) + "\"";
  if (path.empty()) return wrong(field, "is empty");
  if (path.size() > path_length_max) {
    return wrong(field, "has " + std::to_string(path.size()) + " bytes, at most " +
                            std::to_string(path_length_max) + " can be");
  }
  if (base::utf8_valid_size(path) != path.size()) return wrong(field, "is no UTF-8");
  if (std::any_of(path.begin(), path.end(), is_control)) {
    return wrong(field, "holds a control character");
  }
  if (path.front() == '/') {
    return wrong(field, said + " is absolute", "give it below the version's folder");
  }
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t end = std::min(path.find('/', from), path.size());
    const std::string_view part = std::string_view(path).substr(from, end - from);
    if (part.empty()) return wrong(field, said + " has an empty part");
    if (part == "." || part == "..") {
      return wrong(field, said + " has the part \"" + std::string(part) + "\"",
                   "give it below the version's folder, without \".\" and \"..\"");
    }
    if (part.size() > part_length_max) {
      return wrong(field, said + " has a part of more than 255 bytes");
    }
    from = end + 1;
  }
  return {};
}

// `before` stands before `path` in the list. A folder's files need not follow its name at once:
// "a", "a-b", "a/b".
Status check_order(const std::string& before, const std::string& path, const std::string& field) {
  if (before == path) return wrong(field, "\"" + path + "\" stands there twice");
  if (path < before) {
    return wrong(field, "\"" + path + "\" stands after \"" + before + "\"",
                 "files are in the order of the bytes of their paths");
  }
  return {};
}

Status check_file_and_folder(const Manifest& manifest, std::size_t index,
                             const std::string& field) {
  const std::string& path = manifest.files[index].path;
  for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
    const std::string folder = path.substr(0, at);
    const auto found = std::lower_bound(
        manifest.files.begin(), manifest.files.begin() + static_cast<std::ptrdiff_t>(index), folder,
        [](const ManifestFile& file, const std::string& name) { return file.path < name; });
    if (found->path == folder) {
      return wrong(field, "\"" + path + "\" stands below \"" + folder + "\", which is a file");
    }
  }
  return {};
}

Status check_chunks(const ManifestFile& file, std::int64_t chunk_bytes, const std::string& field) {
  if (file.size_bytes < 0 || file.size_bytes > file_bytes_max) {
    return wrong(field + ".size_bytes",
                 "is " + std::to_string(file.size_bytes) + ", a size from 0 to 2^60 was expected");
  }
  const std::uint64_t expected = chunks_of(file.size_bytes, chunk_bytes);
  if (file.chunks.size() == expected) return {};
  return wrong(field + ".chunks", "are " + std::to_string(file.chunks.size()) + ", but " +
                                      std::to_string(file.size_bytes) + " bytes make " +
                                      std::to_string(expected) + " of " +
                                      std::to_string(chunk_bytes) + " each");
}

}  // namespace

std::int64_t Manifest::bytes() const {
  std::int64_t sum = 0;
  for (const ManifestFile& file : files) sum += file.size_bytes;
  return sum;
}

std::uint64_t Manifest::chunks() const {
  std::uint64_t sum = 0;
  for (const ManifestFile& file : files) sum += file.chunks.size();
  return sum;
}

Status check_manifest(const Manifest& manifest, const ManifestLimits& limits) {
  if (manifest.chunk_bytes < 1 || manifest.chunk_bytes > chunk_bytes_max) {
    return wrong(
        "chunk_bytes",
        "is " + std::to_string(manifest.chunk_bytes) + ", a size from 1 to 2^40 was expected",
        "64MiB is usual");
  }
  if (manifest.files.size() > limits.files_max) {
    return fail(ErrorCode::too_large,
                "has " + std::to_string(manifest.files.size()) + " files, at most " +
                    std::to_string(limits.files_max) + " can be",
                "files", "pack small files into larger ones");
  }
  std::uint64_t chunks = 0;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < manifest.files.size(); ++i) {
    const ManifestFile& file = manifest.files[i];
    const std::string field = "files[" + std::to_string(i) + "]";
    WEIR_TRY_STATUS(check_path(file.path, field + ".path"));
    if (i > 0) {
      WEIR_TRY_STATUS(check_order(manifest.files[i - 1].path, file.path, field + ".path"));
      WEIR_TRY_STATUS(check_file_and_folder(manifest, i, field + ".path"));
    }
    WEIR_TRY_STATUS(check_chunks(file, manifest.chunk_bytes, field));
    chunks += file.chunks.size();
    if (chunks > limits.chunks_max) {
      return fail(ErrorCode::too_large,
                  "make more than " + std::to_string(limits.chunks_max) + " chunks together",
                  field + ".chunks", "make them with larger chunks");
    }
    if (file.size_bytes > std::numeric_limits<std::int64_t>::max() - bytes) {
      return wrong(field + ".size_bytes", "makes the sum of all larger than can be");
    }
    bytes += file.size_bytes;
  }
  return {};
}

base::Digest identity_of(const Manifest& manifest) {
  base::Sha256 hash;
  hash.add("weir manifest 1\nchunk_bytes " + std::to_string(manifest.chunk_bytes) + "\n");
  for (const ManifestFile& file : manifest.files) {
    hash.add("file " + std::to_string(file.size_bytes) + " " + std::to_string(file.path.size()) +
             ":" + file.path + "\n");
    for (const base::Digest& chunk : file.chunks) hash.add(base::to_hex(chunk) + "\n");
  }
  return hash.digest();
}

Result<Manifest> read_manifest(std::string_view json, const ManifestLimits& limits) {
  Manifest manifest = WEIR_TRY(base::from_json<Manifest>(json, manifest_text));
  WEIR_TRY_STATUS(check_manifest(manifest, limits));
  return manifest;
}

Result<Manifest> read_manifest_file(const std::string& path, const ManifestLimits& limits) {
  const std::string text = WEIR_TRY(read_whole(path));
  Result<Manifest> manifest = read_manifest(text, limits);
  if (!manifest) {
    base::Error error = std::move(manifest).error();
    error.place.file = path;
    return fail(std::move(error));
  }
  return manifest;
}

Result<Manifest> make_manifest(const std::string& folder, std::int64_t chunk_bytes,
                               const Reading& reading, const std::stop_token& stop) {
  Manifest manifest;
  manifest.chunk_bytes = chunk_bytes;
  WEIR_TRY_STATUS(check_manifest(manifest));
  const std::vector<Entry> entries = WEIR_TRY(list_below(folder));
  const base::Descriptor root = WEIR_TRY(open_folder(folder));
  std::int64_t bytes_before = 0;
  for (const Entry& entry : entries) {
    if (entry.is_folder) continue;
    if (!entry.is_file) {
      return fail(ErrorCode::refused, entry.path + " in " + folder + " is no file", {},
                  "a version holds files only: put in its place what a link leads to");
    }
    const base::Descriptor file = WEIR_TRY(open_below(root.get(), entry.path, O_RDONLY));
    ManifestFile& listed = manifest.files.emplace_back();
    listed.path = entry.path;
    const auto piece = [&](std::string_view, std::int64_t end) {
      if (reading) reading(bytes_before + end);
      return Status{};
    };
    listed = WEIR_TRY(read_in_chunks(file.get(), entry.path, chunk_bytes, piece, stop));
    bytes_before += listed.size_bytes;
  }
  WEIR_TRY_STATUS(check_manifest(manifest));
  return manifest;
}

}  // namespace weir::mover
