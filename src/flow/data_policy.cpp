#include "flow/data_policy.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <tuple>

namespace weir::flow {

using base::ErrorCode;
using base::fail;
using base::Status;

namespace {

constexpr std::size_t links_most = 100'000;
constexpr std::int64_t bandwidth_most = 1'000'000'000'000'000;  // a petabit a second
constexpr std::int64_t rtt_us_most = 60'000'000;
constexpr std::int64_t price_most = 1'000'000'000'000;  // a million CNY
constexpr std::int64_t bytes_most = std::int64_t{1} << 60;

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

std::string one_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  }
  return text;
}

bool lies_in_one(const model::SitePlace& place, std::string_view name) {
  return !name.empty() && (same_word(place.country, name) || same_word(place.region, name));
}

// "CN+west": in each of them.
bool lies_in_each(const model::SitePlace& place, std::string_view names) {
  for (;;) {
    const std::size_t plus = names.find('+');
    if (!lies_in_one(place, names.substr(0, plus))) return false;
    if (plus == std::string_view::npos) return true;
    names.remove_prefix(plus + 1);
  }
}

std::string whereabouts(const model::SitePlace& place) {
  if (place.country.empty()) return place.region;
  return place.region.empty() ? place.country : place.region + ", " + place.country;
}

}  // namespace

bool lies_in(const model::SitePlace* place, const std::vector<std::string>& places) {
  if (place == nullptr) return false;
  return std::any_of(places.begin(), places.end(),
                     [&](const std::string& names) { return lies_in_each(*place, names); });
}

model::DatasetLabels joined(model::DatasetLabels labels, const model::DatasetLabels& more,
                            const model::SitePlace* place) {
  labels.sensitivity = std::max(labels.sensitivity, more.sensitivity);
  if (more.residency.empty()) return labels;
  if (labels.residency.empty()) {
    labels.residency = more.residency;
    return labels;
  }
  std::vector<std::string> both;
  for (const std::string& one : labels.residency) {
    for (const std::string& other : more.residency) {
      if (same_word(one, other)) both.push_back(one);
    }
  }
  if (place != nullptr && !lies_in(place, both)) {
    for (const std::string& one : labels.residency) {
      for (const std::string& other : more.residency) {
        const std::string names = one + "+" + other;
        if (lies_in_each(*place, names)) both.push_back(names);
      }
    }
  }
  // Nobody knows where it lies any more. An empty list would let it go anywhere.
  if (both.empty()) both.push_back(labels.residency.front() + "+" + more.residency.front());
  labels.residency = std::move(both);
  return labels;
}

std::optional<std::string> may_not_lie(const model::DatasetLabels& labels, const std::string& site,
                                       const model::SitePlace* place) {
  const model::Sensitivity cleared = place == nullptr ? model::Sensitivity::open : place->clearance;
  if (labels.sensitivity > cleared) {
    return "is " + std::string(base::enum_name(labels.sensitivity)) + ", and " + site +
           " is cleared for " + std::string(base::enum_name(cleared)) + " data only";
  }
  if (labels.residency.empty() || lies_in(place, labels.residency)) return std::nullopt;
  const std::string stays = "has to stay in " + one_of(labels.residency) + ", and ";
  const bool known = place != nullptr && !(place->country.empty() && place->region.empty());
  if (!known) return stays + "nobody said where " + site + " lies";
  return stays + site + " lies in " + whereabouts(*place);
}

bool matches(std::string_view pattern, std::string_view name) {
  // Greedy, going back to the last star: linear but for repeated ones.
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t after = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++after;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

namespace {

Status check_places(const model::NetworkTable& table) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < table.sites.size(); ++i) {
    const model::SitePlace& place = table.sites[i];
    const std::string field = "sites[" + std::to_string(i) + "]";
    if (place.site.empty()) {
      return fail(ErrorCode::invalid, "names no site", field + ".site", "see: weir sites");
    }
    if (!names.insert(place.site).second) {
      return fail(ErrorCode::invalid, "names " + place.site + " again", field,
                  "keep one of the two");
    }
    const bool is_country = place.country.empty() ||
                            (place.country.size() == 2 &&
                             std::all_of(place.country.begin(), place.country.end(), [](char c) {
                               return std::isalpha(static_cast<unsigned char>(c)) != 0;
                             }));
    if (!is_country) {
      return fail(ErrorCode::invalid, "`" + place.country + "` is no country's two letters",
                  field + ".country", "write it like CN (ISO 3166-1); a region may have any name");
    }
    if (place.region.find('+') != std::string::npos) {
      return fail(ErrorCode::invalid, "`" + place.region + "` has a `+` in it", field + ".region",
                  "any other name will do; `CN+west` says of data that it stays in both");
    }
    if (place.storage_bytes && (*place.storage_bytes < 0 || *place.storage_bytes > bytes_most)) {
      return fail(ErrorCode::invalid, "is no size", field + ".storage_bytes",
                  "in bytes, from 0 on; leave it out where replicas may take all there is");
    }
  }
  return {};
}

}  // namespace

