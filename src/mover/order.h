// What the mover is asked to do and what it says while and after it does it, as plain structs: the
// program weir-mover reads one Order as JSON and writes Messages, a line each.
//
// A store is a folder of a site that holds versions: STORE/IDENTITY/ is the tree of files,
// STORE/IDENTITY.manifest.json its manifest. What is not whole yet, or not any more, stands there
// under a name with a dot before it; under its own name a version is always whole.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/describe.h"
#include "base/hash.h"
#include "base/time.h"
#include "model/network.h"
#include "mover/manifest.h"

namespace weir::mover {

// What the control plane allows: this version to that site, until then.
struct Permit {
  static constexpr std::array<std::string_view, 4> required_fields{"dataset", "version", "to_site",
                                                                   "expires"};
  std::string dataset;
  base::Digest version{};  // the identity
  std::string to_site;
  model::Sensitivity sensitivity = model::Sensitivity::open;
  std::vector<std::string> residency;  // countries and regions it may lie in; none: anywhere
  base::Time expires{};

  friend bool operator==(const Permit&, const Permit&) = default;
};
WEIR_DESCRIBE(Permit, dataset, version, to_site, sensitivity, residency, expires)

// Where a whole copy of the version's tree is.
struct Replica {
  static constexpr std::array<std::string_view, 2> required_fields{"site", "remote"};
  std::string site;  // whose copy it is: what messages call it
  // A folder ("/srv/data/corpus"), or a path of rclone: ":webdav,url='http://…':corpus",
  // "name:path" of `rclone_config`.
  std::string remote;
  // Options of the remote that nobody is to see: {"pass": "…"}, {"secret_access_key": "…"}. As they
  // are; what rclone wants obscured is obscured on the way. They reach rclone through its
  // environment, and no command line, message or log.
  std::map<std::string, std::string> secrets;

  friend bool operator==(const Replica&, const Replica&) = default;
};
WEIR_DESCRIBE(Replica, site, remote, secrets)

// At most so many bits of payload a second, in that time.
struct RatePiece {
  static constexpr std::array<std::string_view, 3> required_fields{"from", "until",
                                                                   "bits_per_second"};
  base::Time from{};
  base::Time until{};
  std::int64_t bits_per_second = 0;

  friend bool operator==(const RatePiece&, const RatePiece&) = default;
};
WEIR_DESCRIBE(RatePiece, from, until, bits_per_second)

// How bytes are fetched.
struct Fetching {
  // In order of time, without overlap. Nothing moves outside of them. None: at once, without limit.
  std::vector<RatePiece> pieces;
  std::uint32_t streams = 2;                           // chunks fetched at once, 1 to 64
  base::Duration patience = std::chrono::minutes(10);  // without a byte from any replica
  base::Duration stall = std::chrono::seconds(15);     // a stream without a byte is begun anew
  std::string rclone = "rclone";                       // the program
  std::string rclone_config;                           // its file of named remotes, if any

  friend bool operator==(const Fetching&, const Fetching&) = default;
};
WEIR_DESCRIBE(Fetching, pieces, streams, patience, stall, rclone, rclone_config)

// Bring a version to a store of this site.
struct MoveOrder {
  static constexpr std::array<std::string_view, 4> required_fields{"replicas", "store", "permit",
                                                                   "standing"};
  // One of the two. Its identity must be the permit's.
  std::optional<Manifest> manifest;
  std::string manifest_file;
  std::vector<Replica> replicas;  // in the order of preference
  std::string store;
  Permit permit;
  model::SitePlace standing;
  Fetching fetching;

  friend bool operator==(const MoveOrder&, const MoveOrder&) = default;
};
WEIR_DESCRIBE(MoveOrder, manifest, manifest_file, replicas, store, permit, standing, fetching)

// Read every chunk of a version in a store.
struct CheckOrder {
  static constexpr std::array<std::string_view, 2> required_fields{"store", "version"};
  std::string store;
  base::Digest version{};

  friend bool operator==(const CheckOrder&, const CheckOrder&) = default;
};
WEIR_DESCRIBE(CheckOrder, store, version)

// Check it, and take what is damaged from another replica, in place.
struct RepairOrder {
  static constexpr std::array<std::string_view, 5> required_fields{"store", "version", "replicas",
                                                                   "permit", "standing"};
  std::string store;
  base::Digest version{};
  std::vector<Replica> replicas;
  Permit permit;
  model::SitePlace standing;
  Fetching fetching;

