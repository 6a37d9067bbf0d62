// Datasets, rules and bandwidths as people write and read them: "corpus@3", "2 in west until
// 2027-06-01", "10 Gbit/s".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/data.h"
#include "model/job_file.h"

namespace weir::cli {

// "corpus", "corpus@3"; version 0 where none is named. Fails: invalid.
[[nodiscard]] base::Result<model::DatasetVersion> read_dataset_name(const std::string& text);

// "2", "2 in west", "1 in CN until 2027-06-01", "… until 2027-06-01T08:00+08:00". A day alone is
// its beginning in UTC. Fails: invalid.
[[nodiscard]] base::Result<model::ReplicaRule> read_rule(const std::string& text);
// The same back: "2 in west until 2027-06-01T00:00:00Z".
[[nodiscard]] std::string in_words(const model::ReplicaRule& rule);

// "corpus", "corpus@3", "corpus:data/corpus": what a job reads, and where it finds it.
[[nodiscard]] model::InputForm read_input(const std::string& text);
// "out:checkpoints": a path, and the dataset that it becomes a version of. Fails: invalid.
[[nodiscard]] base::Result<model::OutputForm> read_output(const std::string& text);

// "10 Gbit/s", "2.5 Mbit/s", "800 bit/s": decimal, one digit behind the point, rounded down.
[[nodiscard]] std::string format_bandwidth(std::int64_t bits_per_second);
// "12.5 ms", of microseconds.
[[nodiscard]] std::string format_round_trip(std::int64_t us);

// "north, west", or "" of none.
[[nodiscard]] std::string with_commas(const std::vector<std::string>& words);

}  // namespace weir::cli
