// Datasets, where they lie, what may become of them, and how their bytes move.
//
// A dataset belongs to a tenant and is a row of versions; a version never changes. Its bytes lie at
// sites as replicas. Users say what they want of it by rules ("two replicas, one in the west"), and
// replicas come and go by these and by the jobs that read it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/time.h"
#include "model/ids.h"
#include "model/network.h"

namespace weir::model {

struct DatasetLabels {
  std::string modality;  // "text", "image", …
  std::string owner;
  Sensitivity sensitivity = Sensitivity::internal;
  // Countries or regions that it may lie in, or pass through; empty: any.
  std::vector<std::string> residency;
  std::string licence;

  friend bool operator==(const DatasetLabels&, const DatasetLabels&) = default;
};
WEIR_DESCRIBE(DatasetLabels, modality, owner, sensitivity, residency, licence)

// So many replicas are to be there, in a region or country (""; anywhere), until then.
struct ReplicaRule {
  std::uint32_t replicas = 1;
  std::string region;
  std::optional<base::Time> until;

  friend bool operator==(const ReplicaRule&, const ReplicaRule&) = default;
};
WEIR_DESCRIBE(ReplicaRule, replicas, region, until)

// All of a version's bytes, at one site.
struct Replica {
  static constexpr std::array<std::string_view, 1> required_fields{"site"};
  std::string site;
  // Where there, as its movers read it: a folder, or a store that rclone knows. "": where the site
  // keeps what is brought to it.
  std::string location;
  base::Time made{};
  base::Time used{};  // last

  friend bool operator==(const Replica&, const Replica&) = default;
};
WEIR_DESCRIBE(Replica, site, location, made, used)

struct DatasetVersion {
  std::string name;
  std::uint32_t version = 0;

  friend auto operator<=>(const DatasetVersion&, const DatasetVersion&) = default;
};
WEIR_DESCRIBE(DatasetVersion, name, version)
// "corpus@3"
[[nodiscard]] std::string name_of(const DatasetVersion& which);

// One version of a dataset.
struct Dataset {
  DatasetId id;
  std::string tenant;
  std::string name;
  std::uint32_t version = 1;
  std::int64_t bytes = 0;
  // Of its manifest, the list of its files with the checksums of their chunks: SHA-256,
  // hexadecimal.
  std::string manifest;
  DatasetLabels labels;
  std::vector<ReplicaRule> rules;
  std::vector<Replica> replicas;  // complete ones, by site
  // Lineage: which job made it, from what.
  std::optional<JobId> made_by;
  std::vector<DatasetVersion> made_from;
  base::Time registered{};

  [[nodiscard]] const Replica* at(const std::string& site) const;
  friend bool operator==(const Dataset&, const Dataset&) = default;
};
WEIR_DESCRIBE(Dataset, id, tenant, name, version, bytes, manifest, labels, rules, replicas, made_by,
              made_from, registered)

// What a job reads.
struct DataInput {
  std::string dataset;
  std::uint32_t version = 0;  // 0: the newest when it is submitted
  std::string at;             // where in the job's folder it is found

  friend bool operator==(const DataInput&, const DataInput&) = default;
};
WEIR_DESCRIBE(DataInput, dataset, version, at)

// What a job leaves, as a new version.
struct DataOutput {
  std::string path;  // in the job's folder
  std::string dataset;

  friend bool operator==(const DataOutput&, const DataOutput&) = default;
};
WEIR_DESCRIBE(DataOutput, path, dataset)

// Which transfers go first where a link is too narrow for all: what somebody waits for at a
// terminal, what jobs wait for, what rules want.
enum class TransferClass : std::uint8_t { interactive, deadline, background };
WEIR_DESCRIBE_ENUM(TransferClass, interactive, deadline, background)

// So much for so long: a window of a link's calendar.
struct RateWindow {
  base::Time from{};
  base::Time until{};
  std::int64_t bandwidth_bps = 0;

  friend bool operator==(const RateWindow&, const RateWindow&) = default;
};
WEIR_DESCRIBE(RateWindow, from, until, bandwidth_bps)

// A version on its way to a site.
struct Transfer {
  TransferId id;
  DatasetId dataset;
  SiteId from;
  std::optional<SiteId> relay;
  SiteId to;
  TransferClass transfer_class = TransferClass::deadline;
  std::vector<RateWindow> windows;  // reserved on each link of its way; none: as quick as it goes
  std::int64_t micro_cny = 0;
  base::Time planned{};

  // When it is done by plan; none: nobody can say.
  [[nodiscard]] std::optional<base::Time> end() const {
    return windows.empty() ? std::nullopt : std::optional(windows.back().until);
  }
  friend bool operator==(const Transfer&, const Transfer&) = default;
};
WEIR_DESCRIBE(Transfer, id, dataset, from, relay, to, transfer_class, windows, micro_cny, planned)

// What the site that gets the bytes is to do about a transfer; `forget`: nothing any more.
struct TransferWish {
  TransferId id;
  bool forget = false;
  std::string tenant;
  DatasetVersion dataset;
  std::int64_t bytes = 0;
  std::string manifest;
  DatasetLabels labels;  // by which its mover refuses what may not come here
  std::string from;      // site
  std::string location;  // there
  std::vector<RateWindow> windows;

  friend bool operator==(const TransferWish&, const TransferWish&) = default;
};
WEIR_DESCRIBE(TransferWish, id, forget, tenant, dataset, bytes, manifest, labels, from, location,
              windows)

enum class TransferPhase : std::uint8_t { moving, done, failed };
WEIR_DESCRIBE_ENUM(TransferPhase, moving, done, failed)

struct TransferReport {
  TransferId id;
  TransferPhase phase = TransferPhase::moving;
  std::int64_t bytes_done = 0;
  std::string message;  // why it failed

  friend bool operator==(const TransferReport&, const TransferReport&) = default;
};
WEIR_DESCRIBE(TransferReport, id, phase, bytes_done, message)

// The sites that work may run at, beside what it asks of their nodes. Everything left out is open.
struct WhereSpec {
  std::vector<std::string> sites;      // names, or patterns with `*`
  std::vector<std::string> residency;  // countries or regions
  // Sites whose link to this one has at most so long a way there and back.
  std::string near;
  std::int64_t rtt_us_most = 0;
  // Sites whose owners refused it, in the order of their names. Nobody asks for that: it is found
  // out.
  std::vector<std::string> refused_by;

  [[nodiscard]] bool is_open() const {
    return sites.empty() && residency.empty() && near.empty() && refused_by.empty();
  }
  friend auto operator<=>(const WhereSpec&, const WhereSpec&) = default;
};
WEIR_DESCRIBE(WhereSpec, sites, residency, near, rtt_us_most, refused_by)

}  // namespace weir::model