  friend bool operator==(const RepairOrder&, const RepairOrder&) = default;
};
WEIR_DESCRIBE(RepairOrder, store, version, replicas, permit, standing, fetching)

// Remove a version from a store. One that is not there is as good as removed.
struct RemoveOrder {
  static constexpr std::array<std::string_view, 2> required_fields{"store", "version"};
  std::string store;
  base::Digest version{};

  friend bool operator==(const RemoveOrder&, const RemoveOrder&) = default;
};
WEIR_DESCRIBE(RemoveOrder, store, version)

// Make a version of a folder, a job's output for example: a copy of it as it is now.
struct PublishOrder {
  static constexpr std::array<std::string_view, 2> required_fields{"folder", "store"};
  std::string folder;
  std::string store;
  std::int64_t chunk_bytes = usual_chunk_bytes;

  friend bool operator==(const PublishOrder&, const PublishOrder&) = default;
};
WEIR_DESCRIBE(PublishOrder, folder, store, chunk_bytes)

// Make the manifest of a folder that stays where it is.
struct ManifestOrder {
  static constexpr std::array<std::string_view, 2> required_fields{"folder", "manifest_file"};
  std::string folder;
  std::string manifest_file;  // is written
  std::int64_t chunk_bytes = usual_chunk_bytes;

  friend bool operator==(const ManifestOrder&, const ManifestOrder&) = default;
};
WEIR_DESCRIBE(ManifestOrder, folder, manifest_file, chunk_bytes)

using Order =
    std::variant<MoveOrder, CheckOrder, RepairOrder, RemoveOrder, PublishOrder, ManifestOrder>;

enum class Phase : std::uint8_t {
  reading,    // local bytes: what was there before, what is checked or published
  waiting,    // for its time, or for a replica that answers
  moving,     // bytes come in
  finishing,  // onto the disk, and to the final name
};
WEIR_DESCRIBE_ENUM(Phase, reading, waiting, moving, finishing)

struct Progress {
  Phase phase = Phase::reading;
  std::int64_t total_bytes = 0;
  std::int64_t done_bytes = 0;        // verified; read, of local bytes
  std::int64_t resumed_bytes = 0;     // of those, fetched by an earlier run
  std::int64_t fetched_bytes = 0;     // that came in during this run, good or bad
  std::uint64_t chunks_repaired = 0;  // damaged in one replica, and taken from another
  std::int64_t bits_per_second = 0;   // of payload, over the last seconds
  std::string note;                   // what is amiss at the moment; or ""

  friend bool operator==(const Progress&, const Progress&) = default;
};
WEIR_DESCRIBE(Progress, phase, total_bytes, done_bytes, resumed_bytes, fetched_bytes,
              chunks_repaired, bits_per_second, note)

// A chunk that is not what the manifest says.
struct BadChunk {
  std::string site;  // whose replica; "" of a local one
  std::string path;
  std::uint64_t chunk = 0;  // counted from 0 in its file
  bool missing = false;     // the bytes are not there at all

  friend bool operator==(const BadChunk&, const BadChunk&) = default;
};
WEIR_DESCRIBE(BadChunk, site, path, chunk, missing)

// Why it was not done, as base::Error has it.
struct Trouble {
  std::string code;  // "refused", "unavailable", …: the names of base::ErrorCode
  std::string message;
  std::string field;
  std::string hint;

  friend bool operator==(const Trouble&, const Trouble&) = default;
};
WEIR_DESCRIBE(Trouble, code, message, field, hint)

struct Outcome {
  bool done = false;
  bool was_there = false;  // there was nothing to do
  base::Digest version{};
  std::string folder;  // of the whole version
  Progress progress;   // the last
  std::int64_t took_us = 0;
  std::vector<BadChunk> bad_chunks;  // the first thousand
  std::uint64_t bad_chunks_in_all = 0;
  std::vector<std::string> unexpected;  // files that are not in the manifest; the first thousand
  std::optional<Trouble> trouble;       // none: it is done

  friend bool operator==(const Outcome&, const Outcome&) = default;
};
WEIR_DESCRIBE(Outcome, done, was_there, version, folder, progress, took_us, bad_chunks,
              bad_chunks_in_all, unexpected, trouble)

using Message = std::variant<Progress, Outcome>;

}  // namespace weir::mover
