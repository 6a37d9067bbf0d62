// Flags that many verbs have, and the verbs of data and of requests for power: what parse.cpp puts
// its command line together from.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/agent_run.h"
#include "app/serve.h"
#include "cli/options.h"

namespace CLI {
class App;
}

namespace weir::cli {

// A verb with the flags that say where the Weir is.
CLI::App& add_verb(CLI::App& app, Common& common, const char* name, const char* what,
                   const char* example);
// --json, --format, --watch
void add_format(CLI::App& verb, Common& common);
// A flag that may be given several times, with one value each: what follows the value is not its.
void add_repeated(CLI::App& verb, const char* name, std::vector<std::string>& values,
                  const char* what);
// A flag with one value or several, with commas between.
void add_list(CLI::App& verb, const char* name, std::vector<std::string>& values, const char* what);

// links, datasets and transfers. What is given outlives the reading of the words.
struct DataWords {
  Common& common;
  TableFlags& links;
  DatasetFlags& datasets;
  std::function<int()>& action;
};
void add_data_verbs(CLI::App& app, DataWords words);

// What is asked of `power` beside its table. What is given outlives the reading of the words.
struct PowerWords {
  Common& common;
  PowerFlags& flags;
  std::function<int()>& action;
};
// Requires: there is the verb `power`.
// site and agent. What is given outlives the reading of the words.
struct SiteWords {
  Common& common;
  SiteFlags& flags;
  app::AgentOptions& agent;
  std::function<int()>& action;
};
void add_sites(CLI::App& app, SiteWords words);

// serve. What is given outlives the reading of the words.
struct ServeWords {
  Common& common;
  app::ServeOptions& serve;
  std::function<int()>& action;
};
void add_serve(CLI::App& app, ServeWords words);

void add_power_requests(CLI::App& app, PowerWords words);

}  // namespace weir::cli
