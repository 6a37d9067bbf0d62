// What the owner of a site lets in, as he writes it in a file of his own at the site:
//
//   tenants: {allow: [lab-*], deny: [lab-guest]}   # who may run here
//   devices: {allow: [nvidia-*]}                   # models that may be taken
//   hours: [20:00-08:00]                           # when work may begin, by the machine's clock
//   price_least: {nvidia-a100: 3.5}                # CNY for one device and hour
//   time_limit_most: 12h                           # what has no limit, or a longer one, stays out
//   inputs: {allow: [public-*]}                    # datasets that may come in
//   outputs: {deny: ["*"]}                         # datasets that may be made here
//   folders: false                                 # whether work may bring a folder along
//
// What is not in the file is not restricted. The agent keeps to it whatever it is asked for.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "base/result.h"
#include "base/time.h"
#include "model/attempt.h"
#include "model/site.h"

namespace weir::agent {

// Patterns with `*`. Without `allow` everything is; what is denied is not.
struct AllowList {
  std::optional<std::vector<std::string>> allow = {};
  std::vector<std::string> deny = {};

  [[nodiscard]] bool admits(const std::string& name) const;
};
WEIR_DESCRIBE(AllowList, allow, deny)

struct SitePolicy {
  AllowList tenants = {};
  AllowList devices = {};
  std::vector<std::string> hours = {};  // "HH:MM-HH:MM", over midnight too; none: at any time
  std::map<std::string, double> price_least = {};  // by model
  std::optional<base::Duration> time_limit_most = {};
  AllowList inputs = {};
  AllowList outputs = {};
  bool folders = true;
};
WEIR_DESCRIBE(SitePolicy, tenants, devices, hours, price_least, time_limit_most, inputs, outputs,
              folders)

// Fails: not_found or input_output, the file cannot be read; invalid, with file, line and field.
[[nodiscard]] base::Result<SitePolicy> read_site_policy(const std::string& path);
[[nodiscard]] base::Result<SitePolicy> parse_site_policy(std::string_view yaml,
                                                         std::string file_name);

struct Refusal {
  std::string reason;   // one sentence
  bool passes = false;  // at another hour it may be let in

  friend bool operator==(const Refusal&, const Refusal&) = default;
};

// Why the owner does not have this work begin here at this time of day (minutes after midnight);
// none: he has. `nodes` are the site's.
[[nodiscard]] std::optional<Refusal> refusal(const SitePolicy& policy,
                                             const model::AttemptWish& wish,
                                             const std::vector<model::Node>& nodes,
                                             int minute_of_day);

// Whether work may begin at this time of day (minutes after midnight).
[[nodiscard]] bool is_open_at(const SitePolicy& policy, int minute_of_day);

}  // namespace weir::agent
