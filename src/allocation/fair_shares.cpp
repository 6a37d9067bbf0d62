#include "allocation/fair_shares.h"

#include <cmath>
#include <optional>
#include <string>
#include <tuple>

#include "allocation/linear_program.h"

namespace weir::allocation {

namespace {

// Jobs that are alike to a policy.
struct Kinds {
  std::vector<std::size_t> kind_of;  // by job
  std::vector<std::size_t> first;    // a job of each
  std::vector<double> jobs;          // of each
};

template <typename KeyOf>
Kinds kinds_by(const Question& question, const KeyOf& key_of) {
  Kinds kinds;
  std::map<decltype(key_of(std::size_t{0})), std::size_t> known;
  for (std::size_t job = 0; job < question.jobs(); ++job) {
    const auto [at, fresh] = known.try_emplace(key_of(job), kinds.first.size());
    if (fresh) {
      kinds.first.push_back(job);
      kinds.jobs.push_back(0);
    }
    kinds.kind_of.push_back(at->second);
    kinds.jobs[at->second] += 1;
  }
  return kinds;
}

Kinds each_its_own(const Question& question) {
  return kinds_by(question, [](std::size_t job) { return job; });
}

// max t: each kind is served at t or more, no job for more than all of its time, and no model for
// more than its devices. Each column is the part of one job, or of one pair.
class ShareProgram {
 public:
  // `with_t` false: the rows of service are at least 1 instead, and nothing is better than another.
  ShareProgram(const Question& question, const Kinds& kinds, bool with_t)
      : question_(question), kinds_(kinds) {
    for (std::size_t kind = 0; kind < kinds.first.size(); ++kind) {
      time_.push_back(program_.add_row(-LinearProgram::no_bound, 1));
      service_.push_back(program_.add_row(with_t ? 0 : 1, LinearProgram::no_bound));
    }
    for (std::size_t model = 0; model < question.models(); ++model) {
      devices_.push_back(program_.add_row(-LinearProgram::no_bound, question.gpus(model)));
    }
    if (!with_t) return;
    std::vector<std::pair<int, double>> all;
    for (const int row : service_) all.emplace_back(row, -1);
    t_ = program_.add_column(1, all);
  }

  void add_alone(std::size_t kind, std::size_t model, double service) {
    const double scale = question_.scale(kinds_.first[kind]);
    columns_[{kind, no_kind, model}] =
        program_.add_column(0, {{time_[kind], 1},
                                {service_[kind], service},
                                {devices_[model], scale * kinds_.jobs[kind]}});
  }
  // One job of each; each is in as many pairs of the sort as there are jobs of the other.
  void add_pair(std::size_t a, std::size_t b, std::size_t model, double of_a, double of_b) {
    const double scale = question_.scale(kinds_.first[a]);
    const double jobs_a = kinds_.jobs[a];
    const double jobs_b = kinds_.jobs[b];
    std::vector<std::pair<int, double>> elements;
    if (a == b) {
      const double others = jobs_a - 1;
      elements = {{time_[a], others},
                  {service_[a], others * (of_a + of_b) / 2},
                  {devices_[model], scale * jobs_a * others / 2}};
    } else {
      elements = {{time_[a], jobs_b},
                  {service_[a], jobs_b * of_a},
                  {time_[b], jobs_a},
                  {service_[b], jobs_a * of_b},
                  {devices_[model], scale * jobs_a * jobs_b}};
    }
    columns_[{a, b, model}] = program_.add_column(0, elements);
  }

  bool solve() {
    values_ = program_.most_worth();
    return !values_.empty();
  }
  [[nodiscard]] double t() const { return values_[static_cast<std::size_t>(t_)]; }
  [[nodiscard]] double part(std::size_t a, std::size_t b, std::size_t model) const {
    const auto at = columns_.find({a, b, model});
    if (at == columns_.end()) return 0;
    return std::min(values_[static_cast<std::size_t>(at->second)], 1.0);
  }

  static constexpr std::size_t no_kind = static_cast<std::size_t>(-1);

