// The way in: any known trace from a file, its kind told or found out from its first lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "twin/traces/reading.h"

namespace weir::twin::traces {

// What kind of trace the text begins as; none: no kind that is known.
[[nodiscard]] std::optional<TraceKind> guess_kind(std::string_view text);

// Reads the text as `kind`, or as what guess_kind finds where there is none.
//
// Ensures: rows = jobs + malformed rows; jobs stand by submit, then number; every index of a job is
//          within its list.
// Fails:   invalid: the kind cannot be found out (names those that are known), the text as a whole
//          is of another kind, or an option is out of bounds.
// Cost:    one pass over the text, and a sort of the jobs.
[[nodiscard]] base::Result<TraceReading> read_trace_text(std::optional<TraceKind> kind,
                                                         std::string_view text,
                                                         const TraceOptions& options = {});

// The same from a file, which may be packed by gzip. Fails also: input_output, too_large. Errors
// name the file.
[[nodiscard]] base::Result<TraceReading> read_trace(std::optional<TraceKind> kind,
                                                    const std::string& path,
                                                    const TraceOptions& options = {});

}  // namespace weir::twin::traces
