// Job files: whatever stands in one is answered, the two readers agree, and what was read survives
// the way through JSON.
#include "base/json.h"
#include "model/job_file.h"
#include "model/pack.h"
#include "tests/fuzz/hold.h"

using weir::fuzz::hold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = weir::fuzz::text_of(bytes, size);
  const auto problems = weir::model::check_job_file(text, "job.yaml");
  for (const auto& problem : problems) {
    hold(!problem.message.empty(), "a problem says what it is");
    hold(problem.place.file == "job.yaml", "a problem says where it is");
  }
  auto file = weir::model::parse_job_file(text, "job.yaml");
  if (!file) {
    hold(!problems.empty(), "what does not parse is told by the check");
    return 0;
  }
  const std::string json = weir::base::to_json(*file);
  const auto again = weir::base::from_json<weir::model::JobFile>(json);
  hold(again.has_value(), "a job file reads back from its JSON");
  hold(weir::base::to_json(*again) == json, "a job file is the same after JSON");

  file->workdir.clear();
  const auto spec = weir::model::to_spec(*file);
  hold(spec.has_value() == problems.empty(), "the check and the reader agree");
  if (!spec) return 0;
  hold(weir::model::unpack_spec(weir::model::pack_spec(*spec)) == *spec,
       "a spec is the same after packing");
  return 0;
}
