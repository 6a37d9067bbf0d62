// A question about shares as the policies see it, and what they answer. Private to this room.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "model/rounds.h"
#include "schedule/beside.h"
#include "schedule/throughput.h"

namespace weir::allocation {

using Row = std::vector<double>;  // by model of device

struct Question {
  const model::SharesQuestion& asked;
  const schedule::Throughputs& rates;
  schedule::BesideRates& beside;
  std::vector<std::uint32_t> kinds;  // of each job, by `beside`

  [[nodiscard]] std::size_t models() const { return asked.models.size(); }
  [[nodiscard]] std::size_t jobs() const { return asked.jobs.size(); }
  [[nodiscard]] const model::SharesQuestion::Job& job(std::size_t index) const {
    return asked.jobs[index];
  }
  // A job's number here; none: it has gone.
  [[nodiscard]] std::optional<std::size_t> index_of(model::JobId id) const {
    const auto at =
        std::lower_bound(asked.jobs.begin(), asked.jobs.end(), id,
                         [](const auto& each, model::JobId other) { return each.job < other; });
    if (at == asked.jobs.end() || at->job != id) return std::nullopt;
    return static_cast<std::size_t>(at - asked.jobs.begin());
  }
  [[nodiscard]] double gpus(std::size_t model) const { return asked.models[model].devices; }
  [[nodiscard]] double all_gpus() const {
    double all = 0;
    for (std::size_t model = 0; model < models(); ++model) all += gpus(model);
    return all;
  }
  [[nodiscard]] double scale(std::size_t index) const { return job(index).devices; }
  // Steps a second.
  [[nodiscard]] double rate(std::size_t index, std::size_t model) const {
    return static_cast<double>(job(index).rates_micro[model]) / 1e6;
  }
  [[nodiscard]] double left(std::size_t index) const {
    return static_cast<double>(job(index).left_micro) / 1e6;
  }
  [[nodiscard]] double age_s(std::size_t index) const {
    return static_cast<double>(base::to_us(asked.now - job(index).submitted)) / 1e6;
  }
  // What a job gets of each model where `sharers` of them get the same: as much of its time as its
  // part of the devices comes to, and no more than all of it.
  [[nodiscard]] Row equal_share(std::size_t index, std::size_t sharers) const {
    Row parts;
    double sum = 0;
    for (std::size_t model = 0; model < models(); ++model) {
      parts.push_back(gpus(model) / static_cast<double>(sharers) / scale(index));
      sum += parts.back();
    }
    if (sum > 1) {
      for (double& part : parts) part /= sum;
    }
    return parts;
  }
  [[nodiscard]] double throughput(std::size_t index, const Row& parts) const {
    double all = 0;
    for (std::size_t model = 0; model < models(); ++model) all += rate(index, model) * parts[model];
    return all;
  }
  // Beside each other; none: they are not known to run so.
  [[nodiscard]] std::optional<std::pair<double, double>> rates_beside(std::size_t first,
                                                                      std::size_t second,
                                                                      std::size_t model) const {
    const std::int64_t one = beside.rates(rates, kinds[first], kinds[second])[model];
    const std::int64_t other = beside.rates(rates, kinds[second], kinds[first])[model];
    if (one == 0) return std::nullopt;
    return std::pair(static_cast<double>(one) / 1e6, static_cast<double>(other) / 1e6);
  }
};

// Parts of time by job and, in pairs, by two: the one with the lower number first.
struct Answer {
  std::map<std::size_t, Row> alone;
  std::map<std::pair<std::size_t, std::size_t>, Row> pairs;
};

}  // namespace weir::allocation
