// Fetches chunks by several streams at once, and tells of it.
#include <deque>
#include <set>
#include <thread>

#include "mover/stream.h"
#include "mover/work.h"

namespace weir::mover {

using base::ErrorCode;
using base::Status;

namespace {

constexpr std::uint32_t streams_max = 64;
constexpr std::chrono::milliseconds look_every{250};
constexpr std::chrono::seconds speed_over{4};

// Bytes over the last seconds.
class Speed {
 public:
  std::int64_t bits_per_second(std::int64_t bytes_so_far) {
    const auto now = std::chrono::steady_clock::now();
    seen_.emplace_back(now, bytes_so_far);
    while (seen_.size() > 2 && seen_.front().first + speed_over < now) seen_.pop_front();
    const auto span =
        std::chrono::duration_cast<std::chrono::microseconds>(now - seen_.front().first);
    if (span.count() == 0) return 0;
    return (bytes_so_far - seen_.front().second) * 8 * 1000 / (span.count() / 1000 + 1);
  }

 private:
  std::deque<std::pair<std::chrono::steady_clock::time_point, std::int64_t>> seen_;
};

void follow(Fetch& fetch, Report& report) {
  Speed speed;
  const std::int64_t done_before = report.progress().done_bytes;
  for (bool is_over = false; !is_over;) {
    is_over = fetch.plan.wait_for_end(look_every);
    Progress& progress = report.progress();
    progress.fetched_bytes = fetch.plan.fetched_bytes();
    progress.done_bytes = done_before + fetch.plan.good_bytes();
    progress.chunks_repaired = fetch.plan.repaired();
    progress.bits_per_second = speed.bits_per_second(progress.fetched_bytes);
    progress.note = fetch.plan.note();
    if (is_over) break;
    if (fetch.rclone.has_ended()) {
      fetch.plan.fail({ErrorCode::unavailable,
                       "rclone has ended by itself",
                       {},
                       "order it again: what has come stays",
                       {}});
    }
    const Phase phase = progress.bits_per_second > 0 ? Phase::moving : Phase::waiting;
    if (phase != progress.phase) {
      report.enter(phase);
    } else {
      report.tell_now_and_then();
    }
  }
}

}  // namespace

Status check_sources(const std::vector<Replica>& replicas, const Fetching& fetching) {
  if (replicas.empty()) {
    return base::fail(ErrorCode::invalid, "names no replica", "replicas");
  }
  if (fetching.streams < 1 || fetching.streams > streams_max) {
    return base::fail(ErrorCode::invalid,
                      "is " + std::to_string(fetching.streams) + ", 1 to 64 were expected",
                      "fetching.streams");
  }
  return check_pieces(fetching.pieces);
}

Status fetch(const ChunkTable& table, const std::vector<Replica>& replicas,
             const Fetching& fetching, const Incoming& incoming, std::vector<std::uint64_t> wanted,
             Report& report, const std::stop_token& stop) {
  if (wanted.empty()) return {};
  report.enter(Phase::waiting);
  const std::unique_ptr<Rclone> rclone = WEIR_TRY(Rclone::start(replicas, fetching));
  Fetch shared{
      .table = table,
      .fetching = fetching,
      .rclone = *rclone,
      .tree = incoming.tree.get(),
      .ledger = incoming.ledger,
      .written = incoming.landed.written,
      .plan = FetchPlan(table, replicas, fetching, std::move(wanted), stop),
      .stop = stop,
      .pace = Pace(fetching.pieces),
  };
  {
    std::vector<std::jthread> streams;
    for (std::uint32_t i = 0; i < fetching.streams; ++i) {
      streams.emplace_back([&shared] { Stream(shared).run(); });
    }
    follow(shared, report);
  }
  add_bad_chunks(report.outcome(), shared.plan.bad_chunks());
  report.progress().note.clear();
  if (shared.plan.has_failed()) return base::fail(shared.plan.error());
  return {};
}

}  // namespace weir::mover