Status check_network(const model::NetworkTable& table) {
  WEIR_TRY_STATUS(check_places(table));
  if (table.links.size() > links_most) {
    return fail(ErrorCode::too_large, "has more than 100000 links", "links");
  }
  if (table.slack_percent > 99) {
    return fail(ErrorCode::invalid, std::to_string(table.slack_percent) + " is not from 0 to 99",
                "slack_percent", "10 keeps a tenth of each link free");
  }
  std::set<std::pair<std::string, std::string>> ways;
  for (std::size_t i = 0; i < table.links.size(); ++i) {
    const model::Link& link = table.links[i];
    const std::string field = "links[" + std::to_string(i) + "]";
    if (link.from.empty() || link.to.empty()) {
      return fail(ErrorCode::invalid, "names no site",
                  field + (link.from.empty() ? ".from" : ".to"), "see: weir sites");
    }
    if (link.from == link.to) {
      return fail(ErrorCode::invalid, "leads from " + link.from + " to itself", field + ".to",
                  "a link lies between two sites");
    }
    if (!ways.emplace(link.from, link.to).second) {
      return fail(ErrorCode::invalid, "leads from " + link.from + " to " + link.to + " again",
                  field, "keep one of the two");
    }
    if (link.bandwidth_bps < 1'000 || link.bandwidth_bps > bandwidth_most) {
      return fail(ErrorCode::invalid,
                  std::to_string(link.bandwidth_bps) + " is not from 1000 to 10^15",
                  field + ".bandwidth_bps", "in bits a second: 10000000000 for 10 Gbit/s");
    }
    if (link.rtt_us < 0 || link.rtt_us > rtt_us_most) {
      return fail(ErrorCode::invalid, std::to_string(link.rtt_us) + " is not from 0 to a minute",
                  field + ".rtt_us", "in microseconds, there and back");
    }
    if (link.price_micro_cny_per_gb < 0 || link.price_micro_cny_per_gb > price_most) {
      return fail(ErrorCode::invalid, "is not from 0 to a million CNY",
                  field + ".price_micro_cny_per_gb", "500000 for half a CNY a gigabyte");
    }
  }
  return {};
}

model::NetworkTable tidied(model::NetworkTable table) {
  std::sort(table.sites.begin(), table.sites.end(),
            [](const auto& a, const auto& b) { return a.site < b.site; });
  std::sort(table.links.begin(), table.links.end(), [](const auto& a, const auto& b) {
    return std::tie(a.from, a.to) < std::tie(b.from, b.to);
  });
  return table;
}

const model::SitePlace* place_of(const model::NetworkTable& table, const std::string& site) {
  const auto at = std::lower_bound(
      table.sites.begin(), table.sites.end(), site,
      [](const model::SitePlace& place, const std::string& name) { return place.site < name; });
  return at == table.sites.end() || at->site != site ? nullptr : &*at;
}

Status check_dataset(const model::Dataset& dataset) {
  const auto is_name_character = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  };
  const std::string& name = dataset.name;
  const bool named = !name.empty() && name.size() <= 128 && name.front() != '.' &&
                     name.front() != '-' &&
                     std::all_of(name.begin(), name.end(), is_name_character);
  if (!named) {
    return fail(ErrorCode::invalid, "`" + name + "` is no name of a dataset", "name",
                "letters, digits, `-`, `_` and `.`, at most 128");
  }
  if (dataset.bytes < 1 || dataset.bytes > bytes_most) {
    return fail(ErrorCode::invalid, std::to_string(dataset.bytes) + " is no size of a dataset",
                "bytes", "in bytes, from 1 on");
  }
  const std::string& manifest = dataset.manifest;
  const bool hex =
      manifest.size() == 64 && std::all_of(manifest.begin(), manifest.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      });
  if (!hex && !manifest.empty()) {
    return fail(ErrorCode::invalid, "is no SHA-256 in hexadecimal", "manifest",
                "64 digits from 0 to f; `weir datasets add` makes it");
  }
  for (std::size_t i = 0; i < dataset.labels.residency.size(); ++i) {
    if (!dataset.labels.residency[i].empty()) continue;
    return fail(ErrorCode::invalid, "names no country and no region",
                "labels.residency[" + std::to_string(i) + "]",
                "write it like [CN, west]; leave it out where it may lie anywhere");
  }
  std::set<std::string> sites;
  for (std::size_t i = 0; i < dataset.replicas.size(); ++i) {
    const std::string field = "replicas[" + std::to_string(i) + "].site";
    const std::string& site = dataset.replicas[i].site;
    if (site.empty()) return fail(ErrorCode::invalid, "names no site", field, "see: weir sites");
    if (!sites.insert(site).second) {
      return fail(ErrorCode::invalid, "names " + site + " again", field, "keep one of the two");
    }
  }
  for (std::size_t i = 0; i < dataset.rules.size(); ++i) {
    const std::uint32_t replicas = dataset.rules[i].replicas;
    if (replicas >= 1 && replicas <= 100) continue;
    return fail(ErrorCode::invalid, std::to_string(replicas) + " is not from 1 to 100",
                "rules[" + std::to_string(i) + "].replicas");
  }
  return {};
}

}  // namespace weir::flow
