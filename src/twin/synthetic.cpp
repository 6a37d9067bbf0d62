#include "twin/synthetic.h"

#include <algorithm>

#include "twin/draw.h"

namespace weir::twin {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr std::int64_t us_per_hour = 3'600'000'000;
constexpr std::int64_t us_per_second = 1'000'000;
constexpr std::int64_t us_per_minute = 60 * us_per_second;
constexpr std::size_t hours_of_day = 24;
constexpr std::uint32_t milli = 1000;

base::Duration down_to(base::Duration time, std::int64_t unit) {
  return base::Duration(time.count() / unit * unit);
}
base::Duration up_to(base::Duration time, std::int64_t unit) {
  return base::Duration((time.count() + unit - 1) / unit * unit);
}

}  // namespace

Result<DurationRange> read_value(const base::Document& document,
                                 std::type_identity<DurationRange>) {
  using base::DocumentKind;
  const auto kind = document.kind();
  if (kind == DocumentKind::list || kind == DocumentKind::map || kind == DocumentKind::null) {
    return fail(ErrorCode::invalid, "is " + std::string(document.kind_name()), "",
                "write it like 10m or 10m..8h");
  }
  const std::string_view text = document.text();
  const auto dots = text.find("..");
  DurationRange range;
  range.least = WEIR_TRY(base::parse_duration(text.substr(0, dots)));
  range.most = range.least;
  if (dots != std::string_view::npos) {
    range.most = WEIR_TRY(base::parse_duration(text.substr(dots + 2)));
  }
  constexpr base::Duration most = std::chrono::hours(24 * 365 * 10);
  if (range.least < base::Duration(us_per_second) || range.most < range.least ||
      range.most > most) {
    return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no range of times", "",
                "write a second at least, ten years at most, the shorter time first: 10m..8h");
  }
  return range;
}

std::string text_of(const DurationRange& range) {
  std::string text = base::format_duration_exact(range.least);
  if (range.most != range.least) text += ".." + base::format_duration_exact(range.most);
  return text;
}

std::string schema_of(std::type_identity<DurationRange>) {
  return R"({"type":["string","integer"],"description":"a time, or from one to another",)"
         R"("examples":["10m..8h"]})";
}

namespace {

base::Status check_mix(const JobMix& mix, const std::string& at) {
  constexpr std::uint32_t most = 100'000;
  if (mix.nodes < 1 || mix.nodes > most) {
    return fail(ErrorCode::invalid, std::to_string(mix.nodes) + " is not between 1 and 100000",
                at + "nodes");
  }
  if (mix.cpus < 1 || mix.cpus > most) {
    return fail(ErrorCode::invalid, std::to_string(mix.cpus) + " is not between 1 and 100000",
                at + "cpus");
  }
  if (mix.priority < 0 || mix.priority > 100) {
    return fail(ErrorCode::invalid, std::to_string(mix.priority) + " is not between 0 and 100",
                at + "priority");
  }
  if (mix.devices && mix.devices->counts.size() > 1) {
    return fail(ErrorCode::invalid, "names several models", at + "devices",
                "a made-up job asks for one model: write two kinds");
  }
  if (!mix.also_on.empty() && !mix.devices) {
    return fail(ErrorCode::invalid, "stands beside no `devices`", at + "also_on",
                "write `devices: nvidia-a100:1`, and here what else would do");
  }
  return {};
}

}  // namespace

base::Status check(const SyntheticForm& form) {
  constexpr std::uint32_t jobs_max = 100'000'000;
  if (form.jobs > jobs_max) {
    return fail(ErrorCode::invalid, std::to_string(form.jobs) + " is more than 100000000", "jobs");
  }
  constexpr std::int64_t us_per_year = us_per_hour * 24 * 365;
  constexpr std::int64_t years_max = 1000;  // of arrivals
  if (form.every < base::Duration(1) || form.every > base::Duration(us_per_year) ||
      form.every.count() / us_per_hour * form.jobs > us_per_year / us_per_hour * years_max) {
    return fail(ErrorCode::invalid, "is not between 1us and a year, or makes more than 1000 years",
                "every", "write it like 30s or 5m");
  }
  if (!form.day_curve.empty() && form.day_curve.size() != hours_of_day) {
    return fail(ErrorCode::invalid,
                "has " + std::to_string(form.day_curve.size()) + " weights, one an hour is 24",
                "day_curve");
  }
  const auto is_zero = [](std::uint32_t weight) { return weight == 0; };
  if (!form.day_curve.empty() &&
      std::all_of(form.day_curve.begin(), form.day_curve.end(), is_zero)) {
    return fail(ErrorCode::invalid, "has no hour with a weight", "day_curve");
  }
  if (!form.tenants.empty() && std::all_of(form.tenants.begin(), form.tenants.end(),
                                           [](const auto& tenant) { return tenant.second == 0; })) {
    return fail(ErrorCode::invalid, "has none with a weight", "tenants");
  }
  for (std::size_t i = 0; i < form.mix.size(); ++i) {
    WEIR_TRY_STATUS(check_mix(form.mix[i], "mix[" + std::to_string(i) + "]."));
  }
  if (!form.mix.empty() && std::all_of(form.mix.begin(), form.mix.end(),
                                       [](const JobMix& mix) { return mix.weight == 0; })) {
    return fail(ErrorCode::invalid, "has none with a weight", "mix");
  }
  constexpr std::int64_t percent_max = 100'000;
  const base::Range& percent = form.limit_percent;
  const bool none = percent.least == 0 && percent.most == 0;
  if (!none && (percent.least < 1 || percent.most.value_or(percent_max + 1) > percent_max)) {
    return fail(ErrorCode::invalid, text_of(percent) + " is not from 1 to 100000", "limit_percent",
                "write it like 110..500, or 0 for jobs without a limit");
  }
  return {};
}

