#include "mover/permit.h"

#include "flow/data_policy.h"

namespace weir::mover {
namespace {

base::Status no(std::string field, std::string message, std::string hint = {}) {
  return base::fail(base::ErrorCode::forbidden, std::move(message), "permit." + std::move(field),
                    std::move(hint));
}

}  // namespace

base::Status check_permit(const Permit& permit, const base::Digest& version,
                          const model::SitePlace& standing, base::Time now) {
  if (permit.version != version) {
    return no("version", "is for the version " + base::to_hex(permit.version) +
                             ", the manifest's identity is " + base::to_hex(version));
  }
  if (standing.site.empty() || permit.to_site != standing.site) {
    return no("to_site",
              "is for the site \"" + permit.to_site + "\", this is \"" + standing.site + "\"");
  }
  model::DatasetLabels labels;
  labels.sensitivity = permit.sensitivity;
  labels.residency = permit.residency;
  if (const auto barred = flow::may_not_lie(labels, standing.site, &standing)) {
    const bool by_clearance = permit.sensitivity > standing.clearance;
    return no(by_clearance ? "sensitivity" : "residency", "\"" + permit.dataset + "\" " + *barred,
              by_clearance ? "choose a site with a higher clearance" : "");
  }
  if (now >= permit.expires) {
    return no("expires",
              "ended at " + base::format_time(permit.expires) + ", it is " + base::format_time(now),
              "ask for a new one");
  }
  return {};
}

}  // namespace weir::mover
