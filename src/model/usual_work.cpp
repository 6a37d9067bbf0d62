#include "model/usual_work.h"

#include <string>

namespace weir::model {

base::Status check_usual_work(const std::vector<UsualDemand>& usual) {
  constexpr std::int64_t ranks_most = std::int64_t{1} << 31;
  const auto wrong = [](const std::string& field, const std::string& what) -> base::Status {
    return base::fail(base::ErrorCode::invalid, what, "usual" + field,
                      "name requests of one rank, and how many ranks ask for each");
  };
  if (usual.size() > usual_demands_most) {
    return wrong("", "tells of " + std::to_string(usual.size()) + " usual requests; " +
                         std::to_string(usual_demands_most) + " are the most");
  }
  for (std::size_t i = 0; i < usual.size(); ++i) {
    const std::string field = "[" + std::to_string(i) + "]";
    if (usual[i].options.empty()) return wrong(field + ".options", "asks for nothing");
    if (usual[i].ranks <= 0 || usual[i].ranks > ranks_most) {
      return wrong(field + ".ranks", std::to_string(usual[i].ranks) + " ranks");
    }
  }
  return {};
}

}  // namespace weir::model
