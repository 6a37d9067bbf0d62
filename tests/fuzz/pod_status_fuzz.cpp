// Statuses of pods: whatever a server answers is read without harm, and an end has its outcome.
#include <boost/json/value.hpp>

#include "backend/kubernetes/conclusion.h"
#include "backend/kubernetes/json_reading.h"
#include "backend/kubernetes/node_shape.h"
#include "tests/fuzz/hold.h"

using weir::fuzz::hold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace weir::backend;              // NOLINT(google-build-using-namespace)
  using namespace weir::backend::kubernetes;  // NOLINT(google-build-using-namespace)
  const auto answer = parse_answer(weir::fuzz::text_of(bytes, size));
  if (!answer) return 0;
  const PodView view = view_of_pod(*answer);
  const bool is_ended = view.state == RankObservation::State::ended;
  hold(view.outcome.has_value() == is_ended, "an outcome is there exactly at an end");
  hold(view.waits_for.find('\n') == std::string::npos, "words are one line");
  if (view.outcome) {
    hold(view.outcome->ended_us >= view.outcome->started_us, "an end is not before its start");
    hold(view.outcome->signal >= 0 && view.outcome->signal <= 64, "a signal is one");
    hold(view.outcome->exit_code >= 0 && view.outcome->exit_code <= 255, "a code is one");
    RankRecord record;
    const RankOutcome unasked = conclusion_of(view, record, false);
    hold(unasked.end != RankOutcome::End::stopped, "nothing is stopped unasked");
  }
  const NodeShape shape = shape_of_node(*answer);
  hold(shape.node.devices.size() == shape.device_resources.size(), "each device has a resource");
  const NodeUse use = use_of_pod(*answer);
  hold(use.cpus_milli >= 0 && use.memory_bytes >= 0, "nobody uses less than nothing");
  return 0;
}
