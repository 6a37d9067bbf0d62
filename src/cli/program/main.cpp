#include <string>
#include <string_view>
#include <vector>

#include "cli/slurm/shims.h"
#include "cli/verbs.h"

int main(int argument_count, char** arguments) {
  // Under the name of one of Slurm's commands it is that command.
  std::string_view name = argument_count > 0 ? arguments[0] : "";
  name.remove_prefix(name.rfind('/') + 1);
  if (const auto shim = weir::cli::slurm::shim_named(name)) {
    return shim(std::vector<std::string>(arguments + 1, arguments + argument_count));
  }
  return weir::cli::run_command_line(argument_count, arguments);
}
