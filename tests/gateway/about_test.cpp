#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "base/document.h"
#include "gateway/openapi.h"
#include "gateway/problem.h"
#include "gateway/routes.h"
#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

const base::Document& at(const base::Document& document, std::string_view key) {
  const base::Document* found = document.find(key);
  EXPECT_NE(found, nullptr) << key;
  static const base::Document none;
  return found == nullptr ? none : *found;
}

// Every "$ref" of a document.
void collect_references(const base::Document& document, std::set<std::string>& out) {
  for (const base::Document& item : document.is(base::DocumentKind::list)
                                        ? document.items()
                                        : std::span<const base::Document>()) {
    collect_references(item, out);
  }
  if (!document.is(base::DocumentKind::map)) return;
  for (const base::DocumentEntry& entry : document.entries()) {
    if (entry.key.text() == "$ref") out.insert(std::string(entry.value.text()));
    collect_references(entry.value, out);
  }
}

TEST(OpenApi, lists_every_route_once_and_refers_to_nothing_missing) {
  House house;
  const auto response = house.get("/v1/openapi.json");
  const auto document = base::parse_json(response.body);
  ASSERT_TRUE(document.has_value()) << document.error().text();
  EXPECT_EQ(at(*document, "openapi").text(), "3.1.0");
  std::size_t operations = 0;
  for (const base::DocumentEntry& path : at(*document, "paths").entries()) {
    operations += path.value.entries().size();
  }
  EXPECT_EQ(operations, all_routes().size());
  std::set<std::string_view> names;
  for (const Route& route : all_routes()) {
    std::string method(route.method);
    for (char& letter : method) letter = static_cast<char>(std::tolower(letter));
    const auto& operation = at(at(at(*document, "paths"), route.path), method);
    EXPECT_EQ(at(operation, "operationId").text(), route.operation);
    EXPECT_NE(at(operation, "responses").find(std::to_string(route.reply.status)), nullptr);
    EXPECT_TRUE(names.insert(route.operation).second) << route.operation;
  }
  std::set<std::string> references;
  collect_references(*document, references);
  EXPECT_GT(references.size(), 20U);
  for (const std::string& reference : references) {
    const base::Document* node = &*document;
    std::string_view rest = std::string_view(reference).substr(2);
    while (!rest.empty() && node != nullptr) {
      const std::size_t slash = std::min(rest.find('/'), rest.size());
      node = node->find(rest.substr(0, slash));
      rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
    EXPECT_NE(node, nullptr) << reference;
  }
}

TEST(Reference, is_the_page_in_the_repository) {
  const std::string path = std::string(WEIR_SOURCE_DIR) + "/docs/en/api.md";
  const std::string page = reference_page(all_routes());
  if (std::getenv("REWRITE") != nullptr) {
    std::ofstream(path) << page;
    return;
  }
  std::ifstream file(path);
  const std::string kept(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(kept == page) << "docs/en/api.md is not what the table of routes says; "
                               "REWRITE=1 with this test writes it";
  for (const Route& route : all_routes()) {
    EXPECT_NE(page.find("`" + std::string(route.method) + " " + std::string(route.path) + "`"),
              std::string::npos);
  }
}

TEST(Reasons, are_a_closed_list) {
  House house;
  const auto response = house.get("/v1/reasons");
  EXPECT_EQ(member(response.body, "reasons"), std::to_string(model::all_reasons().size()));
  EXPECT_EQ(member(response.body, "reasons[0].reason"), "none");
}

TEST(Sites, nodes_and_devices_are_listed) {
  House house;
  house.core.join_site("local", 2, 8);
  const auto sites = house.get("/v1/sites");
  EXPECT_EQ(member(sites.body, "sites[0].name"), "local");
  EXPECT_EQ(member(sites.body, "sites[0].cpus"), "16");
  EXPECT_EQ(member(house.get("/v1/nodes").body, "nodes"), "2");
  EXPECT_EQ(member(house.get("/v1/devices").body, "devices[0].model"), "nvidia-h100");
}

// The value of a sample by its name and labels as they stand; "" where there is none.
std::string sample(const std::string& text, const std::string& name) {
  const std::size_t start = text.find("\n" + name + " ");
  if (start == std::string::npos) return {};
  const std::size_t value = start + name.size() + 2;
  return text.substr(value, text.find('\n', value) - value);
}

TEST(Metrics, count_jobs_requests_sites_and_the_process) {
  House house;
  house.core.join_site("local", 1, 1);
  const model::JobId id = house.submit();
  house.submit();
  house.core.report_running("local", {id, 0, 1});
  house.get("/v1/nothing");
  const auto response = house.get("/metrics");
  EXPECT_TRUE(response.content_type.starts_with("text/plain; version=0.0.4"));
  const std::string& text = response.body;
  EXPECT_EQ(sample(text, R"(weir_jobs{state="running"})"), "1");
  EXPECT_EQ(sample(text, R"(weir_jobs{state="waiting"})"), "1");
  EXPECT_EQ(sample(text, "weir_jobs_submitted_total"), "2");
  EXPECT_EQ(sample(text, R"(weir_site_cpus_free{site="local"})"), "0");
  EXPECT_EQ(
      sample(text, R"(weir_http_requests_total{method="POST",route="/v1/jobs",status="201"})"),
      "2");
  EXPECT_EQ(sample(text, R"(weir_http_requests_total{method="other",route="none",status="404"})"),
            "1");
  EXPECT_EQ(sample(text, R"(weir_journal_commit_seconds_bucket{le="+Inf"})"), "0");
  EXPECT_GT(std::stod(sample(text, "process_resident_memory_bytes")), 1e6);
  EXPECT_GT(std::stod(sample(text, "process_start_time_seconds")), 1.6e9);
  house.core.report_ended("local", {id, 0, 1}, {});
  EXPECT_EQ(sample(house.get("/metrics").body, R"(weir_jobs_ended_total{state="succeeded"})"), "1");
}

TEST(Metrics, are_well_formed_line_by_line) {
  House house;
  house.core.join_site("quoted \"site\"");
  std::istringstream lines(house.get("/metrics").body);
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
    } else if (!line.starts_with("# HELP ")) {
      EXPECT_TRUE(line.starts_with(family)) << line;
      const std::size_t space = line.rfind(' ');
      ASSERT_NE(space, std::string::npos) << line;
      EXPECT_NO_THROW(static_cast<void>(std::stod(line.substr(space + 1)))) << line;
    }
  }
  EXPECT_NE(house.get("/metrics").body.find(R"(site="quoted \"site\"")"), std::string::npos);
}

TEST(Problems, are_each_documented_once) {
  std::set<std::string_view> names;
  for (const ProblemNote& note : all_problems()) {
    EXPECT_TRUE(names.insert(note.name).second) << note.name;
    EXPECT_EQ(note_of(note.type).name, note.name);
  }
}

}  // namespace
}  // namespace weir::gateway
