// The mover: brings a version of a dataset to a store of this site, checks and mends what is there,
// removes it, and makes versions of outputs.
//
// The bytes are rclone's matter, what of them is believed is ours: each chunk is hashed as it lands
// and noted on the disk, one that is not what the manifest says is taken from another replica, and
// a version gets its name only when all of it is there and durable. Killed at any moment, the next
// run goes on where it was. One process moves one version; the agent runs each as a child of its
// own (process.h), so that neither takes the other with it.
#pragma once

#include <functional>
#include <stop_token>

#include "mover/order.h"

namespace weir::mover {

// Told four times a second, and when the phase changes; by the thread that called.
using Tell = std::function<void(const Progress&)>;

// Carries out what is ordered. What goes wrong is in the outcome's trouble:
// - forbidden: the permit does not fit the order, this site or this moment;
// - invalid: the order itself, with the field;
// - unavailable: no replica answers, the planned time is over, rclone is not installed, or `stop`:
//   the same order later goes on;
// - refused: a chunk is damaged in every replica; a folder to publish holds what is no file;
// - conflict: another mover is at this version, or something else stands in its place;
// - not_found: no such version or folder; input_output: this machine's disk.
// Should be called by a thread that lives on while it works (rclone ends with it).
[[nodiscard]] Outcome carry_out(const Order& order, const Tell& tell = {},
                                const std::stop_token& stop = {});

}  // namespace weir::mover