 private:
  const Question& question_;
  const Kinds& kinds_;
  LinearProgram program_;
  std::vector<int> time_, service_, devices_;
  int t_ = 0;
  std::map<std::tuple<std::size_t, std::size_t, std::size_t>, int> columns_;
  std::vector<double> values_;
};

Answer answer_of(const Question& question, const Kinds& kinds, const ShareProgram& program) {
  Answer answer;
  for (std::size_t job = 0; job < question.jobs(); ++job) {
    Row& row = answer.alone[job];
    for (std::size_t model = 0; model < question.models(); ++model) {
      row.push_back(program.part(kinds.kind_of[job], ShareProgram::no_kind, model));
    }
    if (!question.asked.rules.pairs) continue;
    for (std::size_t other = job + 1; other < question.jobs(); ++other) {
      const auto [a, b] = std::minmax(kinds.kind_of[job], kinds.kind_of[other]);
      Row parts;
      bool runs = false;
      for (std::size_t model = 0; model < question.models(); ++model) {
        runs = runs || question.rates_beside(job, other, model).has_value();
        parts.push_back(program.part(a, b, model));
      }
      if (runs) answer.pairs[{job, other}] = std::move(parts);
    }
  }
  return answer;
}

double mean_rate(const Question& question, std::size_t job) {
  double all = 0;
  for (std::size_t model = 0; model < question.models(); ++model) all += question.rate(job, model);
  return all / static_cast<double>(question.models());
}

}  // namespace

Answer equal_shares(const Question& question) {
  Answer answer;
  for (std::size_t job = 0; job < question.jobs(); ++job) {
    answer.alone[job] = question.equal_share(job, question.jobs());
  }
  return answer;
}

Answer max_min(const Question& question) {
  const bool unlike = question.asked.rules.unlike;
  const Kinds kinds = kinds_by(question, [&](std::size_t job) {
    const auto& asked = question.job(job);
    return std::pair(asked.devices, unlike ? asked.job_class : std::string());
  });
  ShareProgram program(question, kinds, true);
  for (std::size_t a = 0; a < kinds.first.size(); ++a) {
    const std::size_t job = kinds.first[a];
    const double scale = question.scale(job);
    const double mean = mean_rate(question, job);
    for (std::size_t model = 0; model < question.models(); ++model) {
      const double rate = unlike ? question.rate(job, model) / mean : 1;
      if (question.rate(job, model) > 0) program.add_alone(a, model, rate * scale);
    }
    for (std::size_t b = a; b < kinds.first.size() && question.asked.rules.pairs; ++b) {
      if (a == b && kinds.jobs[a] < 2) continue;
      const std::size_t other = kinds.first[b];
      for (std::size_t model = 0; model < question.models(); ++model) {
        const auto both = question.rates_beside(job, other, model);
        if (!both) continue;
        program.add_pair(a, b, model, both->first * scale / mean,
                         both->second * scale / mean_rate(question, other));
      }
    }
  }
  if (!program.solve()) return equal_shares(question);
  return answer_of(question, kinds, program);
}

Answer makespan(const Question& question) {
  const Kinds kinds = each_its_own(question);
  constexpr double unit_s = 1e5;  // so that the numbers are near 1
  const auto solved_for = [&](double time_s, bool with_t) {
    ShareProgram program(question, kinds, with_t);
    for (std::size_t job = 0; job < question.jobs(); ++job) {
      for (std::size_t model = 0; model < question.models(); ++model) {
        const double rate = question.rate(job, model);
        if (rate > 0) program.add_alone(job, model, rate * time_s / question.left(job));
      }
    }
    const bool good = program.solve();
    return std::pair(good, std::move(program));
  };
  const auto [good, best] = solved_for(unit_s, true);
  if (!good || best.t() <= 0) return equal_shares(question);
  const double least_s = unit_s / best.t();
  // Gavel halves the interval until its ends are within 5% of each other.
  double low = 100;
  double high = 1e6;
  double last_high = high;
  double found = 0;
  while (found == 0) {
    while (1.05 * low < high) {
      const double middle = (low + high) / 2;
      if (middle >= least_s) {
        found = high = middle;
      } else {
        low = middle;
      }
    }
    low = last_high;
    high = last_high *= 10;
  }
  const auto [feasible, shares] = solved_for(found, false);
  return answer_of(question, kinds, feasible ? shares : best);
}

Answer FinishTime::answer(const Question& question) {
  const std::size_t jobs = question.jobs();
  std::vector<double> alone_s(jobs);  // from submission to end, on an equal share all along
  double worst = 0;                   // the ratio that equal shares give
  for (std::size_t job = 0; job < jobs; ++job) {
    const double equal = question.throughput(job, question.equal_share(job, jobs));
    const auto [at, fresh] = past_.try_emplace(question.job(job).job);
    Past& past = at->second;
    const double left = question.left(job);
    if (!fresh) past.on_equal_share_s += (past.left - left) / past.equal_rate;
    past.left = left;
    past.equal_rate = equal;
    alone_s[job] = past.on_equal_share_s + left / equal;
    worst = std::max(worst, (question.age_s(job) + left / equal) / alone_s[job]);
  }
  std::erase_if(past_, [&](const auto& entry) { return !question.index_of(entry.first); });
  const Kinds kinds = each_its_own(question);
  // How far above a ratio all can be, by the most t; none: somebody is above it already.
  const auto program_for = [&](double ratio) -> std::optional<ShareProgram> {
    ShareProgram program(question, kinds, true);
    for (std::size_t job = 0; job < jobs; ++job) {
      const double time_left_s = ratio * alone_s[job] - question.age_s(job);
      if (time_left_s <= 0) return std::nullopt;
      for (std::size_t model = 0; model < question.models(); ++model) {
        const double rate = question.rate(job, model);
        if (rate > 0) program.add_alone(job, model, rate * time_left_s / question.left(job));
      }
    }
    if (!program.solve()) return std::nullopt;
    return program;
  };
  // The least ratio with t at 1 or more, between what each needs alone and equal shares: by the
  // line between the ends, of which one that stays counts half the next time (Dowell & Jarratt
  // 1971, "Illinois").
  double low = 0;
  for (std::size_t job = 0; job < jobs; ++job) {
    double quickest = 0;
    for (std::size_t model = 0; model < question.models(); ++model) {
      quickest = std::max(quickest, question.rate(job, model));
    }
    low = std::max(low, (question.age_s(job) + question.left(job) / quickest) / alone_s[job]);
  }
  double high = worst;
  std::optional<double> below;  // t - 1 at the ends, where known
  std::optional<double> above;
  bool was_above = false;
  Answer best = equal_shares(question);
  constexpr int tries_most = 40;
  constexpr double near = 1e-3;
  for (int i = 0; i < tries_most && high - low > near * high; ++i) {
    double ratio = (low + high) / 2;
    if (below && above) ratio = low + (high - low) * *below / (*below - *above);
    if (i == 0 && last_ratio_ > low && last_ratio_ < high) ratio = last_ratio_;
    auto program = program_for(ratio);
    if (program && program->t() >= 1) {
      if (was_above && below) below = *below / 2;
      was_above = true;
      high = ratio;
      above = program->t() - 1;
      best = answer_of(question, kinds, *program);
    } else {
      if (!was_above && above) above = *above / 2;
      was_above = false;
      low = ratio;
      below.reset();
      if (program) below = program->t() - 1;
    }
  }
  last_ratio_ = high;
  return best;
}

}  // namespace weir::allocation
