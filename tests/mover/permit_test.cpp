// Permits: what fits neither the version, nor the site, nor the moment is refused.
#include "mover/permit.h"

#include <gtest/gtest.h>

#include "tests/flow/support/way_cases.h"

namespace weir::mover::test {
namespace {

const base::Digest version = base::sha256("a version");
constexpr base::Time noon = base::time_from_us(1'000'000'000);

Permit permit() {
  return {"corpus",
          version,
          "east",
          model::Sensitivity::confidential,
          {"cn", "cn-east"},
          noon + std::chrono::hours(1)};
}
model::SitePlace standing() {
  return {"east", "cn", "cn-east", model::Sensitivity::confidential, {}};
}

std::string refused_field(const Permit& given, const model::SitePlace& here,
                          base::Time now = noon) {
  const base::Status status = check_permit(given, version, here, now);
  if (status) return "";
  EXPECT_EQ(status.error().code, base::ErrorCode::forbidden);
  return status.error().field;
}

TEST(Permit, lets_through_what_fits) {
  EXPECT_EQ(refused_field(permit(), standing()), "");
  Permit anywhere = permit();
  anywhere.residency.clear();
  EXPECT_EQ(refused_field(anywhere, {"east", "", "", model::Sensitivity::restricted, {}}), "");
  Permit by_region = permit();
  by_region.residency = {"cn-east"};
  EXPECT_EQ(refused_field(by_region, standing()), "");
}

TEST(Permit, is_for_one_version_and_one_site) {
  Permit other = permit();
  other.version[3] ^= 1;
  EXPECT_EQ(refused_field(other, standing()), "permit.version");
  other = permit();
  other.to_site = "west";
  EXPECT_EQ(refused_field(other, standing()), "permit.to_site");
  other.to_site = "";
  EXPECT_EQ(refused_field(other, {"", "cn", "", model::Sensitivity::restricted, {}}),
            "permit.to_site");
}

TEST(Permit, holds_the_site_to_its_clearance_and_place) {
  model::SitePlace here = standing();
  here.clearance = model::Sensitivity::internal;
  EXPECT_EQ(refused_field(permit(), here), "permit.sensitivity");
  here = standing();
  here.country = "sg";
  here.region = "sg-1";
  EXPECT_EQ(refused_field(permit(), here), "permit.residency");
  Permit nowhere = permit();
  nowhere.residency = {""};
  EXPECT_EQ(refused_field(nowhere, {"east", "", "", model::Sensitivity::restricted, {}}),
            "permit.residency")
      << "a site that says nothing of its place is in none";
}

TEST(Permit, ends) {
  EXPECT_EQ(refused_field(permit(), standing(), permit().expires - base::Duration(1)), "");
  EXPECT_EQ(refused_field(permit(), standing(), permit().expires), "permit.expires");
}

// The plan has asked all of this before; whoever ships the bytes asks again.
TEST(Permit, refuses_what_the_plan_refuses) {
  std::size_t refused = 0;
  for (const flow::test::WayCase& each : flow::test::read_way_cases()) {
    const model::SitePlace here = each.there.value_or(model::SitePlace{"there", {}, {}, {}, {}});
    std::string why;
    for (const model::DatasetLabels& labels : each.inputs) {
      const Permit given{"d",
                         version,
                         "there",
                         labels.sensitivity,
                         labels.residency,
                         noon + std::chrono::hours(1)};
      const base::Status status = check_permit(given, version, here, noon);
      if (!status && why.empty()) why = status.error().message;
      const Permit at_home{"d",          version, "home", labels.sensitivity, labels.residency,
                           given.expires};
      EXPECT_TRUE(check_permit(at_home, version, each.home, noon)) << each.name;
    }
    EXPECT_EQ(why.empty(), each.barred.empty()) << each.name;
    EXPECT_TRUE(why.ends_with(each.barred)) << each.name << ": " << why;
    refused += why.empty() ? 0U : 1U;
  }
  EXPECT_GE(refused, 18U);
}

}  // namespace
}  // namespace weir::mover::test
