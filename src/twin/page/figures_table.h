// The main figures of one or several runs as an HTML table: a row a figure, a column a run.
#pragma once

#include <span>
#include <string>

#include "twin/figures.h"

namespace weir::twin::page {

// `names` of the runs, as many as there are figures. What is unknown is shown as a dash; a row that
// no run has anything for is left out, but for the three utilisations of what there is.
[[nodiscard]] std::string figures_table(std::span<const std::string> names,
                                        std::span<const Figures* const> runs);

}  // namespace weir::twin::page
