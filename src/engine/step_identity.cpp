// Tokens, secrets, and the policy.
#include "engine/stepper.h"

namespace weir::engine {

using namespace model;
using base::ErrorCode;

void Stepper::take(const CreateToken& input) {
  const TokenId id{state().last_token + 1};
  emit(TokenCreated{
      {id, input.hash, input.tenant, input.principal, input.role, now_, /*revoked=*/false}});
  step_.reply.token = id;
}

void Stepper::take(const RevokeToken& input) {
  const auto at = state().tokens.find(input.token);
  if (at == state().tokens.end()) {
    return refuse({ErrorCode::not_found,
                   "there is no token " + std::to_string(input.token.value),
                   "",
                   "",
                   {}});
  }
  if (at->second.revoked) return;
  emit(TokenRevoked{input.token});
}

void Stepper::take(const PutSecret& input) {
  if (input.sealed.empty()) {
    const auto of_tenant = state().secrets.find(input.by.tenant);
    if (of_tenant == state().secrets.end() || !of_tenant->second.contains(input.name)) {
      return refuse({ErrorCode::not_found, "there is no secret named " + input.name, "", "", {}});
    }
  }
  emit(SecretPut{input.by.tenant, input.name, input.sealed});
}

void Stepper::take(const SetPolicy& input) {
  if (input.policy == state().policy) return;
  if (const base::Status good = model::check_usual_work(input.policy.usual); !good) {
    return refuse(good.error());
  }
  if (const auto& rounds = input.policy.rounds) {
    const bool good =
        rounds->length >= std::chrono::seconds(10) && rounds->length <= std::chrono::hours(24) &&
        rounds->restart >= base::Duration(0) && rounds->restart <= rounds->length &&
        rounds->shares_every >= base::Duration(0) && rounds->shares_every <= std::chrono::hours(24);
    if (!good) {
      return refuse({base::ErrorCode::invalid,
                     "a round takes from ten seconds to a day, and a restart no longer than it",
                     "rounds.length",
                     "write it like 6m",
                     {}});
    }
  }
  emit(PolicySet{input.policy});
  capacity_or_queue_changed_ = true;
}

}  // namespace weir::engine
