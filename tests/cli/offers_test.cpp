#include "cli/offers.h"

#include <gtest/gtest.h>

#include "base/quantity.h"

namespace weir::cli {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 5min

constexpr base::Time noon = base::time_from_us(1'700'000'000'000'000);

model::Candidate row(const char* site) {
  model::Candidate made;
  made.site = site;
  made.resources = "1 cpu";
  made.feasible = true;
  made.now = true;
  return made;
}

TEST(Offers, show_only_what_somebody_knows) {
  model::Plan plan;
  plan.candidates = {row("lab")};
  EXPECT_EQ(offers_table(plan, noon).text(0),
            "SITE  RESOURCES  START  FINISH    WHY NOT BETTER\n"
            "lab   1 cpu      now    no limit  -\n");
}

TEST(Offers, show_what_data_has_to_come_and_what_all_of_it_costs) {
  model::Plan plan;
  model::Candidate here = row("here");
  here.micro_cny = 2'000'000;
  model::Candidate far = row("far");
  far.now = false;
  far.start = far.staged = noon + 5min;
  far.stage_in_bytes = std::int64_t{12} << 30;
  far.stage_in_micro_cny = 500'000;
  far.micro_cny = 1'000'000;
  model::Candidate coming = row("coming");
  coming.now = false;
  coming.start = coming.staged = noon + 2min;
  model::Candidate endless = row("endless");
  endless.stage_in_bytes = 1024;
  endless.stage_in_micro_cny = 10'000;
  plan.candidates = {here, far, coming, endless};
  EXPECT_EQ(offers_table(plan, noon).text(0),
            "SITE     RESOURCES  START  FINISH    DATA TO COME       COSTS                 "
            " WHY NOT BETTER\n"
            "here     1 cpu      now    no limit  -                  2 CNY                  -\n"
            "far      1 cpu      in 5m  no limit  12GiB, in 5m       1.50 CNY               -\n"
            "coming   1 cpu      in 2m  no limit  on its way, in 2m  unknown                -\n"
            "endless  1 cpu      now    no limit  1KiB               0.01 CNY and its time  -\n");
}

TEST(Offers, show_energy_where_a_site_tells_of_it) {
  model::Plan plan;
  model::Candidate told = row("told");
  told.footprint = model::Footprint{};
  told.footprint->energy_joules = 3'600'000;
  plan.candidates = {told, row("silent")};
  const std::string text = offers_table(plan, noon).text(0);
  EXPECT_NE(text.find("ENERGY   CARBON   ENERGY COSTS"), std::string::npos) << text;
  EXPECT_NE(text.find(base::format_energy(3'600'000)), std::string::npos) << text;
  EXPECT_NE(text.find("unknown  unknown  unknown"), std::string::npos) << text;
}

}  // namespace
}  // namespace weir::cli
