// Manifests and addresses of replicas from strangers: any bytes are answered, what was taken leads
// nowhere else and is written as what was read.
#include "base/json.h"
#include "mover/manifest.h"
#include "mover/remote.h"
#include "tests/fuzz/hold.h"

namespace {

using weir::fuzz::hold;

void read_as_manifest(std::string_view text) {
  const auto manifest =
      weir::mover::read_manifest(text, {.files_max = 10'000, .chunks_max = 10'000});
  if (!manifest) return;
  for (const auto& file : manifest->files) {
    const std::string around = "/" + file.path + "/";
    hold(around.find("/../") == std::string::npos && around.find("//") == std::string::npos &&
             around.find("/./") == std::string::npos,
         "every path stays below its folder");
    hold(file.path.find('\0') == std::string::npos, "no path holds a zero byte");
    hold(file.chunks.size() == weir::mover::chunks_of(file.size_bytes, manifest->chunk_bytes),
         "sizes fit the chunks");
  }
  const auto again = weir::mover::read_manifest(weir::base::to_json(*manifest));
  hold(again.has_value() && *again == *manifest, "what was written reads back");
  hold(weir::mover::identity_of(*again) == weir::mover::identity_of(*manifest),
       "and has the same identity");
}

void read_as_remote(std::string_view text) {
  weir::mover::Replica replica;
  replica.site = "north";
  replica.remote = text;
  const auto variables = weir::mover::remote_environment("replica0", replica);
  if (!variables) return;
  for (const auto& [name, value] : *variables) {
    hold(name.starts_with("RCLONE_CONFIG_REPLICA0") && name.find('=') == std::string::npos,
         "nothing but the remote's own settings reaches rclone");
    hold(name.find('\0') == std::string::npos, "no name holds a zero byte");
    hold(value.find('\0') == std::string::npos, "no value holds a zero byte");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = weir::fuzz::text_of(bytes, size);
  read_as_manifest(text);
  read_as_remote(text);
  return 0;
}
