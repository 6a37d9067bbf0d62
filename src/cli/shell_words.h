// From the words of a command line to one line that a shell reads as those words.
#pragma once

#include <string>
#include <vector>

namespace weir::cli {

// One word is shell text as it stands, as `sh -c` has it; several are words, quoted where needed.
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);

// The word in quotes, whatever is in it.
[[nodiscard]] std::string quoted(const std::string& word);

}  // namespace weir::cli
