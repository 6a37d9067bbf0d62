#include "backend/local/runner/order_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

// The program's variables: the order's, and over them those that something else than Weir decides.
std::vector<std::string> with_kept_variables(const RunnerOrder& order) {
  std::vector<std::string> variables = order.environment;
  for (const std::string& name : order.kept_variables) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a runner is one thread
    const char* const value = ::getenv(name.c_str());
    if (value == nullptr) continue;
    const std::string start = name + "=";
    std::erase_if(variables, [&](const std::string& each) { return each.starts_with(start); });
    variables.push_back(start + value);
  }
  return variables;
}

}  // namespace

std::optional<RunnerOrder> take_order(const std::string& path) {
  const std::string taken = taken_order(path);
  if (::rename(path.c_str(), taken.c_str()) != 0) return std::nullopt;
  const std::string bytes = read_small_file(taken);
  RunnerOrder order;
  if (!decode(bytes, order)) return std::nullopt;
  order.environment = with_kept_variables(order);
  const int memory = ::memfd_create("weir-order", MFD_CLOEXEC);
  if (memory >= 0) {
    // Without it the rank runs all the same; nothing can run beside it.
    static_cast<void>(write_all(memory, encode(order)));
    if (memory != order_descriptor) {
      ::dup3(memory, order_descriptor, O_CLOEXEC);
      ::close(memory);
    }
  }
  return order;
}

void remove_taken_order(const std::string& path) { ::unlink(taken_order(path).c_str()); }

}  // namespace weir::backend::local
