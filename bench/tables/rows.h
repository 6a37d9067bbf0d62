// The rows of the page of tables, each with its sections and figures.
#pragma once

#include <cstdint>
#include <string>

#include "bench/page/page.h"
#include "bench/page/trials.h"

namespace weir::tables {

using bench::at_least;
using bench::at_most;
using bench::digits;
using bench::distribution;
using bench::do_all;
using bench::Judged;
using bench::Line;
using bench::near;
using bench::Page;
using bench::Plot;
using bench::prepare;
using bench::Prepared;
using bench::seconds;
using bench::Section;

// `data` is the folder of recorded workloads.

void fragmentation_rows(const std::string& data, std::uint64_t first_seed, int seeds, Page& page);
void batch_rows(const std::string& data, Page& page);
void philly_rows(const std::string& data, Page& page);
// Gavel's table; the same under other seeds; its makespans.
void unlike_rows(const std::string& data, Page& page);
void seeds_rows(const std::string& data, Page& page);
void makespan_rows(const std::string& data, Page& page);

// One cell of Gavel's table alone: "max_min_packed 4.8 single 0".
void print_cell(const std::string& data, const std::string& cell);

}  // namespace weir::tables
