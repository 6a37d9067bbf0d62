// Where sites lie and what lies between them: countries and regions, what data a site is cleared
// for, and the links.
//
// An operator tells it, whole. What is not told is not known: a site that is not named may hold
// open data alone, and where no link is told no data goes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/time.h"

namespace weir::model {

// How far data may be shown around; a site is cleared for so much and for all below it.
enum class Sensitivity : std::uint8_t { open, internal, confidential, restricted };
WEIR_DESCRIBE_ENUM(Sensitivity, open, internal, confidential, restricted)

struct SitePlace {
  static constexpr std::array<std::string_view, 1> required_fields{"site"};
  std::string site;
  std::string country;  // ISO 3166-1, two letters: "CN"; "": not known
  std::string region;   // by whatever name its operator gives it: "west"; "": not known
  Sensitivity clearance = Sensitivity::open;
  // What replicas may take here; none: as much as they like.
  std::optional<std::int64_t> storage_bytes;

  friend bool operator==(const SitePlace&, const SitePlace&) = default;
};
WEIR_DESCRIBE(SitePlace, site, country, region, clearance, storage_bytes)

// One way between two sites, in one direction.
struct Link {
  static constexpr std::array<std::string_view, 3> required_fields{"from", "to", "bandwidth_bps"};
  std::string from;
  std::string to;
  std::int64_t bandwidth_bps = 0;           // bits a second
  std::int64_t rtt_us = 0;                  // there and back
  std::int64_t price_micro_cny_per_gb = 0;  // of 10⁹ bytes
  std::optional<base::Time> measured;       // none: it was told, and nobody measured it

  friend bool operator==(const Link&, const Link&) = default;
};
WEIR_DESCRIBE(Link, from, to, bandwidth_bps, rtt_us, price_micro_cny_per_gb, measured)

struct NetworkTable {
  std::vector<SitePlace> sites;  // by name, each once
  std::vector<Link> links;       // by `from`, then `to`, each once
  // Of each link, kept free of what is planned ahead: links are slower at times than measured.
  std::uint32_t slack_percent = 10;
  // What one relay may add to the price of the straight way, for a quicker one; none: no relays.
  std::optional<std::int64_t> relay_price_more_micro_cny_per_gb;

  friend bool operator==(const NetworkTable&, const NetworkTable&) = default;
};
WEIR_DESCRIBE(NetworkTable, sites, links, slack_percent, relay_price_more_micro_cny_per_gb)

}  // namespace weir::model
