#include "tests/world/words.h"

#include "base/json.h"

namespace weir::world {
namespace {

template <typename Variant>
std::string in_words(const Variant& variant) {
  return std::visit(
      [](const auto& alternative) {
        return std::string(base::type_name<std::decay_t<decltype(alternative)>>()) + " " +
               base::to_json(alternative);
      },
      variant);
}

}  // namespace

std::string words(const model::Input& input) { return "takes " + in_words(input); }

std::string words(const engine::Step& step) {
  std::string out;
  if (step.reply.error) out += "\n               refused: " + step.reply.error->text();
  for (const model::Fact& fact : step.facts) out += "\n               fact " + in_words(fact);
  for (const model::Effect& effect : step.effects) {
    const auto* change = std::get_if<model::ChangeWanted>(&effect);
    if (change == nullptr) continue;
    out += "\n               effect: wanted state " + std::to_string(change->from) + " to " +
           std::to_string(change->to) + " of epoch " + std::to_string(change->epoch) + ":";
    for (const model::AttemptWish& wish : change->wishes) {
      out += " " + std::string(base::enum_name(wish.want)) + " " + model::format_attempt(wish.key);
    }
  }
  return out;
}

}  // namespace weir::world
