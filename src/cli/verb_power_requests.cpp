// power request, requests, withdraw: a site draws less for a while.
#include <cmath>
#include <cstdio>

#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "engine/power.h"
#include "gateway/replies.h"

namespace weir::cli {

namespace {

using engine::power_text;

// "12.4 of 20 kW"
std::string committed_text(const model::PowerRequestView& view) {
  const std::string had = power_text(view.less_milliwatts);
  if (view.short_milliwatts == 0) return had;
  return had + " of " + power_text(view.less_milliwatts + view.short_milliwatts);
}

struct Counts {
  std::size_t pause = 0;
  std::size_t shrink = 0;
};
template <typename Touches>
Counts counts_of(const Touches& touches) {
  Counts counts;
  for (const auto& touch : touches) {
    ++(touch.action == model::PowerAction::pause ? counts.pause : counts.shrink);
  }
  return counts;
}

std::string plural(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

void print_committed(const model::PowerRequestView& view) {
  const model::PowerRequest& request = view.request;
  std::printf("request %llu: %s draws %s less, from %s to %s\n",
              static_cast<unsigned long long>(request.id.value), request.site.c_str(),
              committed_text(view).c_str(), base::format_time(request.from).c_str(),
              base::format_time(request.until).c_str());
  if (view.short_milliwatts > 0) {
    std::printf("it falls short by %s: what is left cannot be paused, or not in time\n",
                power_text(view.short_milliwatts).c_str());
  }
  if (request.unknown > 0) {
    std::printf("%s there, whose draw nobody has told, not counted\n",
                plural(request.unknown, "task").c_str());
  }
  Table table({"FROM", "AT MOST"});
  for (const model::PowerStep& step : request.committed) {
    table.add({base::format_time(step.from), power_text(step.milliwatts)});
  }
  table.print();
  const Counts counts = counts_of(request.planned);
  std::printf("for it: %s may begin later, %zu shrink, %zu pause\n",
              plural(request.delayed, "job").c_str(), counts.shrink, counts.pause);
  constexpr std::size_t shown = 20;
  for (std::size_t i = 0; i < request.planned.size() && i < shown; ++i) {
    const model::PowerTouch& touch = request.planned[i];
    std::printf("  job %llu: %s, %s\n", static_cast<unsigned long long>(touch.job.value),
                std::string(base::enum_name(touch.action)).c_str(),
                power_text(touch.milliwatts).c_str());
  }
  if (request.planned.size() > shown) {
    std::printf("  and %zu more\n", request.planned.size() - shown);
  }
}

std::string deadline_text(const model::PowerService& service) {
  if (!service.deadline) return "none";
  if (!service.deadline_kept) return "to come";
  return *service.deadline_kept ? "kept" : "missed";
}

void print_course(const model::PowerRequestView& view) {
  Table curve({"FROM", "DREW", "AT MOST"});
  for (const model::PowerSpan& span : view.delivered) {
    curve.add({base::format_time(span.from), power_text(span.mean_milliwatts),
               power_text(span.most_milliwatts)});
  }
  if (!curve.empty()) {
    std::printf("delivered so far, by the model:\n");
    curve.print();
  }
  Table jobs({"JOB", "WHAT", "SINCE", "FOR", "DEADLINE"});
  for (const model::PowerService& service : view.touched) {
    jobs.add({std::to_string(service.job.value), std::string(base::enum_name(service.action)),
              base::format_time(service.at),
              service.paused ? base::format_duration(*service.paused) : "-",
              deadline_text(service)});
  }
  if (!jobs.empty()) jobs.print();
}

int list_requests(const Common& common) {
  return show_answer<gateway::PowerRequestList>(
      common, "/v1/power/requests", [](const gateway::PowerRequestList& list) {
        if (list.requests.empty()) {
          std::printf("Nobody has asked a site to draw less: `weir power request` does.\n");
          return 0;
        }
        Table table({"REQUEST", "SITE", "STATE", "LESS", "FROM", "UNTIL", "PAUSED", "SHRUNK"});
        for (const model::PowerRequestView& view : list.requests) {
          const Counts counts = counts_of(view.touched);
          table.add({std::to_string(view.request.id.value), view.request.site,
                     std::string(base::enum_name(view.state)), committed_text(view),
                     base::format_time(view.request.from), base::format_time(view.request.until),
                     std::to_string(counts.pause), std::to_string(counts.shrink)});
        }
        table.print();
        return 0;
      });
}

int show_request(const Common& common, std::uint64_t id) {
  return show_answer<model::PowerRequestView>(common, "/v1/power/requests/" + std::to_string(id),
                                              [](const model::PowerRequestView& view) {
                                                print_committed(view);
                                                print_course(view);
                                                return 0;
                                              });
}

base::Result<gateway::PowerOrder> order_of(const PowerFlags& flags) {
  constexpr double mw_per_kw = 1e6;
  constexpr double kw_most = 1e9;
  gateway::PowerOrder order;
  order.site = flags.site;
  const auto milliwatts = [](double kw, const char* flag) -> base::Result<std::int64_t> {
    if (!(kw >= 0) || kw > kw_most) {
      return base::fail(base::ErrorCode::invalid, "cannot be", flag, "in kilowatts: 12.5");
    }
    return std::llround(kw * mw_per_kw);
  };
  if (flags.kw) order.less_milliwatts = WEIR_TRY(milliwatts(*flags.kw, "--kw"));
  if (flags.at_most_kw) {
    order.target_milliwatts = WEIR_TRY(milliwatts(*flags.at_most_kw, "--at-most-kw"));
  }
  base::Time from = now();
  if (!flags.from.empty()) order.from = from = WEIR_TRY(base::parse_time(flags.from));
  order.until = from + WEIR_TRY(base::parse_duration(flags.lasts));
  return order;
}

}  // namespace

int verb_power_request(const Common& common, const PowerFlags& flags) {
  if (flags.action == "requests") {
    return flags.id ? show_request(common, *flags.id) : list_requests(common);
  }
  return with_client(common, [&](Client& client) -> base::Result<int> {
    if (flags.action == "withdraw") {
      (void)WEIR_TRY(client.call("DELETE", "/v1/power/requests/" + std::to_string(*flags.id)));
      std::printf("request %llu is over\n", static_cast<unsigned long long>(*flags.id));
      return 0;
    }
    const auto order = WEIR_TRY(order_of(flags));
    const std::string answer =
        WEIR_TRY(client.call("POST", "/v1/power/requests", base::to_json(order)));
    if (common.format == Format::json) {
      std::printf("%s\n", answer.c_str());
    } else {
      print_committed(WEIR_TRY(base::from_json<model::PowerRequestView>(answer)));
    }
    return 0;
  });
}

}  // namespace weir::cli
