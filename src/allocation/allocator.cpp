#include "allocation/allocator.h"

#include <cmath>

#include "allocation/fair_shares.h"
#include "allocation/queues.h"

namespace weir::allocation {

struct Allocator::Policies {
  Policies(const model::ThroughputTable& table, std::uint64_t seed)
      : rates(table), arrival(seed), gandiva(seed) {}

  Question read(const model::SharesQuestion& asked) {
    std::vector<std::string> names;
    for (const auto& model : asked.models) names.push_back(model.device_model);
    if (names != models) {
      models = names;
      beside = schedule::BesideRates(names);
    }
    Question question{asked, rates, beside, {}};
    for (const auto& job : asked.jobs) {
      question.kinds.push_back(beside.kind_of(job.job_class, job.devices));
    }
    return question;
  }

  Answer answer(const Question& question) {
    switch (question.asked.rules.shares) {
      case model::ShareRule::equal:
        return equal_shares(question);
      case model::ShareRule::arrival:
        return arrival.answer(question);
      case model::ShareRule::max_min:
        return max_min(question);
      case model::ShareRule::finish_time:
        return finish_time.answer(question);
      case model::ShareRule::makespan:
        return makespan(question);
      case model::ShareRule::allox:
        return allox.answer(question);
      case model::ShareRule::gandiva:
        return gandiva.answer(question);
    }
    return equal_shares(question);
  }

  schedule::Throughputs rates;
  schedule::BesideRates beside;
  std::vector<std::string> models;
  Arrival arrival;
  AlloX allox;
  Gandiva gandiva;
  FinishTime finish_time;
};

Allocator::Allocator(const model::ThroughputTable& rates, std::uint64_t seed)
    : policies_(std::make_unique<Policies>(rates, seed)) {}
Allocator::~Allocator() = default;

std::vector<model::Share> Allocator::share_out(const model::SharesQuestion& question) {
  const Answer answer = policies_->answer(policies_->read(question));
  std::vector<model::Share> shares;
  // Two that get hardly anything together are left out: there are very many of them.
  constexpr double hardly = 1e-6;
  const auto counts = [&](const Row& parts) {
    return std::any_of(parts.begin(), parts.end(), [&](double part) { return part > hardly; });
  };
  const auto add = [&](std::size_t job, model::JobId with, const Row& parts) {
    for (std::size_t model = 0; model < parts.size(); ++model) {
      const double part = std::clamp(parts[model], 0.0, 1.0);
      shares.push_back({question.jobs[job].job, with, question.models[model].device_model,
                        std::llround(part * static_cast<double>(model::whole_share))});
    }
  };
  auto pair = answer.pairs.begin();
  for (const auto& [job, parts] : answer.alone) {
    add(job, {}, parts);
    for (; pair != answer.pairs.end() && pair->first.first == job; ++pair) {
      if (counts(pair->second)) add(job, question.jobs[pair->first.second].job, pair->second);
    }
  }
  return shares;
}

}  // namespace weir::allocation
