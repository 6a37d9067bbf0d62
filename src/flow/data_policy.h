// Where data may lie, or pass through: by how sensitive it is and where it has to stay.
//
// Default deny: of a site of which nobody said where it lies or what it is cleared for, the least
// is taken. The same answer is asked for at the plan, and again by whoever moves the bytes. Source:
// multilevel security: Bell & LaPadula 1973 (no write down); data residency as in the
//         Chinese Data Security Law, art. 21 (classified protection) and GDPR, ch. V.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/data.h"
#include "model/network.h"

namespace weir::flow {

// Why data with these labels may not lie at a site, as a sentence that goes on from its name: "is
// confidential, and west is cleared for internal data only"; none: it may. `place` may be null:
// nobody said anything of the site.
[[nodiscard]] std::optional<std::string> may_not_lie(const model::DatasetLabels& labels,
                                                     const std::string& site,
                                                     const model::SitePlace* place);

// What data is labelled with that is made of data with both labels, at a site that both allow:
// `labels`, as sensitive as the more sensitive, and only where both may lie. Where what the two
// name in common leaves the site out, a place of each is joined: "CN+west" is what lies in both.
[[nodiscard]] model::DatasetLabels joined(model::DatasetLabels labels,
                                          const model::DatasetLabels& more,
                                          const model::SitePlace* place);

// True if a site lies in one of these countries or regions, or in both of "CN+west"; letters' case
// does not matter.
[[nodiscard]] bool lies_in(const model::SitePlace* place, const std::vector<std::string>& places);
// True if `name` is `pattern`, in which each `*` stands for any text.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view name);

// What is wrong with a table, if anything; the error's field is the row: "links[3].bandwidth_bps".
// Fails: invalid, too_large.
[[nodiscard]] base::Status check_network(const model::NetworkTable& table);
// With its sites and links in order.
[[nodiscard]] model::NetworkTable tidied(model::NetworkTable table);
// Null: it is not named. Requires: the table is tidy.
[[nodiscard]] const model::SitePlace* place_of(const model::NetworkTable& table,
                                               const std::string& site);

// What is wrong with a dataset that is to be put; the field is the dataset's. Fails: invalid.
[[nodiscard]] base::Status check_dataset(const model::Dataset& dataset);

}  // namespace weir::flow