namespace {

class Maker {
 public:
  Maker(const SyntheticForm& form, base::Random random)
      : form_(form),
        arrivals_(random.fork()),
        kinds_(random.fork()),
        lengths_(random.fork()),
        tenants_(random.fork()) {
    for (const auto& [name, weight] : form.tenants) {
      work_.tenants.push_back(name);
      tenant_weights_.push_back(weight);
    }
    if (work_.tenants.empty()) {
      work_.tenants.emplace_back("default");
      tenant_weights_.push_back(1);
    }
    work_.users = work_.tenants;
    mix_ = form.mix.empty() ? std::vector<JobMix>{JobMix{}} : form.mix;
    for (const JobMix& mix : mix_) {
      mix_weights_.push_back(mix.weight);
      work_.job_classes.push_back(mix.name);
      if (mix.devices) note_model(mix.devices->counts.front().model);
      for (const std::string& model : mix.also_on) note_model(model);
    }
  }

  Workload make() && {
    work_.jobs.reserve(form_.jobs);
    for (std::uint32_t number = 1; number <= form_.jobs; ++number) {
      go_to_next_arrival();
      work_.jobs.push_back(job(number));
    }
    return std::move(work_);
  }

 private:
  void note_model(const std::string& model) {
    const auto at = std::find(work_.device_models.begin(), work_.device_models.end(), model);
    if (at == work_.device_models.end()) work_.device_models.push_back(model);
  }

  [[nodiscard]] std::uint16_t number_of_model(const std::string& model) const {
    const auto at = std::find(work_.device_models.begin(), work_.device_models.end(), model);
    return static_cast<std::uint16_t>(at - work_.device_models.begin());
  }

  // By thinning (Lewis and Shedler 1979): arrivals at the rate of the busiest hour, of which each
  // hour keeps its part.
  void go_to_next_arrival() {
    if (form_.day_curve.empty()) {
      time_ += draw_exponential(arrivals_, form_.every);
      return;
    }
    std::int64_t sum = 0;
    std::int64_t most = 0;
    for (const std::uint32_t weight : form_.day_curve) {
      sum += weight;
      most = std::max<std::int64_t>(most, weight);
    }
    const std::int64_t in_busiest = form_.every.count() / (most * 24) * sum +
                                    form_.every.count() % (most * 24) * sum / (most * 24);
    const base::Duration every(std::max<std::int64_t>(in_busiest, 1));
    while (true) {
      time_ += draw_exponential(arrivals_, every);
      const auto hour = static_cast<std::size_t>(time_.count() / us_per_hour) % hours_of_day;
      if (arrivals_.chance(form_.day_curve[hour], static_cast<std::uint64_t>(most))) return;
    }
  }

  TraceJob job(std::uint32_t number) {
    const std::size_t kind = draw_weighted(kinds_, mix_weights_);
    const JobMix& mix = mix_[kind];
    TraceJob job;
    job.number = number;
    job.submit = down_to(time_, us_per_second);
    job.job_class = static_cast<std::uint32_t>(kind);
    job.tenant = static_cast<std::uint32_t>(draw_weighted(tenants_, tenant_weights_));
    job.user = job.tenant;
    job.priority = mix.priority;
    job.nodes = mix.nodes;
    job.cpus_milli = mix.cpus * milli;
    job.memory_bytes = mix.memory.range.least;
    if (mix.devices) {
      const model::DeviceCount& device = mix.devices->counts.front();
      job.devices_milli = device.count * mix.devices->device_milli;
      job.device_models = {number_of_model(device.model)};
      for (const std::string& other : mix.also_on) {
        job.device_models.push_back(number_of_model(other));
      }
    }
    const std::int64_t run =
        draw_log_uniform(lengths_, mix.run_time.least.count(), mix.run_time.most.count());
    job.run_time = up_to(base::Duration(run), us_per_second);
    if (form_.limit_percent.least > 0) {
      const std::int64_t least = form_.limit_percent.least;
      const std::int64_t percent =
          draw_log_uniform(lengths_, least, form_.limit_percent.most.value_or(least));
      job.time_limit = up_to(base::Duration(job.run_time.count() / 100 * percent), us_per_minute);
    }
    return job;
  }

  const SyntheticForm& form_;
  base::Random arrivals_, kinds_, lengths_, tenants_;
  std::vector<JobMix> mix_;
  std::vector<std::uint64_t> mix_weights_, tenant_weights_;
  base::Duration time_{};
  Workload work_;
};

}  // namespace

Workload make_workload(const SyntheticForm& form, base::Random random) {
  return Maker(form, random).make();
}

}  // namespace weir::twin
