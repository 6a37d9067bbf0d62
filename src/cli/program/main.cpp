#include "cli/verbs.h"

int main(int argument_count, char** arguments) {
  return weir::cli::run_command_line(argument_count, arguments);
}
