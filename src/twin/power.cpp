#include "twin/power.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "flow/energy.h"
#include "flow/foresee.h"
#include "twin/traces/csv.h"
#include "twin/traces/text_file.h"

namespace weir::twin {

using base::ErrorCode;
using base::fail;

namespace {

base::Result<model::Series> read_series(const SeriesFile& file, base::Time start) {
  using Next = traces::CsvRows::Next;
  const std::string text = WEIR_TRY(traces::read_text_file(file.file));
  traces::CsvRows rows(text);
  std::optional<std::size_t> column;
  model::Series series;
  series.start = start;
  series.step = file.step;
  std::uint64_t row = 0;
  for (Next next = rows.next(); next != Next::end; next = rows.next()) {
    if (next != Next::row) continue;
    const auto fields = rows.fields();
    if (!column) {
      const auto at = std::find(fields.begin(), fields.end(), file.column);
      if (at == fields.end()) {
        return fail(ErrorCode::invalid, file.file + " has no column `" + file.column + "`",
                    "column");
      }
      column = static_cast<std::size_t>(at - fields.begin());
      continue;
    }
    if (row++ < file.skip) continue;
    const std::string_view cell = *column < fields.size() ? fields[*column] : std::string_view();
    double value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(value)) {
      // What is missing at the end was not recorded; in between it is a fault.
      if (cell.empty()) break;
      return fail(ErrorCode::invalid,
                  file.file + ":" + std::to_string(rows.line()) + ": `" + std::string(cell) +
                      "` is no number",
                  "column");
    }
    constexpr double most = 1e18;
    series.values.push_back(std::llround(std::clamp(value * file.unit, -most, most)));
  }
  return series;
}

base::Status read_into(std::optional<model::Series>& series, const std::optional<SeriesFile>& file,
                       const std::string& field, base::Time start) {
  if (file) {
    auto read = read_series(*file, start);
    if (!read) {
      base::Error error = std::move(read).error();
      error.field = field + (error.field.empty() ? ".file" : "." + error.field);
      return fail(std::move(error));
    }
    series = *std::move(read);
  } else if (series && series->start == base::Time{}) {
    series->start = start;
  }
  return {};
}

// The values told so far, of those the last weeks, and what is foreseen.
void tell_of_the_past(std::optional<model::Series>& series, base::Time now, Foresight foresight) {
  if (!series || now < series->start) return;
  constexpr base::Duration day = std::chrono::hours(24);
  constexpr base::Duration kept = 60 * day;
  const std::int64_t begun = (now - series->start) / series->step + 1;
  const auto known =
      std::min<std::int64_t>(begun, static_cast<std::int64_t>(series->values.size()));
  const std::int64_t first = std::max<std::int64_t>(known - kept / series->step, 0);
  series->values = {series->values.begin() + first, series->values.begin() + known};
  series->start += first * series->step;
  const base::Duration told = series->step * (known - first);
  series->repeats = std::min(day / series->step * series->step, told);
  const auto steps_of_day = static_cast<std::size_t>(day / series->step);
  if (foresight != Foresight::week || told < day || steps_of_day == 0) return;
  const auto next = flow::foreseen(series->values, steps_of_day, 3 * steps_of_day);
  series->values.insert(series->values.end(), next.begin(), next.end());
}

}  // namespace

base::Status read_power_files(PowerForm& form, base::Time start) {
  for (std::size_t i = 0; i < form.sites.size(); ++i) {
    SitePowerForm& site = form.sites[i];
    const std::string field = "sites[" + std::to_string(i) + "].";
    WEIR_TRY_STATUS(read_into(site.told.carbon_mg_per_kwh, site.carbon, field + "carbon", start));
    WEIR_TRY_STATUS(
        read_into(site.told.price_micro_cny_per_kwh, site.price, field + "price", start));
    auto& cap = site.told.cap_watts;
    if (cap && cap->start == base::Time{}) cap->start = start;
    if (auto good = flow::check_site_power(site.told); !good) {
      base::Error error = std::move(good).error();
      error.field = field + "told." + error.field;
      return fail(std::move(error));
    }
  }
  return {};
}

base::Status check_requests(const PowerForm& form) {
  constexpr base::Duration longest = std::chrono::hours(24 * 31);
  for (std::size_t i = 0; i < form.requests.size(); ++i) {
    const PowerRequestForm& request = form.requests[i];
    const std::string field = "requests[" + std::to_string(i) + "]";
    const bool told = std::any_of(form.sites.begin(), form.sites.end(),
                                  [&](const auto& site) { return site.told.site == request.site; });
    if (!told) {
      return fail(ErrorCode::invalid, "of site `" + request.site + "` nothing is told of power",
                  field + ".site", "tell it: power.sites");
    }
    if (request.kw.has_value() == request.percent.has_value()) {
      return fail(ErrorCode::invalid, "says neither kw nor percent, or both", field,
                  "one of kw and percent");
    }
    const double amount = request.kw ? *request.kw : *request.percent;
    if (!(amount > 0) || amount > 1e9 || (request.percent && amount > 100)) {
      return fail(ErrorCode::invalid, "asks for an amount that cannot be",
                  field + (request.kw ? ".kw" : ".percent"), "more than 0; at most all of it");
    }
    const auto is_time = [&](base::Duration time) {
      return time >= base::Duration(0) && time <= longest;
    };
    if (!is_time(request.lasts) || request.lasts <= base::Duration(0)) {
      return fail(ErrorCode::invalid, "is not between no time and 31 days", field + ".lasts");
    }
    if (!is_time(request.ahead) || request.from < base::Duration(0)) {
      return fail(ErrorCode::invalid, "is asked before the scenario starts, or 31 days ahead",
                  field + (is_time(request.ahead) ? ".from" : ".ahead"));
    }
  }
  return {};
}

PowerFeed::PowerFeed(const PowerForm& form, base::Time start)
    : foresight_(form.foresight), next_(start) {
  for (const SitePowerForm& site : form.sites) truth_.sites.push_back(site.told);
}

model::PowerTable PowerFeed::take(base::Time now) {
  model::PowerTable told = truth_;
  next_.reset();
  if (foresight_ == Foresight::whole) return told;
  for (model::SitePower& site : told.sites) {
    for (std::optional<model::Series>* series :
         {&site.carbon_mg_per_kwh, &site.price_micro_cny_per_kwh}) {
      if (!*series || now < (*series)->start) continue;
      const base::Time change =
          (*series)->start + ((now - (*series)->start) / (*series)->step + 1) * (*series)->step;
      const auto count = static_cast<std::int64_t>((*series)->values.size());
      const bool more = change < (*series)->start + count * (*series)->step;
      if (more && (!next_ || change < *next_)) next_ = change;
      tell_of_the_past(*series, now, foresight_);
    }
  }
  return told;
}

}  // namespace weir::twin
