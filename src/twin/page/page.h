// The report of one or several runs as one HTML file: charts and the table of figures.
//
// The file holds all it needs (style, script, Apache ECharts, figures) and asks for nothing from
// outside: its own content policy forbids that. Whatever comes from names is escaped.
#pragma once

#include <span>
#include <string>

#include "twin/figures.h"
#include "twin/page/job_sketch.h"
#include "twin/traces/reading.h"

namespace weir::twin::page {

struct PageRun {
  Figures figures;
  JobSketch jobs;
  traces::RowReport rows;  // of the trace that the run's work came from; empty where it was made up
};

// Requires: a run at least. Ensures: the same runs give the same bytes.
[[nodiscard]] std::string render_page(std::span<const PageRun> runs);

}  // namespace weir::twin::page
