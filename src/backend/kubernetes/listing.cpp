#include "backend/kubernetes/listing.h"

#include <boost/json/array.hpp>

#include "backend/kubernetes/json_reading.h"
#include "http/target.h"

namespace weir::backend::kubernetes {
namespace {

constexpr int restarts_max = 3;

}  // namespace

base::Result<Listing> list_all(Connection& connection, const std::string& target, int page_size) {
  const std::string first = target + (target.find('?') == std::string::npos ? "?" : "&") +
                            "limit=" + std::to_string(page_size);
  Listing listing;
  std::string next;
  for (int restarts = 0;;) {
    const std::string page =
        next.empty() ? first : first + "&continue=" + http::encode_component(next);
    const Answer answer = WEIR_TRY(connection.request("GET", page));
    if (answer.status == 410 && !next.empty() && restarts < restarts_max) {
      ++restarts;
      next.clear();
      listing.items.clear();
      continue;
    }
    if (!answer.is_good()) return base::fail(error_of(answer));
    boost::json::value body = WEIR_TRY(parse_answer(answer.body));
    for (const boost::json::value& item : list_at(body, {"items"})) listing.items.push_back(item);
    listing.version = text_at(body, {"metadata", "resourceVersion"});
    next = text_at(body, {"metadata", "continue"});
    if (next.empty()) return listing;
  }
}

}  // namespace weir::backend::kubernetes
