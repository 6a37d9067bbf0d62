#include "mover/mover.h"

#include <algorithm>

#include "base/json.h"
#include "mover/file.h"
#include "mover/store.h"
#include "mover/work.h"

namespace weir::mover {

using base::ErrorCode;
using base::Status;

namespace {

constexpr std::chrono::milliseconds tell_every{250};
constexpr std::size_t listed_most = 1000;

std::string code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return "invalid";
    case ErrorCode::unauthenticated:
      return "unauthenticated";
    case ErrorCode::forbidden:
      return "forbidden";
    case ErrorCode::not_found:
      return "not-found";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::refused:
      return "refused";
    case ErrorCode::too_large:
      return "too-large";
    case ErrorCode::too_many:
      return "too-many";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::input_output:
      return "input-output";
  }
  return "input-output";
}

Status remove(const RemoveOrder& order, Report& report) {
  report.outcome().version = order.version;
  const bool was_there = WEIR_TRY(remove_replica(order.store, order.version));
  report.outcome().was_there = !was_there;
  WEIR_TRY_STATUS(give_up_incoming(order.store, order.version));
  return sweep(order.store);
}

Status write_manifest(const ManifestOrder& order, Report& report, const std::stop_token& stop) {
  report.enter(Phase::reading);
  const Reading reading = [&](std::int64_t bytes) {
    report.progress().done_bytes = bytes;
    report.tell_now_and_then();
  };
  const Manifest manifest = WEIR_TRY(make_manifest(order.folder, order.chunk_bytes, reading, stop));
  report.progress().total_bytes = manifest.bytes();
  report.outcome().version = identity_of(manifest);
  report.outcome().folder = order.folder;
  const std::size_t slash = order.manifest_file.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "." : order.manifest_file.substr(0, slash + 1);
  return replace_file(folder, order.manifest_file.substr(slash + 1),
                      base::to_json(manifest) + "\n");
}

Status carry_out_one(const Order& order, Report& report, const std::stop_token& stop) {
  return std::visit(
      [&]<typename T>(const T& one) -> Status {
        if constexpr (std::same_as<T, MoveOrder>) return move(one, report, stop);
        if constexpr (std::same_as<T, CheckOrder>) return check(one, report, stop);
        if constexpr (std::same_as<T, RepairOrder>) return repair(one, report, stop);
        if constexpr (std::same_as<T, RemoveOrder>) return remove(one, report);
        if constexpr (std::same_as<T, PublishOrder>) return publish(one, report, stop);
        if constexpr (std::same_as<T, ManifestOrder>) return write_manifest(one, report, stop);
      },
      order);
}

}  // namespace

void Report::enter(Phase phase) {
  progress().phase = phase;
  told_ = Clock::now();
  if (tell_) tell_(progress());
}

void Report::tell_now_and_then() {
  if (Clock::now() - told_ >= tell_every) enter(progress().phase);
}

void add_bad_chunks(Outcome& outcome, const std::vector<BadChunk>& bad) {
  outcome.bad_chunks_in_all += bad.size();
  for (const BadChunk& one : bad) {
    if (outcome.bad_chunks.size() < listed_most) outcome.bad_chunks.push_back(one);
  }
}

Outcome carry_out(const Order& order, const Tell& tell, const std::stop_token& stop) {
  const auto begun = std::chrono::steady_clock::now();
  Outcome outcome;
  Report report(outcome, tell);
  const Status done = carry_out_one(order, report, stop);
  outcome.done = done.has_value();
  if (!done) {
    const base::Error& error = done.error();
    std::string message = error.message;
    if (!error.place.file.empty()) message = error.place.file + ": " + message;
    outcome.trouble = Trouble{code_name(error.code), message, error.field, error.hint};
  }
  outcome.took_us = std::chrono::duration_cast<std::chrono::microseconds>(
                        std::chrono::steady_clock::now() - begun)
                        .count();
  return outcome;
}

}  // namespace weir::mover
