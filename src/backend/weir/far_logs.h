// Reads the logs of our jobs at the inner Weir, without the line that we put before each stage.
//
// An answer is a piece of up to 8 MiB, whatever was asked for; what is left of the last one serves
// who reads on. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "backend/backend.h"
#include "backend/weir/inner_api.h"
#include "backend/weir/rank_text.h"

namespace weir::backend::inner {

class FarLogs {
 public:
  explicit FarLogs(InnerApi api) : api_(std::move(api)) {}

  // As Backend::read_log. Fails: input_output, also where nobody answers.
  [[nodiscard]] base::Result<LogChunk> read(model::JobId job, Stream stream, std::int64_t offset,
                                            std::size_t bytes_max);
  // What the stage's first line says. None: it wrote nothing yet.
  // Fails: unavailable, and as the inner Weir answers.
  [[nodiscard]] base::Result<std::optional<Head>> head(model::JobId job, Stage stage);
  void forget(model::JobId job);

 private:
  struct Piece {
    model::JobId job;
    Stream stream = Stream::program;
    std::int64_t offset = 0;
    std::string bytes;
  };
  // What the inner Weir has from `offset` on; lives until the next call.
  [[nodiscard]] base::Result<std::string_view> bytes_at(model::JobId job, Stream stream,
                                                        std::int64_t offset);
  [[nodiscard]] base::Result<std::optional<Head>> find_head(model::JobId job, Stage stage);

  std::mutex mutex_;
  InnerApi api_;
  Piece last_;
  std::map<std::pair<model::JobId, Stage>, Head> heads_;
};

}  // namespace weir::backend::inner
