#include "allocation/queues.h"

#include <limits>
#include <numeric>

namespace weir::allocation {

namespace {

// All of the time of those that have a model, and none for the rest.
Answer whole_shares(const Question& question, const std::map<model::JobId, std::size_t>& model_of) {
  Answer answer;
  for (std::size_t job = 0; job < question.jobs(); ++job) {
    Row& row = answer.alone[job];
    row.assign(question.models(), 0);
    const auto at = model_of.find(question.job(job).job);
    if (at != model_of.end()) row[at->second] = 1;
  }
  return answer;
}

}  // namespace

// ---- first come, first served

// Whose job has ended leaves its place to the first in the queue, if that has room there.
void Arrival::keep_those_before(const Question& question, std::vector<double>& left,
                                std::vector<std::size_t>& queue) {
  std::size_t next = 0;
  const auto before = model_of_;
  for (const auto& [id, model] : before) {
    if (const auto job = question.index_of(id)) {
      left[model] -= question.scale(*job);
      continue;
    }
    model_of_.erase(id);
    if (next == queue.size() || question.scale(queue[next]) > left[model]) continue;
    if (question.rate(queue[next], model) <= 0) continue;
    model_of_[question.job(queue[next]).job] = model;
    left[model] -= question.scale(queue[next]);
    ++next;
  }
  queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(next));
}

Answer Arrival::answer(const Question& question) {
  const bool unlike = question.asked.rules.unlike;
  if (unlike) model_of_.clear();
  std::vector<double> left;
  for (std::size_t model = 0; model < question.models(); ++model) {
    left.push_back(question.gpus(model));
  }
  std::vector<std::size_t> queue;
  for (std::size_t job = 0; job < question.jobs(); ++job) {
    if (!model_of_.contains(question.job(job).job)) queue.push_back(job);
  }
  keep_those_before(question, left, queue);
  std::vector<std::size_t> models;
  for (std::size_t model = 0; model < left.size(); ++model) {
    if (left[model] > 0) models.push_back(model);
  }
  for (const std::size_t job : queue) {
    std::vector<std::size_t> with_room;  // in `models`
    for (std::size_t i = 0; i < models.size(); ++i) {
      if (left[models[i]] >= question.scale(job)) with_room.push_back(i);
    }
    if (with_room.empty()) break;
    std::size_t drawn = with_room.front();
    std::size_t taken = models[drawn];
    if (unlike) {
      for (const std::size_t i : with_room) {
        if (question.rate(job, models[i]) <= question.rate(job, taken)) continue;
        drawn = i;
        taken = models[i];
      }
    } else {
      drawn = with_room[static_cast<std::size_t>(random_.below(with_room.size()))];
      taken = models.back();
    }
    if (question.rate(job, taken) <= 0) continue;
    model_of_[question.job(job).job] = taken;
    left[taken] -= question.scale(job);
    if (left[taken] == 0) models.erase(models.begin() + static_cast<std::ptrdiff_t>(drawn));
    if (models.empty()) break;
  }
  return whole_shares(question, model_of_);
}

// ---- AlloX

Answer AlloX::answer(const Question& question) {
  std::erase_if(model_of_, [&](const auto& entry) { return !question.index_of(entry.first); });
  std::vector<std::size_t> places;  // the model of each device that nobody has
  for (std::size_t model = 0; model < question.models(); ++model) {
    const auto held = std::count_if(model_of_.begin(), model_of_.end(),
                                    [&](const auto& entry) { return entry.second == model; });
    const auto devices = static_cast<std::ptrdiff_t>(question.gpus(model));
    for (std::ptrdiff_t i = held; i < devices; ++i) places.push_back(model);
  }
  std::vector<std::size_t> waiting;
  for (std::size_t job = 0; job < question.jobs(); ++job) {
    if (!model_of_.contains(question.job(job).job)) waiting.push_back(job);
  }
  std::stable_sort(waiting.begin(), waiting.end(), [&](std::size_t a, std::size_t b) {
    return question.age_s(a) > question.age_s(b);
  });
  const std::size_t rows = waiting.size();
  const std::size_t count = places.size();
  if (rows == 0 || count == 0) return whole_shares(question, model_of_);
  std::vector<double> cost(rows * rows * count);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t place = 0; place < count; ++place) {
      constexpr double hardly = 1e-10;  // instead of a rate of 0
      const double rate = std::max(question.rate(waiting[row], places[place]), hardly);
      const double time_s = question.left(waiting[row]) / rate;
      for (std::size_t turn = 0; turn < rows; ++turn) {
        cost[row * rows * count + turn * count + place] =
            static_cast<double>(turn + 1) * time_s + question.age_s(waiting[row]);
      }
    }
  }
  const std::vector<std::size_t> column_of = assign(rows, rows * count, cost);
  // The one with the most behind it goes first on its device.
  std::vector<std::optional<std::size_t>> first(count);
  for (std::size_t row = 0; row < rows; ++row) {
    std::optional<std::size_t>& here = first[column_of[row] % count];
    if (!here || column_of[*here] / count < column_of[row] / count) here = row;
  }
  for (std::size_t place = 0; place < count; ++place) {
    if (first[place]) model_of_[question.job(waiting[*first[place]]).job] = places[place];
  }
  return whole_shares(question, model_of_);
}

