#include "twin/throughput_file.h"

#include <filesystem>

#include "base/read.h"
#include "schedule/throughput.h"
#include "twin/traces/text_file.h"
#include "twin/traces/throughput_table.h"

namespace weir::twin {

base::Result<model::ThroughputTable> read_throughput_file(const std::string& path) {
  constexpr std::uint64_t bytes_most = std::uint64_t{64} << 20U;
  const std::string text = WEIR_TRY(traces::read_text_file(path, bytes_most));
  // Gavel's file is a map of device models to maps; ours has its rows under `rates`.
  if (text.find("\"null\"") != std::string::npos) {
    const std::string source = std::filesystem::path(path).filename().string();
    return traces::read_gavel_throughputs(text).map(
        [&](const traces::ThroughputTable& table) { return traces::rates_near(table, source); });
  }
  const auto document = WEIR_TRY(base::parse_yaml(text, path));
  auto table = WEIR_TRY(base::read_document<model::ThroughputTable>(document));
  auto status = schedule::check_throughputs(table);
  if (status) return table;
  base::Error error = std::move(status).error();
  error.place = base::at_path(document, error.field).place();
  return base::fail(std::move(error));
}

}  // namespace weir::twin
