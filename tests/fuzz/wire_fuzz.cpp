// Compact bytes, as a torn disk or a foreign process may hand them over: inputs, facts, snapshots.
//
// Bytes of an older writer lack members and are written with them, so the law is about the second
// writing: it is the first one again.
#include "engine/engine.h"
#include "model/pack.h"
#include "tests/fuzz/hold.h"

using weir::fuzz::hold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view packed = weir::fuzz::text_of(bytes + 1, size - 1);
  if (bytes[0] == 'i') {
    if (const auto input = weir::model::unpack_input(packed)) {
      const std::string once = weir::model::pack_input(*input);
      const auto again = weir::model::unpack_input(once);
      hold(again && weir::model::pack_input(*again) == once, "an input has one form");
    }
  } else if (bytes[0] == 'f') {
    if (const auto facts = weir::model::unpack_facts(packed)) {
      const std::string once = weir::model::pack_facts(*facts);
      const auto again = weir::model::unpack_facts(once);
      hold(again && weir::model::pack_facts(*again) == once, "facts have one form");
    }
  } else if (const auto engine = weir::engine::Engine::restore(packed)) {
    const std::string once = engine->snapshot();
    const auto again = weir::engine::Engine::restore(once);
    hold(again && again->snapshot() == once, "a snapshot has one form");
    static_cast<void>(engine->next_wake());
  }
  return 0;
}