std::vector<std::size_t> assign(std::size_t rows, std::size_t columns,
                                const std::vector<double>& cost) {
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  constexpr double far = std::numeric_limits<double>::infinity();
  std::vector<double> of_row(rows, 0), of_column(columns, 0), shortest(columns);
  std::vector<std::size_t> from(columns, none), column_of(rows, none), row_of(columns, none);
  std::vector<std::size_t> open(columns);
  for (std::size_t current = 0; current < rows; ++current) {
    // Those that nobody has come first among equals, the last of them before the others.
    for (std::size_t i = 0; i < columns; ++i) open[i] = columns - i - 1;
    std::fill(shortest.begin(), shortest.end(), far);
    std::vector<std::size_t> seen_rows, seen_columns;
    double so_far = 0;
    std::size_t row = current;
    std::size_t sink = none;
    while (sink == none) {
      seen_rows.push_back(row);
      double lowest = far;
      std::size_t at = none;
      for (std::size_t i = 0; i < open.size(); ++i) {
        const std::size_t column = open[i];
        const double reached =
            so_far + cost[row * columns + column] - of_row[row] - of_column[column];
        if (reached < shortest[column]) {
          from[column] = row;
          shortest[column] = reached;
        }
        const bool as_low = shortest[column] == lowest && row_of[column] == none;
        if (shortest[column] < lowest || as_low) {
          lowest = shortest[column];
          at = i;
        }
      }
      so_far = lowest;
      const std::size_t column = open[at];
      if (row_of[column] == none) {
        sink = column;
      } else {
        row = row_of[column];
      }
      seen_columns.push_back(column);
      open[at] = open.back();
      open.pop_back();
    }
    open.resize(columns);
    for (const std::size_t seen : seen_rows) {
      of_row[seen] += seen == current ? so_far : so_far - shortest[column_of[seen]];
    }
    for (const std::size_t seen : seen_columns) of_column[seen] -= so_far - shortest[seen];
    for (std::size_t column = sink;;) {
      const std::size_t of = from[column];
      row_of[column] = of;
      std::swap(column_of[of], column);
      if (of == current) break;
    }
  }
  return column_of;
}

// ---- Gandiva

void Gandiva::put_together(const Question& question) {
  std::vector<std::size_t> free;
  for (std::size_t job = 0; job < question.jobs(); ++job) {
    if (!partners_.contains(question.job(job).job)) free.push_back(job);
  }
  const std::size_t tries = free.size();
  for (std::size_t i = 0; i < tries && free.size() > 1; ++i) {
    const auto one = static_cast<std::size_t>(random_.below(free.size()));
    auto other = static_cast<std::size_t>(random_.below(free.size() - 1));
    if (other >= one) ++other;
    const std::size_t a = free[one];
    const std::size_t b = free[other];
    if (question.scale(a) != question.scale(b)) continue;
    partners_[question.job(a).job] = question.job(b).job;
    partners_[question.job(b).job] = question.job(a).job;
    std::erase_if(free, [&](std::size_t job) { return job == a || job == b; });
  }
  for (const std::size_t job : free) partners_[question.job(job).job] = std::nullopt;
}

Answer Gandiva::answer(const Question& question) {
  // Apart again: whose other has gone, whoever was left alone, and whom it serves worse than to
  // take turns.
  const auto stay_together = [&](model::JobId id, const std::optional<model::JobId>& with) {
    const auto job = question.index_of(id);
    const auto other = with ? question.index_of(*with) : std::nullopt;
    if (!job || !other) return false;
    double together = 0;
    for (std::size_t model = 0; model < question.models(); ++model) {
      const auto rates = question.rates_beside(*job, *other, model);
      if (!rates) return false;
      together += rates->first / question.rate(*job, model);
      together += rates->second / question.rate(*other, model);
    }
    return together >= 1;
  };
  std::erase_if(partners_,
                [&](const auto& entry) { return !stay_together(entry.first, entry.second); });
  Answer answer;
  double asked = 0;
  for (std::size_t job = 0; job < question.jobs(); ++job) asked += question.scale(job);
  if (asked <= question.all_gpus()) {
    for (std::size_t job = 0; job < question.jobs(); ++job) {
      answer.alone[job] = question.equal_share(job, question.jobs());
    }
    return answer;
  }
  put_together(question);
  const auto alone = std::count_if(partners_.begin(), partners_.end(),
                                   [](const auto& entry) { return !entry.second; });
  const auto groups = (partners_.size() + static_cast<std::size_t>(alone)) / 2;
  for (std::size_t job = 0; job < question.jobs(); ++job) {
    const auto& with = partners_.at(question.job(job).job);
    answer.alone[job] = with ? Row(question.models(), 0) : question.equal_share(job, groups);
    for (std::size_t other = job + 1; other < question.jobs(); ++other) {
      const bool together = with && *with == question.job(other).job;
      const bool runs = question.rates_beside(job, other, 0).has_value();
      if (!runs && !together) continue;
      answer.pairs[{job, other}] =
          together ? question.equal_share(job, groups) : Row(question.models(), 0);
    }
  }
  return answer;
}

}  // namespace weir::allocation
