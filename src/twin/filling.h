// Work that fills a cluster once: how allocation by fragmentation is measured.
//
// Source: Weng et al., USENIX ATC 2023, "Beware of Fragmentation", section 6: a trace's jobs, then
//         some of them again by chance, all in random order, until they have asked for so much of
//         all devices; nothing leaves, and what does not fit is dropped.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "twin/workload.h"

namespace weir::twin {

// The trace's jobs (as many as ask for no more than `devices_milli`), and again such as are drawn
// from them with replacement, as long as they ask for no more in all; shuffled, one a second, none
// with an end. Of `trace`: what is usual. Requires: some job asks for devices.
[[nodiscard]] Workload filled(Workload trace, std::int64_t devices_milli, base::Random random);

// The requests of the jobs, the most frequent first; of equals the larger. Memory is left out, as
// its authors do.
[[nodiscard]] std::vector<UsualRow> usual_rows(const Workload& trace);

}  // namespace weir::twin
