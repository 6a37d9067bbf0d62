#include "model/job_data.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace weir::model {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr std::size_t inputs_most = 64;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

bool is_dataset_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), is_name_character);
}

// A path that stays in the job's folder.
Status check_path(const std::string& path, const std::string& field) {
  std::size_t begin = 0;
  bool good = !path.empty() && path.size() <= 1024 && path.front() != '/' &&
              path.find('\0') == std::string::npos;
  while (good && begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (path.substr(begin, end - begin) == "..") good = false;
    begin = end + 1;
  }
  if (good) return {};
  return fail(ErrorCode::invalid, "`" + path + "` does not lie in the job's folder", field,
              "write it like data/corpus: below the folder in which the job runs");
}

Result<DatasetVersion> dataset_of(const std::string& text, const std::string& field) {
  DatasetVersion which{text, 0};
  const auto at = text.find('@');
  bool good = true;
  if (at != std::string::npos) {
    which.name = text.substr(0, at);
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + at + 1, end, which.version);
    good = error == std::errc() && stop == end && which.version > 0;
  }
  if (good && is_dataset_name(which.name)) return which;
  return fail(ErrorCode::invalid, "`" + text + "` is no dataset", field,
              "write it like corpus, or corpus@3 for its version 3; see: weir datasets");
}

Status read_where(const WhereForm& form, WhereSpec& where) {
  where.sites = form.sites.names;
  where.residency = form.residency.names;
  for (std::string& place : where.residency) {
    if (!place.empty()) continue;
    return fail(ErrorCode::invalid, "names no country and no region", "where.residency",
                "write it like CN, or [CN, west]");
  }
  for (const std::string& site : where.sites) {
    if (site.empty()) {
      return fail(ErrorCode::invalid, "names no site", "where.sites",
                  "write it like [\"north-*\", lab]; see: weir sites");
    }
  }
  std::sort(where.sites.begin(), where.sites.end());
  std::sort(where.residency.begin(), where.residency.end());
  if (!form.latency_ms) return {};
  constexpr double longest_ms = 60'000;
  const double most = form.latency_ms->max;
  if (!(most >= 0 && most <= longest_ms)) {
    return fail(ErrorCode::invalid, "is not from 0 to 60000", "where.latency_ms.max",
                "in milliseconds, there and back: {to: shanghai, max: 20}");
  }
  if (form.latency_ms->to.empty()) {
    return fail(ErrorCode::invalid, "names no site", "where.latency_ms.to", "see: weir sites");
  }
  where.near = form.latency_ms->to;
  where.rtt_us_most = std::llround(most * 1000);
  return {};
}

}  // namespace

Status read_data(const JobFile& file, JobSpec& spec) {
  const DataForm& data = file.data;
  if (data.inputs.size() > inputs_most || data.outputs.size() > inputs_most) {
    return fail(ErrorCode::too_large, "has more than 64 datasets",
                data.inputs.size() > inputs_most ? "data.inputs" : "data.outputs");
  }
  std::set<std::string> places;
  for (std::size_t i = 0; i < data.inputs.size(); ++i) {
    const std::string field = "data.inputs[" + std::to_string(i) + "].";
    const DatasetVersion which = WEIR_TRY(dataset_of(data.inputs[i].dataset, field + "dataset"));
    const std::string at = data.inputs[i].at.empty() ? which.name : data.inputs[i].at;
    WEIR_TRY_STATUS(check_path(at, field + "at"));
    if (!places.insert(at).second) {
      return fail(ErrorCode::invalid, "another input is found at `" + at + "` too", field + "at",
                  "give each a place of its own");
    }
    spec.inputs.push_back({which.name, which.version, at});
  }
  for (std::size_t i = 0; i < data.outputs.size(); ++i) {
    const std::string field = "data.outputs[" + std::to_string(i) + "].";
    const DatasetVersion which = WEIR_TRY(dataset_of(data.outputs[i].dataset, field + "dataset"));
    if (which.version > 0) {
      return fail(ErrorCode::invalid, "names a version: what a job leaves is a new one",
                  field + "dataset", "write `dataset: " + which.name + "`");
    }
    WEIR_TRY_STATUS(check_path(data.outputs[i].path, field + "path"));
    spec.outputs.push_back({data.outputs[i].path, which.name});
  }
  return read_where(file.where, spec.where);
}

}  // namespace weir::model
