// cancel, hold, release and update: steering jobs that are there.
#include <cstdio>

#include "cli/session.h"
#include "cli/verbs.h"
#include "gateway/replies.h"

namespace weir::cli {

namespace {

// Each on its own: one that cannot be steered does not keep the others from it.
int steer(const Common& common, const std::vector<std::string>& jobs, const char* action,
          const char* done) {
  return with_client(common, [&](Client& client) -> base::Result<int> {
    int code = 0;
    for (const std::string& job : jobs) {
      const auto answer = client.call("POST", "/v1/jobs/" + escape(job) + "/" + action);
      if (answer) {
        std::printf("%s %s\n", job.c_str(), done);
      } else {
        const int failed = complain(answer.error());
        if (code == 0) code = failed;
      }
    }
    return code;
  });
}

}  // namespace

int verb_cancel(const Common& common, const std::vector<std::string>& jobs) {
  return steer(common, jobs, "cancel", "is being cancelled");
}

int verb_hold(const Common& common, const std::vector<std::string>& jobs) {
  return steer(common, jobs, "hold", "is held");
}

int verb_release(const Common& common, const std::vector<std::string>& jobs) {
  return steer(common, jobs, "release", "is released");
}

int verb_update(const Common& common, const UpdateFlags& flags) {
  gateway::JobChange change{flags.name, flags.priority, std::nullopt, flags.at_once};
  if (flags.time) {
    const auto time = base::parse_duration(*flags.time);
    if (!time) return complain(time.error());
    change.time_limit = *time;
  }
  return with_client(common, [&](Client& client) -> base::Result<int> {
    (void)WEIR_TRY(client.call("PATCH", "/v1/jobs/" + escape(flags.job), base::to_json(change)));
    std::printf("%s is updated\n", flags.job.c_str());
    return 0;
  });
}

}  // namespace weir::cli
