// What verbs share: a client that is there, answers printed in the asked form, Ctrl-C noticed.
#pragma once

#include <functional>
#include <string>

#include "cli/client.h"
#include "cli/exit_codes.h"
#include "cli/options.h"

namespace weir::cli {

// Ctrl-C sets a mark instead of ending the process, from the first call on.
void catch_interrupts();
[[nodiscard]] bool interrupted();

// Connects and does `work`; errors of either are complained about.
int with_client(const Common& common, const std::function<base::Result<int>(Client&)>& work);

// Asks for `target` and prints it: as JSON as it came, or by `print`.
template <typename T>
int show_answer(const Common& common, const std::string& target,
                const std::function<int(const T&)>& print) {
  return with_client(common, [&](Client& client) -> base::Result<int> {
    const std::string answer = WEIR_TRY(client.call("GET", target));
    if (common.format == Format::json) {
      std::printf("%s\n", answer.c_str());
      return 0;
    }
    const T value = WEIR_TRY(base::from_json<T>(answer));
    return print(value);
  });
}

}  // namespace weir::cli
