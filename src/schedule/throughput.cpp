#include "schedule/throughput.h"

#include <set>
#include <tuple>

#include "base/check.h"

namespace weir::schedule {
namespace {

__extension__ using Wide = __int128;
using base::ErrorCode;
using base::fail;

std::string field_of(std::size_t row, const char* member) {
  return "rates[" + std::to_string(row) + "]." + member;
}

}  // namespace

base::Status check_throughputs(const model::ThroughputTable& table) {
  std::set<std::tuple<std::string_view, std::string_view, std::string_view, std::uint32_t,
                      model::RateBasis>>
      said;
  for (std::size_t i = 0; i < table.rates.size(); ++i) {
    const model::Throughput& each = table.rates[i];
    if (each.rate_micro <= 0) {
      return fail(ErrorCode::invalid,
                  "a rate is above 0, this is " + std::to_string(each.rate_micro),
                  field_of(i, "rate_micro"), "leave out what is not known");
    }
    if (each.devices == 0) {
      return fail(ErrorCode::invalid, "a rate is that of one device or more",
                  field_of(i, "devices"), "devices: 1");
    }
    if (!said.emplace(each.job_class, each.beside, each.device_model, each.devices, each.basis)
             .second) {
      return fail(ErrorCode::invalid,
                  "the " + std::string(base::enum_name(each.basis)) + " rate of `" +
                      each.job_class + "` on " + std::to_string(each.devices) + " " +
                      each.device_model + " stands here a second time",
                  "rates[" + std::to_string(i) + "]", "keep one of the two");
    }
  }
  return {};
}

Throughputs::Throughputs(const model::ThroughputTable& table) {
  for (const model::Throughput& each : table.rates) {
    WEIR_CHECK(each.rate_micro > 0, "a rate is above 0");
    ByDevices& of_class = each.beside.empty() ? rates_[each.job_class]
                                              : beside_[std::pair(each.job_class, each.beside)];
    const auto [entry, fresh] = of_class.try_emplace({each.device_model, each.devices}, each);
    if (!fresh && each.basis == model::RateBasis::measured) entry->second = each;
  }
}

const model::Throughput* Throughputs::find(std::string_view job_class,
                                           const DeviceGroup& on) const {
  const auto of_class = rates_.find(job_class);
  if (of_class == rates_.end()) return nullptr;
  const auto entry = of_class->second.find(on);
  return entry == of_class->second.end() ? nullptr : &entry->second;
}

const model::Throughput* Throughputs::find_beside(std::string_view job_class,
                                                  std::string_view other,
                                                  const DeviceGroup& on) const {
  const auto both = std::pair(std::string(job_class), std::string(other));
  const auto of_both = beside_.find(both);
  if (of_both == beside_.end()) return nullptr;
  const auto entry = of_both->second.find(on);
  return entry == of_both->second.end() ? nullptr : &entry->second;
}

std::optional<base::Duration> Throughputs::run_time_on(std::string_view job_class,
                                                       base::Duration run, const DeviceGroup& known,
                                                       const DeviceGroup& other) const {
  if (known == other) return run;
  const model::Throughput* const here = find(job_class, known);
  const model::Throughput* const there = find(job_class, other);
  if (here == nullptr || there == nullptr) return std::nullopt;
  return scaled_run(run, here->rate_micro, there->rate_micro);
}

base::Duration scaled_run(base::Duration run, std::int64_t rate_known, std::int64_t rate_other) {
  WEIR_CHECK(run >= base::Duration{0}, "a run takes time");
  WEIR_CHECK(rate_known > 0 && rate_other > 0, "a rate is above 0");
  const Wide steps = static_cast<Wide>(base::to_us(run)) * rate_known;
  const Wide there = (steps + rate_other - 1) / rate_other;
  if (there > base::to_us(base::Duration::max())) return base::Duration::max();
  return base::Duration{static_cast<std::int64_t>(there)};
}

std::vector<std::int64_t> option_rates(const Request& request, std::string_view job_class,
                                       const Throughputs& throughputs) {
  if (request.ordered || request.options.size() < 2) return {};
  std::vector<std::int64_t> rates;
  bool any = false;
  for (const model::ResourceOption& option : request.options) {
    const model::Throughput* found = nullptr;
    if (option.devices.size() == 1 && !option.is_share()) {
      const model::DeviceCount& each = option.devices.front();
      found = throughputs.find(job_class, {each.model, each.count * request.nodes});
    }
    rates.push_back(found == nullptr ? 0 : found->rate_micro);
    any = any || found != nullptr;
  }
  if (!any) rates.clear();
  return rates;
}

std::vector<base::Duration> option_runs(base::Duration limit, std::span<const std::int64_t> rates) {
  std::int64_t slowest = 0;
  for (const std::int64_t rate : rates) {
    if (rate > 0 && (slowest == 0 || rate < slowest)) slowest = rate;
  }
  std::vector<base::Duration> runs;
  for (const std::int64_t rate : rates) {
    runs.push_back(rate > 0 ? scaled_run(limit, slowest, rate) : limit);
  }
  return runs;
}

}  // namespace weir::schedule
