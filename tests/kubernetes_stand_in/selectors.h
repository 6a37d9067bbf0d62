// Label and field selectors of lists and watches.
#pragma once

#include <string_view>

#include "tests/kubernetes_stand_in/objects.h"

namespace weir::kubernetes_stand_in {

class Selector {
 public:
  // Forms taken: "a=b", "a==b", "a!=b", "a", "!a", joined by commas; of fields, metadata.name,
  // metadata.namespace, spec.nodeName and status.phase.
  // Throws Refused: 400, anything else.
  Selector(std::string_view labels, std::string_view fields);
  [[nodiscard]] bool matches(const json::object& object) const;
  [[nodiscard]] bool is_empty() const { return labels_.empty() && fields_.empty(); }

 private:
  struct Rule {
    std::string name;
    std::string value;
    bool is_equal = true;     // else: differs, or is absent
    bool needs_value = true;  // else: whether it is there at all
  };
  static std::vector<Rule> parse(std::string_view text);

  std::vector<Rule> labels_;
  std::vector<Rule> fields_;
};

}  // namespace weir::kubernetes_stand_in
