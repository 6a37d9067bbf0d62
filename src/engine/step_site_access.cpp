// Who may speak for which site, and whether it is given work.
#include <algorithm>

#include "base/hash.h"
#include "engine/stepper.h"

namespace weir::engine {

using namespace model;
using base::ErrorCode;

namespace {

// A site is lost, and found again, within its lease: shorter ones lose work to a pause for breath,
// longer ones leave it lost for a day.
constexpr base::Duration lease_least = std::chrono::seconds(5);
constexpr base::Duration lease_most = std::chrono::hours(24);

base::Error no_such_site(const std::string& name) {
  return {ErrorCode::not_found,
          "there is no site named `" + name + "`",
          "site",
          "those there are: weir sites",
          {}};
}

}  // namespace

void Stepper::take(const InviteSite& input) {
  if (input.lease < lease_least || input.lease > lease_most) {
    return refuse({ErrorCode::invalid,
                   "a lease takes from 5 seconds to a day",
                   "lease",
                   "write it like 60s",
                   {}});
  }
  if (input.until <= now_) {
    return refuse({ErrorCode::invalid, "the invitation would be over already", "until", "", {}});
  }
  const auto known = state().site_access.find(input.site);
  const bool is_own =
      known == state().site_access.end() && index().site_by_name.contains(input.site);
  if (is_own) {
    return refuse({ErrorCode::conflict,
                   "`" + input.site + "` is the control plane's own site: no agent joins for it",
                   "site",
                   "name another",
                   {}});
  }
  SiteAccess access = known == state().site_access.end() ? SiteAccess{} : known->second;
  access.site = input.site;
  access.trust_domain = input.trust_domain;
  access.lease = input.lease;
  access.invitation = input.token_hash;
  access.invited_until = input.until;
  emit(SiteAccessSet{std::move(access)});
}

void Stepper::take(const AdmitAgent& input) {
  const auto of_token = [&](const auto& entry) {
    return base::constant_time_equal(entry.second.invitation, input.token_hash);
  };
  const auto& all = state().site_access;
  const auto found = std::find_if(all.begin(), all.end(), of_token);
  // One answer for tokens that never were, were used, or were withdrawn: none helps a thief.
  if (found == all.end() || input.token_hash.empty() || found->second.invited_until < now_) {
    return refuse({ErrorCode::unauthenticated,
                   "this token invites nobody: it was used, has ended, or was withdrawn",
                   "token",
                   "whoever runs the control plane makes another: weir site add NAME",
                   {}});
  }
  SiteAccess access = found->second;
  access.invitation.clear();
  access.key = input.key;
  access.certified_until = input.until;
  emit(SiteAccessSet{access});
  step_.reply.access = std::move(access);
}

void Stepper::take(const RenewAgent& input) {
  const auto known = state().site_access.find(input.site);
  if (known == state().site_access.end() || known->second.key.empty() ||
      known->second.key != input.key) {
    return refuse({ErrorCode::unauthenticated,
                   "this key speaks for `" + input.site + "` no longer",
                   "",
                   "",
                   {}});
  }
  SiteAccess access = known->second;
  access.key = input.new_key;
  access.certified_until = input.until;
  emit(SiteAccessSet{access});
  step_.reply.access = std::move(access);
}

void Stepper::take(const RevokeSite& input) {
  const auto known = state().site_access.find(input.site);
  if (known == state().site_access.end()) return refuse(no_such_site(input.site));
  SiteAccess access = known->second;
  access.invitation.clear();
  if (!input.only_invitation) access.key.clear();
  if (access == known->second) return;
  emit(SiteAccessSet{std::move(access)});
}

void Stepper::take(const SetStanding& input) {
  const auto known = index().site_by_name.find(input.site);
  if (known == index().site_by_name.end()) return refuse(no_such_site(input.site));
  const SiteRecord& site = state().sites.at(known->second);
  if (site.standing == input.standing) return;
  if (input.standing == SiteStanding::retired) {
    const bool works =
        std::any_of(index().running_jobs.begin(), index().running_jobs.end(), [&](JobId job) {
          const auto& running = state().jobs.at(job).running;
          return std::any_of(running.begin(), running.end(),
                             [&](const RunningAttempt& run) { return run.site == site.id; });
        });
    if (works) {
      return refuse({ErrorCode::conflict,
                     "work runs at `" + input.site + "`",
                     "site",
                     "let it end first: weir site drain " + input.site,
                     {}});
    }
  }
  drop_reclaims_on(site.id);
  emit(SiteStandingSet{site.id, input.standing});
  capacity_or_queue_changed_ = true;
}

}  // namespace weir::engine
