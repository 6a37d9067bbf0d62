// Whether a permit allows what is ordered, at this site and at this moment. Pure.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "mover/order.h"

namespace weir::mover {

// Fails: forbidden, with what the permit says and what holds here: another version or site, a
//        sensitivity above the site's clearance, a residency that the site is not in, expired.
[[nodiscard]] base::Status check_permit(const Permit& permit, const base::Digest& version,
                                        const model::SitePlace& standing, base::Time now);

}  // namespace weir::mover
