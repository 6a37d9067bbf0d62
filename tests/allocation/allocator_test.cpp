// Each policy of shares by its own law, on questions that are made up.
#include "allocation/allocator.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "allocation/fair_shares.h"
#include "allocation/linear_program.h"
#include "allocation/queues.h"
#include "base/random.h"

namespace weir::allocation {
namespace {

using model::ShareRule;
using model::SharesQuestion;

constexpr double close = 1e-4;

model::JobId id_of(std::size_t job) { return model::JobId{job + 1}; }

// Up to 12 jobs of 4 classes on up to three models; some run on one model alone.
SharesQuestion made_up(base::Random& random, ShareRule rule, std::uint32_t devices_most) {
  SharesQuestion question;
  question.rules.turns = model::TurnRule::shares;
  question.rules.shares = rule;
  question.now = base::time_from_us(1'000'000'000'000);
  const auto models = 1 + random.below(3);
  for (std::uint64_t model = 0; model < models; ++model) {
    question.models.push_back(
        {"m" + std::to_string(model), static_cast<std::uint32_t>(1 + random.below(8))});
  }
  std::map<std::uint64_t, std::vector<std::int64_t>> rates;
  const auto jobs = 1 + random.below(12);
  for (std::uint64_t job = 0; job < jobs; ++job) {
    const std::uint64_t kind = random.below(4);
    auto& of_kind = rates[kind];
    while (of_kind.size() < models) {
      const bool runs = of_kind.empty() || random.below(4) > 0;
      of_kind.push_back(runs ? random.between(100'000, 50'000'000) : 0);
    }
    SharesQuestion::Job& each = question.jobs.emplace_back();
    each.job = id_of(job);
    each.job_class = "class " + std::to_string(kind);
    each.devices = devices_most == 1 ? 1U : 1U << random.below(3);
    each.submitted = question.now - base::Duration(random.between(0, 100'000'000'000));
    each.left_micro = random.between(1'000'000, 100'000'000'000);
    each.rates_micro = of_kind;
    if (each.devices > 1) each.job_class += " on " + std::to_string(each.devices);
  }
  return question;
}

using Parts = std::map<std::size_t, Row>;  // by job, then model

Parts alone_parts(const SharesQuestion& question, const std::vector<model::Share>& shares) {
  Parts parts;
  for (const model::Share& share : shares) {
    if (share.with.value != 0) continue;
    parts[share.job.value - 1].push_back(static_cast<double>(share.parts) /
                                         static_cast<double>(model::whole_share));
  }
  EXPECT_EQ(parts.size(), question.jobs.size());
  return parts;
}

void nobody_has_more_than_there_is(const SharesQuestion& question, const Parts& parts) {
  for (std::size_t model = 0; model < question.models.size(); ++model) {
    double used = 0;
    for (const auto& [job, row] : parts) used += row[model] * question.jobs[job].devices;
    RC_ASSERT(used <= question.models[model].devices + close);
  }
  for (const auto& [job, row] : parts) {
    RC_ASSERT(std::accumulate(row.begin(), row.end(), 0.0) <= 1 + close);
  }
}

double rate_of(const SharesQuestion::Job& job, const Row& row) {
  double rate = 0;
  for (std::size_t model = 0; model < row.size(); ++model) {
    rate += static_cast<double>(job.rates_micro[model]) / 1e6 * row[model];
  }
  return rate;
}
double mean_rate(const SharesQuestion::Job& job) {
  double all = 0;
  for (const std::int64_t rate : job.rates_micro) all += static_cast<double>(rate) / 1e6;
  return all / static_cast<double>(job.rates_micro.size());
}

// True if shares exist under which every job goes at `least` of it or quicker.
bool all_can_go_at(const SharesQuestion& question, const std::vector<double>& least) {
  LinearProgram program;
  std::vector<int> time, speed, devices;
  for (std::size_t job = 0; job < question.jobs.size(); ++job) {
    time.push_back(program.add_row(-LinearProgram::no_bound, 1));
    speed.push_back(program.add_row(0, LinearProgram::no_bound));
  }
  for (const auto& model : question.models) {
    devices.push_back(program.add_row(-LinearProgram::no_bound, model.devices));
  }
  std::vector<std::pair<int, double>> all;
  for (const int row : speed) all.emplace_back(row, -1);
  program.add_column(1, all);
  for (std::size_t job = 0; job < question.jobs.size(); ++job) {
    for (std::size_t model = 0; model < question.models.size(); ++model) {
      const double rate = static_cast<double>(question.jobs[job].rates_micro[model]) / 1e6;
      program.add_column(0, {{time[job], 1},
                             {speed[job], rate / least[job]},
                             {devices[model], question.jobs[job].devices}});
    }
  }
  const std::vector<double> values = program.most_worth();
  RC_ASSERT(!values.empty());  // a solver that gives up proves nothing
  return values.front() >= 1;
}

// No job's normalised throughput can rise above the least there is without lowering another's that
// is no larger: a little more for everybody is out of reach.
RC_GTEST_PROP(MaxMin, the_least_is_as_high_as_can_be, (std::uint64_t seed)) {
  base::Random random{seed};
  const SharesQuestion question = made_up(random, ShareRule::max_min, 4);
  Allocator allocator({}, 1);
  const Parts parts = alone_parts(question, allocator.share_out(question));
  nobody_has_more_than_there_is(question, parts);
  double least = HUGE_VAL;
  for (const auto& [job, row] : parts) {
    const auto& asked = question.jobs[job];
    least = std::min(least, rate_of(asked, row) * asked.devices / mean_rate(asked));
  }
  std::vector<double> more;
  std::vector<double> less;
  for (const auto& asked : question.jobs) {
    more.push_back(1.01 * least * mean_rate(asked) / asked.devices);
    less.push_back(0.99 * least * mean_rate(asked) / asked.devices);
  }
  RC_ASSERT(least > 0);
  RC_ASSERT(all_can_go_at(question, less));
  RC_ASSERT(!all_can_go_at(question, more));
}

RC_GTEST_PROP(MaxMin, those_that_are_alike_get_the_same, (std::uint64_t seed)) {
  base::Random random{seed};
  const SharesQuestion question = made_up(random, ShareRule::max_min, 4);
  Allocator allocator({}, 1);
  const Parts parts = alone_parts(question, allocator.share_out(question));
  for (std::size_t a = 0; a < question.jobs.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const bool alike = question.jobs[a].job_class == question.jobs[b].job_class &&
                         question.jobs[a].devices == question.jobs[b].devices;
      if (alike) RC_ASSERT(parts.at(a) == parts.at(b));
    }
  }
}

// The worst ratio of a job's time to that on an equal share cannot be lower by a hundredth.
RC_GTEST_PROP(FinishTimeFairness, the_worst_ratio_is_as_low_as_can_be, (std::uint64_t seed)) {
  base::Random random{seed};
  const SharesQuestion question = made_up(random, ShareRule::finish_time, 4);
  Allocator allocator({}, 1);
  const Parts parts = alone_parts(question, allocator.share_out(question));
  nobody_has_more_than_there_is(question, parts);
  double worst = 0;
  std::vector<double> alone_s;
  const auto age_s = [&](const auto& asked) {
    return static_cast<double>(base::to_us(question.now - asked.submitted)) / 1e6;
  };
  const auto left = [](const auto& asked) { return static_cast<double>(asked.left_micro) / 1e6; };
  for (const auto& [job, row] : parts) {
    const auto& asked = question.jobs[job];
    Row equal;
    for (const auto& model : question.models) {
      equal.push_back(static_cast<double>(model.devices) /
                      static_cast<double>(question.jobs.size()) / asked.devices);
    }
    const double sum = std::accumulate(equal.begin(), equal.end(), 0.0);
    for (double& part : equal) part /= std::max(sum, 1.0);
    alone_s.push_back(left(asked) / rate_of(asked, equal));
    worst = std::max(worst, (age_s(asked) + left(asked) / rate_of(asked, row)) / alone_s[job]);
  }
  std::vector<double> quicker;
  for (std::size_t job = 0; job < question.jobs.size(); ++job) {
    const double time_s = 0.99 * worst * alone_s[job] - age_s(question.jobs[job]);
    if (time_s <= 0) return;  // nothing could be as quick as that
    quicker.push_back(left(question.jobs[job]) / time_s);
  }
  RC_ASSERT(!all_can_go_at(question, quicker));
}

// All is done within the 5% of the least time to which the search goes, and half of that again is
// out of reach.
RC_GTEST_PROP(Makespan, all_is_done_nearly_as_early_as_can_be, (std::uint64_t seed)) {
  base::Random random{seed};
  const SharesQuestion question = made_up(random, ShareRule::makespan, 4);
  Allocator allocator({}, 1);
  const Parts parts = alone_parts(question, allocator.share_out(question));
  nobody_has_more_than_there_is(question, parts);
  double last_s = 0;
  for (const auto& [job, row] : parts) {
    const auto& asked = question.jobs[job];
    last_s = std::max(last_s, static_cast<double>(asked.left_micro) / 1e6 / rate_of(asked, row));
  }
  std::vector<double> quicker;
  for (const auto& asked : question.jobs) {
    quicker.push_back(static_cast<double>(asked.left_micro) / 1e6 / (last_s / 1.2));
  }
  if (last_s > 200) RC_ASSERT(!all_can_go_at(question, quicker));
}

// A small assignment costs no more than the best of all orders.
RC_GTEST_PROP(AlloX, an_assignment_costs_the_least, (std::uint64_t seed)) {
  base::Random random{seed};
  const auto rows = static_cast<std::size_t>(1 + random.below(4));
  const auto columns = rows + static_cast<std::size_t>(random.below(4));
  std::vector<double> cost;
  for (std::size_t i = 0; i < rows * columns; ++i) {
    cost.push_back(static_cast<double>(random.below(50)));
  }
  const std::vector<std::size_t> column_of = assign(rows, columns, cost);
  double sum = 0;
  for (std::size_t row = 0; row < rows; ++row) sum += cost[row * columns + column_of[row]];
  std::vector<std::size_t> order(columns);
  std::iota(order.begin(), order.end(), std::size_t{0});
  double least = HUGE_VAL;
  do {
    double other = 0;
    for (std::size_t row = 0; row < rows; ++row) other += cost[row * columns + order[row]];
    least = std::min(least, other);
  } while (std::next_permutation(order.begin(), order.end()));
  RC_ASSERT(sum == least);
}

// On one device the shortest goes first; on several, whoever has one keeps it.
TEST(AlloX, on_one_device_the_shortest_goes_first) {
  SharesQuestion question;
  question.rules.shares = ShareRule::allox;
  question.models = {{"m", 1}};
  for (const std::int64_t left : {30, 10, 20}) {
    SharesQuestion::Job& job = question.jobs.emplace_back();
    job.job = id_of(question.jobs.size() - 1);
    job.left_micro = left * 1'000'000;
    job.rates_micro = {1'000'000};
  }
  Allocator allocator({}, 1);
  const Parts parts = alone_parts(question, allocator.share_out(question));
  EXPECT_EQ(parts.at(0).front(), 0);
  EXPECT_EQ(parts.at(1).front(), 1);
  EXPECT_EQ(parts.at(2).front(), 0);
  question.jobs[2].left_micro = 1;
  EXPECT_EQ(alone_parts(question, allocator.share_out(question)).at(1).front(), 1);
}

// Nobody has a place while somebody who came before it, and asks for no more, has none.
RC_GTEST_PROP(Arrival, who_comes_first_is_served_first, (std::uint64_t seed)) {
  base::Random random{seed};
  SharesQuestion question = made_up(random, ShareRule::arrival, 4);
  for (auto& job : question.jobs) {
    for (std::int64_t& rate : job.rates_micro) rate = std::max<std::int64_t>(rate, 1'000'000);
  }
  Allocator allocator({}, 1);
  const Parts parts = alone_parts(question, allocator.share_out(question));
  nobody_has_more_than_there_is(question, parts);
  bool somebody_waits = false;
  for (const auto& [job, row] : parts) {
    const bool has_a_place = std::accumulate(row.begin(), row.end(), 0.0) > 0.5;
    RC_ASSERT(!(has_a_place && somebody_waits));
    somebody_waits = somebody_waits || !has_a_place;
  }
}

// Everybody is alone or with exactly one other, of as many devices, and all groups get the same.
RC_GTEST_PROP(Gandiva, jobs_go_two_by_two, (std::uint64_t seed)) {
  base::Random random{seed};
  SharesQuestion question = made_up(random, ShareRule::gandiva, 1);
  question.rules.pairs = true;
  model::ThroughputTable rates;
  for (const auto& model : question.models) {
    for (int a = 0; a < 4; ++a) {
      for (int b = 0; b < 4; ++b) {
        rates.rates.push_back({"class " + std::to_string(a), model.device_model, 1, 20'000'000,
                               model::RateBasis::measured, "", "class " + std::to_string(b)});
      }
    }
  }
  Allocator allocator(rates, seed);
  std::map<model::JobId, int> groups_of;
  for (const model::Share& share : allocator.share_out(question)) {
    if (share.parts == 0 || share.device_model != "m0") continue;
    ++groups_of[share.job];
    if (share.with.value != 0) ++groups_of[share.with];
  }
  for (const auto& job : question.jobs) RC_ASSERT(groups_of[job.job] == 1);
}

}  // namespace
}  // namespace weir::allocation
