// The folder of a site that holds versions: names, locks, removal, and what unfinished work leaves.
//
//     STORE/IDENTITY/                 a whole version
//     STORE/IDENTITY.manifest.json    its manifest; there before the version is
//     STORE/.incoming-IDENTITY/       a version on its way: tree/ and ledger
//     STORE/.outgoing-…/              an output that is being copied
//     STORE/.trash-…/                 a version that is being deleted
// Who works in one of the last three holds a lock on it (flock), which ends with its process.
#pragma once

#include <string>

#include "base/hash.h"
#include "base/result.h"
#include "mover/file.h"
#include "mover/manifest.h"
#include "mover/order.h"

namespace weir::mover {

[[nodiscard]] std::string version_folder(const std::string& store, const base::Digest& version);
[[nodiscard]] std::string manifest_path(const std::string& store, const base::Digest& version);
[[nodiscard]] std::string incoming_folder(const std::string& store, const base::Digest& version);

// Makes the folder, and those above it. Fails: input_output.
[[nodiscard]] base::Status make_store(const std::string& store);

// Opens a folder and locks it. Fails: conflict, another process works there; as open_folder.
[[nodiscard]] base::Result<base::Descriptor> lock_folder(const std::string& path);

// The manifest of a version in the store, which is what its name says.
// Fails: not_found; invalid, it is not.
[[nodiscard]] base::Result<Manifest> manifest_in(const std::string& store,
                                                 const base::Digest& version);

// Whether the version is there with all its files in their sizes; reads no file.
[[nodiscard]] bool looks_whole(const std::string& store, const base::Digest& version,
                               const Manifest& manifest);

// Gives a finished tree its final name: writes the manifest beside it, makes every file and folder
// durable, renames, and makes that durable.
// Fails: conflict, something else stands under that name; input_output.
[[nodiscard]] base::Status put_in_place(const std::string& store, const Manifest& manifest,
                                        const std::string& tree);

// Removes a version: first its name goes, at once, then its files. One that is not there is as good
// as removed; true if it was there.
// Fails: input_output; what is left then goes with the next sweep.
[[nodiscard]] base::Result<bool> remove_replica(const std::string& store,
                                                const base::Digest& version);

// Deletes what others left unfinished and nobody works on: trash and outgoing copies. Versions on
// their way stay: they are gone on with.
[[nodiscard]] base::Status sweep(const std::string& store);
// Gives up a version on its way, and the bytes that have come. Fails: conflict, a mover is at it.
[[nodiscard]] base::Status give_up_incoming(const std::string& store, const base::Digest& version);

}  // namespace weir::mover
