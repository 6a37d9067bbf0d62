#include "twin/traces/throughput_table.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/read.h"
#include "twin/traces/field.h"

namespace weir::twin::traces {
namespace {

// One number, or two for a pair.
struct Rates {
  double first = 0;
  std::optional<double> second;
};

base::Result<Rates> read_value(const base::Document& document, std::type_identity<Rates>) {
  using Kind = base::DocumentKind;
  const auto rate = [](const base::Document& each) -> base::Result<double> {
    if (!each.is(Kind::number) && !each.is(Kind::integer)) {
      return base::fail(base::ErrorCode::invalid, "should be a number of steps a second");
    }
    if (!(each.number() >= 0)) {
      return base::fail(base::ErrorCode::invalid, "a rate cannot be below 0");
    }
    return each.number();
  };
  if (!document.is(Kind::list)) return Rates{WEIR_TRY(rate(document)), {}};
  if (document.items().size() != 2) {
    return base::fail(base::ErrorCode::invalid, "should be the rates of two jobs");
  }
  return Rates{WEIR_TRY(rate(document.items()[0])), WEIR_TRY(rate(document.items()[1]))};
}

using Kind = ThroughputTable::Kind;
using Place = ThroughputTable::Place;
using OfKind = std::map<std::string, Rates>;
using OfPlace = std::map<std::string, OfKind>;

constexpr std::string_view spread = "_unconsolidated";

Place place_of(std::string_view name) {
  const bool consolidated = !name.ends_with(spread);
  if (!consolidated) name.remove_suffix(spread.size());
  return {std::string(name), consolidated};
}

// "('ResNet-18 (batch size 64)', 4)"
base::Result<Kind> kind_of(std::string_view text) {
  const std::string_view whole = text;
  const std::size_t comma = text.rfind("', ");
  if (text.starts_with("('") && text.ends_with(")") && comma != std::string_view::npos &&
      comma >= 2) {
    const std::string_view number = text.substr(comma + 3, text.size() - comma - 4);
    if (const auto scale = whole_number({"scale factor", number}, 1, most_units)) {
      return Kind{std::string(text.substr(2, comma - 2)), static_cast<std::uint32_t>(*scale)};
    }
  }
  return base::fail(base::ErrorCode::invalid, "the kind " + shown(whole) + " is in no known form",
                    {}, "write it as ('LM (batch size 10)', 2)");
}

template <typename T>
std::optional<std::uint32_t> place_in(const std::vector<T>& sorted, const T& wanted) {
  const auto found = std::lower_bound(sorted.begin(), sorted.end(), wanted);
  if (found == sorted.end() || *found != wanted) return {};
  return static_cast<std::uint32_t>(found - sorted.begin());
}

// Where a kind or place stands that read_lists put there.
template <typename T>
std::uint32_t known_place_in(const std::vector<T>& sorted, const T& wanted) {
  const auto place = place_in(sorted, wanted);
  WEIR_CHECK(place.has_value(), "whatever is told of is in the lists");
  return place.value_or(0);
}

// Every kind and place that is told of.
base::Status read_lists(const std::map<std::string, OfPlace>& told, ThroughputTable& table) {
  std::set<Kind> kinds;
  std::set<Place> places;
  for (const auto& [place, of_place] : told) {
    places.insert(place_of(place));
    for (const auto& [kind, of_kind] : of_place) {
      kinds.insert(WEIR_TRY(kind_of(kind)));
      for (const auto& [other, rates] : of_kind) {
        if (other != "null") kinds.insert(WEIR_TRY(kind_of(other)));
      }
    }
  }
  table.kinds.assign(kinds.begin(), kinds.end());
  table.places.assign(places.begin(), places.end());
  table.isolated.resize(table.kinds.size() * table.places.size());
  return {};
}

base::Status add_pair(std::string_view name, ThroughputTable::PairKey key, const Rates& rates,
                      ThroughputTable& table) {
  if (!rates.second) {
    return base::fail(base::ErrorCode::invalid, "has one rate for the two jobs of a pair",
                      std::string(name));
  }
  ThroughputTable::PairRate rate{rates.first, *rates.second};
  if (key.first > key.second) {
    std::swap(key.first, key.second);
    std::swap(rate.first, rate.second);
  }
  const auto [entry, added] = table.pairs.try_emplace(key, rate);
  if (added || entry->second == rate) return {};
  return base::fail(base::ErrorCode::invalid, "the pair is told twice, with different rates",
                    std::string(name));
}

base::Status add_kind(std::uint32_t place, const std::string& name, const OfKind& of_kind,
                      ThroughputTable& table) {
  const std::uint32_t kind = known_place_in(table.kinds, WEIR_TRY(kind_of(name)));
  for (const auto& [other, rates] : of_kind) {
    if (other == "null") {
      if (rates.second) {
        return base::fail(base::ErrorCode::invalid, "has two rates for a job alone", name);
      }
      table.isolated[kind * table.places.size() + place] = rates.first;
    } else {
      const std::uint32_t beside = known_place_in(table.kinds, WEIR_TRY(kind_of(other)));
      WEIR_TRY_STATUS(add_pair(name, {place, kind, beside}, rates, table));
    }
  }
  return {};
}

}  // namespace

std::optional<std::uint32_t> ThroughputTable::find_kind(std::string_view job_class,
                                                        std::uint32_t scale_factor) const {
  return place_in(kinds, Kind{std::string(job_class), scale_factor});
}

std::optional<std::uint32_t> ThroughputTable::find_place(std::string_view device_model,
                                                         bool consolidated) const {
  return place_in(places, Place{std::string(device_model), consolidated});
}

std::optional<double> ThroughputTable::rate(std::uint32_t kind, std::uint32_t place) const {
  return isolated.at(kind * places.size() + place);
}

std::optional<ThroughputTable::PairRate> ThroughputTable::pair_rate(std::uint32_t kind,
                                                                    std::uint32_t other,
                                                                    std::uint32_t place) const {
  const auto found = pairs.find({place, std::min(kind, other), std::max(kind, other)});
  if (found == pairs.end()) return {};
  if (kind <= other) return found->second;
  return PairRate{found->second.second, found->second.first};
}

base::Result<ThroughputTable> read_gavel_throughputs(std::string_view text) {
  constexpr base::DocumentLimits limits{std::size_t{64} << 20U, 4'000'000, 8};
  const base::Document document = WEIR_TRY(base::parse_json(text, {}, limits));
  const auto told = WEIR_TRY((base::read_document<std::map<std::string, OfPlace>>(document)));
  ThroughputTable table;
  WEIR_TRY_STATUS(read_lists(told, table));
  for (const auto& [name, of_place] : told) {
    const std::uint32_t place = known_place_in(table.places, place_of(name));
    for (const auto& [kind, of_kind] : of_place) {
      WEIR_TRY_STATUS(add_kind(place, kind, of_kind, table));
    }
  }
  return table;
}

model::ThroughputTable rates_near(const ThroughputTable& table, const std::string& source) {
  constexpr double micro = 1e6;
  constexpr double most_steps = 1e12;  // a second
  model::ThroughputTable rates;
  const auto add = [&](const ThroughputTable::Kind& kind, const std::string& device_model,
                       double rate, const std::string& beside) {
    const auto rate_micro = std::llround(std::min(rate, most_steps) * micro);
    if (rate_micro == 0) return;
    rates.rates.push_back({kind.job_class, device_model, kind.scale_factor, rate_micro,
                           model::RateBasis::measured, source, beside});
  };
  for (std::uint32_t kind = 0; kind < table.kinds.size(); ++kind) {
    for (std::uint32_t place = 0; place < table.places.size(); ++place) {
      const std::optional<double> rate = table.rate(kind, place);
      if (!rate || !table.places[place].consolidated) continue;
      add(table.kinds[kind], table.places[place].device_model, *rate, "");
    }
  }
  for (const auto& [key, rate] : table.pairs) {
    const ThroughputTable::Place& place = table.places[key.place];
    // Two that share their devices are on as many of them.
    const ThroughputTable::Kind& first = table.kinds[key.first];
    const ThroughputTable::Kind& second = table.kinds[key.second];
    if (!place.consolidated || first.scale_factor != second.scale_factor) continue;
    if (rate.first <= 0 || rate.second <= 0) continue;
    add(first, place.device_model, rate.first, second.job_class);
    if (key.first != key.second) {
      add(second, place.device_model, rate.second, first.job_class);
    }
  }
  return rates;
}

}  // namespace weir::twin::traces
