#include "model/pack.h"

#include "base/check.h"
#include "base/wire.h"

namespace weir::model {

namespace {

// Most rows are shorter, and so grow no more.
constexpr std::size_t usual_bytes = 256;

}  // namespace

std::string pack_spec(const JobSpec& spec) {
  std::string out;
  out.reserve(usual_bytes);
  base::write_wire(out, spec);
  // What is kept takes no more than it needs.
  return {out.data(), out.size()};
}

base::Result<JobSpec> try_unpack_spec(std::string_view packed) {
  return base::from_wire<JobSpec>(packed);
}

JobSpec unpack_spec(std::string_view packed) {
  auto spec = try_unpack_spec(packed);
  WEIR_CHECK(spec.has_value(), "a packed spec was packed here");
  return *std::move(spec);
}

std::string pack_input(const Input& input) {
  std::string out;
  out.reserve(usual_bytes);
  base::write_wire(out, input);
  return out;
}

base::Result<Input> unpack_input(std::string_view packed) { return base::from_wire<Input>(packed); }

std::string pack_facts(std::span<const Fact> facts) {
  // The form of a counted list, without copying the facts into one.
  std::string out;
  out.reserve(usual_bytes);
  base::write_wire(out, static_cast<std::uint64_t>(facts.size()));
  for (const Fact& fact : facts) base::write_wire(out, fact);
  return out;
}

base::Result<std::vector<Fact>> unpack_facts(std::string_view packed) {
  return base::from_wire<std::vector<Fact>>(packed);
}

}  // namespace weir::model
