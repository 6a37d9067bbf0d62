#include "gateway/job_body.h"

#include <optional>
#include <span>

#include "base/document.h"
#include "base/read.h"
#include "model/job_file.h"

namespace weir::gateway {
namespace {

constexpr std::size_t errors_max = 100;
constexpr base::DocumentLimits limits{.bytes = std::size_t{32} << 20U, .nodes = 2'000'000};

base::Result<base::Document> parse(const Call& call) {
  const std::string_view type = call.header("Content-Type");
  if (type.find("yaml") == std::string_view::npos) {
    return base::parse_json(call.request.body, {}, limits);
  }
  return base::parse_yaml(call.request.body, std::string(call.header("Weir-File-Name")), limits);
}

// Adds one job, or what is wrong with it. It is item `index` of the list `list`; none: it is alone.
void read_one(const base::Document& document, std::optional<std::string_view> list,
              std::size_t index, JobBody& body) {
  auto spec = model::read_job(document);
  if (spec) return body.jobs.push_back(*std::move(spec));
  std::string where;
  if (list) where = std::string(*list) + "[" + std::to_string(index) + "]";
  std::vector<base::Error> errors{std::move(spec).error()};
  // Reading stops at the first problem; all of the form's are worth telling at once.
  const auto all = base::check_document<model::JobFile>(document);
  if (all.size() > 1) errors.insert(errors.end(), all.begin() + 1, all.end());
  for (base::Error& error : errors) {
    if (!where.empty()) error.field = error.field.empty() ? where : where + "." + error.field;
    if (body.errors.size() < errors_max) body.errors.push_back(std::move(error));
  }
}

void read_list(std::span<const base::Document> items, const std::string& name, JobBody& body) {
  if (items.empty()) {
    body.errors.push_back({base::ErrorCode::invalid, "there is no job in the list", name, "", {}});
    return;
  }
  if (items.size() > jobs_at_once_max) {
    body.errors.push_back({base::ErrorCode::too_large,
                           std::to_string(items.size()) + " jobs in one request; at most " +
                               std::to_string(jobs_at_once_max) + " are taken",
                           name,
                           "send them in several requests",
                           {}});
    return;
  }
  body.jobs.reserve(items.size());
  for (std::size_t i = 0; i < items.size() && body.errors.size() < errors_max; ++i) {
    read_one(items[i], name, i, body);
  }
}

}  // namespace

JobBody read_job_body(const Call& call, bool many) {
  JobBody body;
  auto document = parse(call);
  if (!document) {
    body.errors.push_back(std::move(document).error());
    return body;
  }
  if (many && document->is(base::DocumentKind::list)) {
    read_list(document->items(), "", body);
    return body;
  }
  const base::Document* jobs = many ? document->find("jobs") : nullptr;
  if (jobs != nullptr && jobs->is(base::DocumentKind::list)) {
    if (document->entries().size() != 1) {
      body.errors.push_back({base::ErrorCode::invalid,
                             "stands beside other fields; a list of jobs stands alone", "jobs", "",
                             jobs->place()});
      return body;
    }
    read_list(jobs->items(), "jobs", body);
    return body;
  }
  read_one(*document, std::nullopt, 0, body);
  return body;
}

}  // namespace weir::gateway
