// SlurmBackend: from an order to a job.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "backend/local/input_links.h"
#include "backend/local/order_for_runner.h"
#include "backend/local/runner/system.h"
#include "backend/slurm/slurm_backend.h"

namespace weir::backend {
namespace {

// How often a runner looks for a stop that no signal told it of, and at the lease.
constexpr std::int64_t look_every_us = 2'000'000;

// Slurm's own limit comes after ours, its grace and the way there.
constexpr std::int64_t limit_margin_us = 60'000'000;
constexpr std::int64_t minute_us = 60'000'000;

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::uint32_t cpus_of(const RankOrder& order) {
  if (order.cpu_count > 0) return order.cpu_count;
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(order.cpus.size()));
}

std::uint32_t minutes_of(const RankOrder& order) {
  if (!order.time_limit) return 0;
  const std::int64_t all_us =
      base::to_us(*order.time_limit) + base::to_us(order.kill_grace) + limit_margin_us;
  constexpr std::int64_t most = 10 * 365 * 24 * 60;
  return static_cast<std::uint32_t>(std::min((all_us + minute_us - 1) / minute_us, most));
}

}  // namespace

// What Slurm calls a model of device: as its nodes have it, or as it was told, or by the model.
std::string SlurmBackend::generic_resource(const std::string& model) const {
  {
    const std::lock_guard lock(names_mutex_);
    const auto known = generic_resources_.find(model);
    if (known != generic_resources_.end()) return known->second;
  }
  for (const auto& [name, named] : options_.device_names) {
    if (named == model) return name;
  }
  return "gpu:" + model;
}

base::Status SlurmBackend::start(const RankOrder& order) {
  if (ranks_.contains(order.key)) return {};
  if (WEIR_TRY(forgotten_.contains(order.key))) {
    return base::fail(base::ErrorCode::conflict,
                      to_text(order.key) + " ran before and was forgotten; it never runs again");
  }
  const std::string work = folder_.layout().work(order.key);
  if (::mkdir(work.c_str(), 0700) != 0) {
    if (errno != EEXIST) return base::fail_errno("make folder " + work, errno);
    discard_folder(work);  // left by a start that failed half-way
    if (::mkdir(work.c_str(), 0700) != 0) return base::fail_errno("make folder " + work, errno);
  }
  Rank& rank = ranks_[order.key];
  rank.seen.key = order.key;
  rank.note = note_for(order);
  set_phase(rank, Phase::preparing);
  mark_changed(order.key);
  clerk_->set_haste(slurm::Haste::busy);
  if (const std::string fault = local::fault_of(order); !fault.empty()) {
    static_cast<void>(end_unbegun(rank, RankOutcome::End::start_failed, fault));
  } else {
    fill_then_submit(rank, order);
  }
  return {};
}

// The order comes last: from then on the rank will run, whatever becomes of this server.
void SlurmBackend::fill_then_submit(Rank& rank, const RankOrder& order) {
  const RankKey key = rank.seen.key;
  const auto filled = std::make_shared<base::Status>();
  chores_.post(
      [this, key, filled, archive = order.workdir_archive, inputs = order.inputs, note = rank.note,
       made = runner_order(order)](const std::stop_token& stop) {
        *filled = [&]() -> base::Status {
          const std::string work = folder_.layout().work(key);
          if (!archive.empty()) {
            const base::Status unpacked =
                workdir::unpack_file(archive, work, options_.unpack_limits, stop);
            if (!unpacked) {
              return base::fail(unpacked.error().code,
                                "the work folder: " + unpacked.error().text());
            }
          }
          WEIR_TRY_STATUS(local::link_inputs(work, inputs));
          WEIR_TRY_STATUS(folder_.put_note(key, note));
          return folder_.put_order(key, made);
        }();
      },
      [this, key, filled] {
        Rank& ready = ranks_.at(key);
        if (ready.stop_reason) {
          static_cast<void>(end_unbegun(ready, RankOutcome::End::stopped, *ready.stop_reason));
        } else if (!*filled) {
          static_cast<void>(
              end_unbegun(ready, RankOutcome::End::start_failed, filled->error().text()));
        } else {
          submit_when_clear(ready);
        }
      });
}

void SlurmBackend::submit(Rank& rank) {
  set_phase(rank, Phase::submitting);
  rank.absent_since_us.reset();
  clerk_->submit(rank.seen.key, rank.note.submission);
}

// Not while numbers of jobs may be given out twice (slurm::Pace::absence).
void SlurmBackend::submit_when_clear(Rank& rank) {
  if (!forgot_us_ || is_long_enough(forgot_us_)) return submit(rank);
  set_phase(rank, Phase::unsure);
}

slurm::Note SlurmBackend::note_for(const RankOrder& order) const {
  slurm::Note note;
  note.has_setup = !order.setup.empty();
  note.kill_grace_us = base::to_us(order.kill_grace);
  slurm::Submission& asked = note.submission;
  asked.name = name_of_job(order.key);
  asked.comment = "weir " + folder_.instance();
  asked.script =
      "#!/bin/sh\nexec " + quoted(runner_) + " --order " + quoted(folder_.order(order.key)) + "\n";
  asked.folder = "/";
  asked.output = folder_.said(order.key);
  asked.node = order.node;
  asked.cpus = cpus_of(order);
  constexpr std::int64_t mebibyte = 1 << 20;
  if (order.memory_bytes && *order.memory_bytes > 0) {
    asked.memory_mib = static_cast<std::uint64_t>((*order.memory_bytes + mebibyte - 1) / mebibyte);
  }
  for (const auto& [model, count] : order.devices) {
    asked.gres[generic_resource(model)] += count;
  }
  asked.minutes = minutes_of(order);
  asked.partition = options_.partition;
  asked.account = options_.account;
  asked.quality = options_.quality;
  asked.constraint = options_.constraint;
  asked.reservation = options_.reservation;
  return note;
}

local::RunnerOrder SlurmBackend::runner_order(const RankOrder& order) const {
  local::RunnerOrder made = local::order_for_runner(order, folder_.layout(), user_);
  made.cpus.clear();  // which of the node's, Slurm decides
  if (limits_.by != "rlimit") made.memory_bytes = -1;
  made.kept_variables = {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES",
                         "HIP_VISIBLE_DEVICES",  "GPU_DEVICE_ORDINAL",
                         "ZE_AFFINITY_MASK",     "ASCEND_RT_VISIBLE_DEVICES"};
  made.look_every_us = look_every_us;
  if (options_.fence_after) {
    made.lease_path = folder_.lease();
    made.fence_after_us = base::to_us(*options_.fence_after);
    made.look_every_us = std::min(look_every_us, made.fence_after_us / 4);
  }
  return made;
}

}  // namespace weir::backend
