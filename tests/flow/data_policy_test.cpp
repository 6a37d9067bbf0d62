// Where data may lie, by itself; what the engine makes of it is held in tests/engine.
#include "flow/data_policy.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace weir::flow {
namespace {

using model::DatasetLabels;
using model::Sensitivity;
using model::SitePlace;

Sensitivity made_up_level() {
  return *rc::gen::element(Sensitivity::open, Sensitivity::internal, Sensitivity::confidential,
                           Sensitivity::restricted);
}
DatasetLabels made_up_labels() {
  DatasetLabels labels;
  labels.sensitivity = made_up_level();
  const std::vector<std::string> places{"CN",   "cn",      "SG",      "DE",     "west",
                                        "east", "CN+west", "west+CN", "DE+east"};
  labels.residency = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(places));
  return labels;
}
SitePlace made_up_place() {
  SitePlace place;
  place.site = "site";
  place.country = *rc::gen::elementOf(std::vector<std::string>{"", "CN", "SG", "DE"});
  place.region = *rc::gen::elementOf(std::vector<std::string>{"", "west", "east", "West"});
  place.clearance = made_up_level();
  return place;
}

bool may_lie(const DatasetLabels& labels, const SitePlace* place) {
  return !may_not_lie(labels, "site", place);
}

RC_GTEST_PROP(JoinedLabels, let_nothing_lie_where_a_part_of_it_may_not, ()) {
  const DatasetLabels one = made_up_labels();
  const DatasetLabels other = made_up_labels();
  const SitePlace made_at = made_up_place();
  const bool known = *rc::gen::arbitrary<bool>();
  const DatasetLabels both = joined(one, other, known ? &made_at : nullptr);
  const SitePlace there = made_up_place();
  for (const SitePlace* place : {&there, static_cast<const SitePlace*>(nullptr)}) {
    if (may_lie(both, place)) {
      RC_ASSERT(may_lie(one, place));
      RC_ASSERT(may_lie(other, place));
    }
  }
  // Where both may lie, what is made of them there may, too.
  if (known && may_lie(one, &made_at) && may_lie(other, &made_at)) {
    RC_ASSERT(may_lie(both, &made_at));
  }
}

RC_GTEST_PROP(DataPolicy, lets_in_no_more_where_less_is_known, ()) {
  const DatasetLabels labels = made_up_labels();
  const SitePlace place = made_up_place();
  SitePlace less = place;
  if (*rc::gen::arbitrary<bool>()) less.country.clear();
  if (*rc::gen::arbitrary<bool>()) less.region.clear();
  if (*rc::gen::arbitrary<bool>()) less.clearance = Sensitivity::open;
  if (may_lie(labels, &less)) RC_ASSERT(may_lie(labels, &place));
  if (may_lie(labels, nullptr)) RC_ASSERT(may_lie(labels, &less));
}

TEST(DataPolicy, an_empty_place_is_no_place) {
  DatasetLabels labels;
  labels.sensitivity = Sensitivity::open;
  labels.residency = {""};
  SitePlace nowhere;
  nowhere.site = "site";
  EXPECT_TRUE(may_not_lie(labels, "site", &nowhere));
  labels.residency = {"CN+"};
  nowhere.country = "CN";
  EXPECT_TRUE(may_not_lie(labels, "site", &nowhere));
}

TEST(Patterns, stand_for_any_text_at_a_star) {
  EXPECT_TRUE(matches("north-*", "north-1"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("*-a*b", "x-aab-ab"));
  EXPECT_TRUE(matches("lab", "lab"));
  EXPECT_FALSE(matches("north-*", "north"));
  EXPECT_FALSE(matches("lab", "lab2"));
  EXPECT_FALSE(matches("*a", "ab"));
  EXPECT_FALSE(matches("", "a"));
}

}  // namespace
}  // namespace weir::flow
