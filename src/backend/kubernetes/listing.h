// Lists of objects, page by page.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "backend/kubernetes/connection.h"

namespace weir::backend::kubernetes {

struct Listing {
  std::vector<boost::json::value> items;
  std::string version;  // of the collection: where a watch goes on
};

// All of the collection at `target` ("/api/v1/nodes", with a query or without), read anew from its
// beginning where a page's token has gone stale.
// Fails: as the connection; what error_of() says.
[[nodiscard]] base::Result<Listing> list_all(Connection& connection, const std::string& target,
                                             int page_size = 500);

}  // namespace weir::backend::kubernetes
