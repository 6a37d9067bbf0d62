// LocalBackend: from an order to a runner.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "backend/local/input_links.h"
#include "backend/local/local_backend.h"
#include "backend/local/order_for_runner.h"
#include "base/check.h"

namespace weir::backend {
base::Status LocalBackend::start(const RankOrder& order) {
  if (ranks_.contains(order.key)) return {};
  if (WEIR_TRY(forgotten_.contains(order.key))) {
    return base::fail(base::ErrorCode::conflict,
                      to_text(order.key) + " ran before and was forgotten; it never runs again");
  }
  WEIR_TRY_STATUS(make_work_folder(order.key));
  // Without a spare one the runner makes its record itself.
  static_cast<void>(spares_.take_record(layout_.record(order.key)));
  Rank& rank = ranks_[order.key];
  rank.seen.key = order.key;
  rank.order = std::make_unique<RankOrder>(order);
  mark_changed(order.key);
  if (const std::string fault = local::fault_of(order); !fault.empty()) {
    end_unbegun(rank, RankOutcome::End::start_failed, fault);
  } else if (order.workdir_archive.empty()) {
    begin(rank);
  } else {
    unpack_then_begin(rank);
  }
  return {};
}

base::Status LocalBackend::make_work_folder(const RankKey& key) {
  const std::string folder = layout_.work(key);
  if (spares_.take_folder(folder)) return {};
  if (::mkdir(folder.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return base::fail_errno("make folder " + folder, errno);
  // Left by a start that failed half-way; no record means that no runner was in it.
  discard_folder(folder);
  if (::mkdir(folder.c_str(), 0700) != 0) return base::fail_errno("make folder " + folder, errno);
  return {};
}

base::Result<std::string> LocalBackend::work_folder(const RankKey& key) const {
  if (ranks_.contains(key)) return layout_.work(key);
  return base::fail(base::ErrorCode::not_found, "no rank " + to_text(key) + " is known here");
}

void LocalBackend::unpack_then_begin(Rank& rank) {
  const RankKey key = rank.seen.key;
  const auto unpacked = std::make_shared<base::Status>();
  chores_.post(
      [archive = rank.order->workdir_archive, folder = layout_.work(key),
       limits = options_.unpack_limits, unpacked](const std::stop_token& stop) {
        *unpacked = workdir::unpack_file(archive, folder, limits, stop);
      },
      [this, key, unpacked] {
        Rank& ready = ranks_.at(key);
        if (ready.stop_reason) {
          end_unbegun(ready, RankOutcome::End::stopped, *ready.stop_reason);
        } else if (!*unpacked) {
          end_unbegun(ready, RankOutcome::End::start_failed,
                      "the work folder: " + unpacked->error().text());
        } else {
          begin(ready);
        }
      });
}

void LocalBackend::begin(Rank& rank) {
  WEIR_CHECK(rank.order != nullptr, "a rank that has not begun has its order");
  if (const auto linked = local::link_inputs(layout_.work(rank.seen.key), rank.order->inputs);
      !linked) {
    return end_unbegun(rank, RankOutcome::End::start_failed, linked.error().text());
  }
  ++rank.starts;
  const base::Result<local::Runner*> runner =
      runners_.engage(rank.seen.key, runner_order(*rank.order));
  if (!runner) return end_unbegun(rank, RankOutcome::End::start_failed, runner.error().text());
  rank.runner = *runner;
  rank.seen.pid = rank.runner->process.pid;
}

local::RunnerOrder LocalBackend::runner_order(const RankOrder& order) const {
  local::RunnerOrder made = local::order_for_runner(order, layout_, user_);
  if (!limit_keeping_.parent.empty()) {
    made.cgroup = limit_keeping_.parent + "/" + to_text(order.key);
  }
  if (options_.fence_after) {
    made.lease_path = layout_.lease();
    made.fence_after_us = base::to_us(*options_.fence_after);
    made.look_every_us = made.fence_after_us / 4;
  }
  return made;
}

base::Status LocalBackend::renew_lease() {
  if (!options_.fence_after) return {};
  return local::renew_lease(layout_.lease());
}

}  // namespace weir::backend
