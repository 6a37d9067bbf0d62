#include "gateway/fact_text.h"

#include "base/json.h"

namespace weir::gateway {

std::optional<model::JobId> job_of(const model::Fact& fact) {
  return std::visit(
      []<typename F>(const F& each) -> std::optional<model::JobId> {
        if constexpr (requires { each.attempt.job; }) {
          return each.attempt.job;
        } else if constexpr (requires { each.job; }) {
          return each.job;
        } else {
          return std::nullopt;
        }
      },
      fact);
}

void append_fact(std::string& out, const model::Fact& fact) {
  constexpr const char* hidden = "hidden";
  if (const auto* created = std::get_if<model::TokenCreated>(&fact)) {
    model::TokenCreated shown = *created;
    shown.token.hash = hidden;
    return base::write_json(out, model::Fact(std::move(shown)));
  }
  if (const auto* put = std::get_if<model::SecretPut>(&fact)) {
    return base::write_json(out, model::Fact(model::SecretPut{put->tenant, put->name,
                                                              put->sealed.empty() ? "" : hidden}));
  }
  base::write_json(out, fact);
}

}  // namespace weir::gateway
