// The rows of the page of flows, each with its sections, figures and plots. `data` is the folder of
// recorded workloads and series.
#pragma once

#include <string>

#include "bench/page/page.h"
#include "bench/page/trials.h"
#include "flow/shift.h"

namespace weir::flows {

using base::Duration;
using base::Time;
using bench::at_least;
using bench::at_most;
using bench::digits;
using bench::Judged;
using bench::Line;
using bench::near;
using bench::Page;
using bench::Plot;
using bench::Prepared;
using bench::seconds;
using bench::Section;
using bench::stated;
using flow::Outlook;
using flow::Span;
using flow::Sum;

constexpr Duration hour = std::chrono::hours(1);

void carbon_in_time_rows(const std::string& data, Page& page);
void carbon_foreseen_rows(const std::string& data, Page& page);
void carbon_in_place_rows(const std::string& data, Page& page);
void waiting_rows(const std::string& data, Page& page);
void transfer_rows(const std::string& data, Page& page);
void four_flow_rows(const std::string& data, Page& page);
void four_flow_rows(const std::string& data, Page& page);
void cross_site_rows(const std::string& data, Page& page);
void relay_rows(const std::string& data, Page& page);
void all_reduce_rows(const std::string& data, Page& page);
void fabric_rows(const std::string& data, Page& page);
void demand_response_rows(const std::string& data, Page& page);
void utilisation_rows(const std::string& data, Page& page);
void gaia_twin_rows(const std::string& data, Page& page);

}  // namespace weir::flows
