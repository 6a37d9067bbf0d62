// What a mistyped verb or flag was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

// The word of `known` that `word` was probably meant to be, or "" where none is likely. Looks past
// dashes in front and capitals, and is more generous than base::nearest_name where the first letter
// is right, for verbs are short: "lsit" is `ls`, "st" is `set`, "-F" is `-f`.
[[nodiscard]] std::string meant_word(std::string_view word, const std::vector<std::string>& known);

// "ls, set, rm"
[[nodiscard]] std::string listed(const std::vector<std::string>& words);

}  // namespace weir::cli
