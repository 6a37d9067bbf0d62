#include "mover/permit.h"

#include <algorithm>

namespace weir::mover {
namespace {

base::Status no(std::string field, std::string message, std::string hint = {}) {
  return base::fail(base::ErrorCode::forbidden, std::move(message), "permit." + std::move(field),
                    std::move(hint));
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

base::Status check_permit(const Permit& permit, const base::Digest& version,
                          const SiteStanding& standing, base::Time now) {
  if (permit.version != version) {
    return no("version", "is for the version " + base::to_hex(permit.version) +
                             ", the manifest's identity is " + base::to_hex(version));
  }
  if (standing.name.empty() || permit.to_site != standing.name) {
    return no("to_site",
              "is for the site \"" + permit.to_site + "\", this is \"" + standing.name + "\"");
  }
  if (permit.sensitivity > standing.clearance) {
    return no("sensitivity",
              "\"" + permit.dataset + "\" is " + std::string(base::enum_name(permit.sensitivity)) +
                  ", this site is cleared for " + std::string(base::enum_name(standing.clearance)),
              "choose a site with a higher clearance");
  }
  const auto is_here = [&](const std::string& place) {
    return !place.empty() && (place == standing.country || place == standing.region);
  };
  if (!permit.residency.empty() &&
      std::none_of(permit.residency.begin(), permit.residency.end(), is_here)) {
    return no("residency", "\"" + permit.dataset + "\" may lie in " + listed(permit.residency) +
                               ", this site is in \"" + standing.country + "\", region \"" +
                               standing.region + "\"");
  }
  if (now >= permit.expires) {
    return no("expires",
              "ended at " + base::format_time(permit.expires) + ", it is " + base::format_time(now),
              "ask for a new one");
  }
  return {};
}

}  // namespace weir::mover
