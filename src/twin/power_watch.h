// What sites drew in a run and what they were held to, step by step, for the figures.
//
// Exact: draw changes only with a step, so that between two steps it is what it was after the
// first.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "twin/figures.h"

namespace weir::twin {

class PowerWatch {
 public:
  explicit PowerWatch(base::Time begin) : begin_(begin), now_(begin) {}

  // After each step, with its facts.
  void take(base::Time now, const engine::Step& step, const engine::Engine& engine);
  [[nodiscard]] PowerFigures figures(base::Time end, const engine::Engine& engine);

 private:
  struct Request {
    PowerRequestFigures figures;
    base::Time from;
    base::Time until;
    std::vector<model::PowerStep> committed;
    model::SiteId site;
  };
  void hold_until(base::Time now);
  void note_points(Request& request, std::int64_t draw, base::Time from, base::Time until);

  static constexpr std::size_t points_most = 4096;
  base::Time begin_;
  base::Time now_;
  std::map<model::SiteId, std::int64_t> draws_;  // since now_
  std::map<model::SiteId, std::int64_t> peaks_;
  std::map<model::SiteId, std::string> names_;
  std::vector<Request> requests_;
  PowerFigures figures_;
};

}  // namespace weir::twin
