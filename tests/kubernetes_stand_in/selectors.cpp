#include "tests/kubernetes_stand_in/selectors.h"

#include "backend/kubernetes/json_reading.h"

namespace weir::kubernetes_stand_in {

std::vector<Selector::Rule> Selector::parse(std::string_view text) {
  std::vector<Rule> rules;
  while (!text.empty()) {
    std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    Rule rule;
    const std::size_t equal = item.find('=');
    if (equal == std::string_view::npos) {
      rule.needs_value = false;
      rule.is_equal = !item.starts_with('!');
      if (!rule.is_equal) item.remove_prefix(1);
      rule.name = item;
    } else {
      rule.is_equal = equal == 0 || item[equal - 1] != '!';
      rule.name = item.substr(0, rule.is_equal ? equal : equal - 1);
      rule.value = item.substr(item.substr(equal).starts_with("==") ? equal + 2 : equal + 1);
    }
    if (rule.name.empty() || rule.name.find_first_of(" ()") != std::string::npos) {
      throw Refused(400, "BadRequest", "unable to parse requirement: " + std::string(item));
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

Selector::Selector(std::string_view labels, std::string_view fields)
    : labels_(parse(labels)), fields_(parse(fields)) {
  for (const Rule& rule : fields_) {
    if (rule.name != "metadata.name" && rule.name != "metadata.namespace" &&
        rule.name != "spec.nodeName" && rule.name != "status.phase") {
      throw Refused(400, "BadRequest", "field label not supported: " + rule.name);
    }
  }
}

bool Selector::matches(const json::object& object) const {
  const json::value value = object;
  const json::object& labels = backend::kubernetes::object_at(value, {"metadata", "labels"});
  for (const Rule& rule : labels_) {
    const json::value* const found = labels.if_contains(rule.name);
    const bool holds = found != nullptr && (!rule.needs_value || *found == json::value(rule.value));
    if (holds != rule.is_equal) return false;
  }
  for (const Rule& rule : fields_) {
    const std::size_t dot = rule.name.find('.');
    const bool holds =
        text(value, {rule.name.substr(0, dot), rule.name.substr(dot + 1)}) == rule.value;
    if (holds != rule.is_equal) return false;
  }
  return true;
}

}  // namespace weir::kubernetes_stand_in
