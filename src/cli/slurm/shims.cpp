#include "cli/slurm/shims.h"

#include <map>

namespace weir::cli::slurm {

Shim shim_named(std::string_view name) {
  static const std::map<std::string_view, Shim> shims{{"sbatch", sbatch},
                                                      {"squeue", squeue},
                                                      {"scancel", scancel},
                                                      {"sinfo", sinfo},
                                                      {"sacct", sacct}};
  const auto at = shims.find(name);
  return at == shims.end() ? nullptr : at->second;
}

}  // namespace weir::cli::slurm
