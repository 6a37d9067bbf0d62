// The compact form of what is kept: specs in memory, rows in the journal (base/wire.h).
//
// One source file holds all of it, so that the codecs are compiled once.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/fact.h"
#include "model/input.h"

namespace weir::model {

[[nodiscard]] std::string pack_spec(const JobSpec& spec);
// Requires: pack_spec made it.
[[nodiscard]] JobSpec unpack_spec(std::string_view packed);
// For bytes that may have come from elsewhere. Fails: invalid.
[[nodiscard]] base::Result<JobSpec> try_unpack_spec(std::string_view packed);

[[nodiscard]] std::string pack_input(const Input& input);
[[nodiscard]] base::Result<Input> unpack_input(std::string_view packed);

[[nodiscard]] std::string pack_facts(std::span<const Fact> facts);
[[nodiscard]] base::Result<std::vector<Fact>> unpack_facts(std::string_view packed);

}  // namespace weir::model
