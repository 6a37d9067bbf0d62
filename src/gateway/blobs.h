// Packed work folders: content by its SHA-256, uploaded once, kept per tenant.
//
// A blob's place says its tenant and its content; who may read it is decided by who can name both.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::gateway {

inline constexpr std::uint64_t blob_bytes_max = std::uint64_t{1} << 30U;

// <data folder>/blobs/<first 32 hexadecimal digits of SHA-256 of the tenant's
// name>/<sha256>.tar.zst
[[nodiscard]] std::string blob_path(std::string_view data_folder, std::string_view tenant,
                                    std::string_view sha256);
// Whether this is 64 lower-case hexadecimal digits.
[[nodiscard]] bool is_blob_name(std::string_view sha256);
[[nodiscard]] bool has_blob(std::string_view data_folder, std::string_view tenant,
                            std::string_view sha256);

// Makes the folder for what is being uploaded, and empties it: uploads do not outlive a process.
// Fails: input_output.
[[nodiscard]] base::Status prepare_blobs(std::string_view data_folder);
// A path in that folder that nobody has used yet in this process.
[[nodiscard]] std::string upload_path(std::string_view data_folder);

// Takes a finished upload to its place, once its content has the name it was given. True if it was
// not there before. Ensures: a blob is there whole and durable, or not at all; the upload is gone.
// Fails: invalid, the content is another; input_output.
[[nodiscard]] base::Result<bool> keep_blob(const std::string& upload, std::string_view data_folder,
                                           std::string_view tenant, std::string_view sha256);

}  // namespace weir::gateway
