// JSON bodies: any bytes are answered, and what was taken is written as what was read.
#include "base/json.h"
#include "model/input.h"
#include "model/job_file.h"
#include "tests/fuzz/hold.h"

namespace {

template <typename T>
void read_and_write(std::string_view text) {
  const auto value = weir::base::from_json<T>(text);
  if (!value) return;
  const std::string json = weir::base::to_json(*value);
  const auto again = weir::base::from_json<T>(json);
  weir::fuzz::hold(again.has_value(), "what was written reads back");
  weir::fuzz::hold(weir::base::to_json(*again) == json, "what was read back is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = weir::fuzz::text_of(bytes, size);
  const auto document = weir::base::parse_json(text, "body");
  if (!document) {
    weir::fuzz::hold(document.error().place.file == "body", "a problem says where it is");
    return 0;
  }
  static_cast<void>(weir::model::read_job(*document));
  read_and_write<weir::model::JobFile>(text);
  read_and_write<weir::model::Input>(text);
  return 0;
}
