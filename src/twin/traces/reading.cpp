#include "twin/traces/reading.h"

namespace weir::twin::traces {

void RowReport::add_malformed(std::uint64_t line, const base::Error& error, std::uint32_t shown) {
  ++malformed_rows;
  if (malformed.size() < shown) malformed.push_back({line, error.field, error.message});
}

}  // namespace weir::twin::traces
