// The gateway behind a real server: what only sockets can show.
#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>
#include <thread>

#include "base/hash.h"
#include "gateway/blobs.h"
#include "http/client.h"
#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

struct Served {
  Served() {
    http::HttpServerOptions options;
    options.plan_body = [this](const http::HttpRequest& head) {
      return house.gateway().plan_body(head);
    };
    auto listening = http::HttpServer::listen(
        options, [this](http::HttpRequest request, http::ResponseWriter writer) {
          house.gateway().handle(std::move(request), std::move(writer));
        });
    EXPECT_TRUE(listening.has_value());
    server = *std::move(listening);
  }
  ~Served() {
    house.gateway().stop();
    server->stop();
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  House house;
  std::unique_ptr<http::HttpServer> server;
};

http::HttpClient client_of(const Served& served) {
  auto client = http::HttpClient::connect(served.server->url());
  if (!client) throw std::runtime_error(client.error().text());
  return std::move(*client);
}

HeaderList as(const std::string& token) {
  return {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}};
}

TEST(GatewayServer, takes_a_job_to_its_end) {
  Served served;
  served.house.core.join_site("local");
  http::HttpClient client = client_of(served);
  const auto submitted =
      client.request("POST", "/v1/jobs", as(served.house.user), R"({"run":"true"})");
  ASSERT_TRUE(submitted.has_value());
  EXPECT_EQ(submitted->status, 201U);
  EXPECT_EQ(submitted->header("Location"), "/v1/jobs/1");
  served.house.core.report_running("local", {{1}, 0, 1});
  served.house.core.report_ended("local", {{1}, 0, 1}, {});
  const auto shown = client.request("GET", "/v1/jobs/1?wait=30", as(served.house.user));
  EXPECT_EQ(member(shown->body, "summary.state"), "succeeded");
}

TEST(GatewayServer, refuses_a_stranger_before_the_body_is_sent) {
  Served served;
  http::HttpClient client = client_of(served);
  const std::string file = served.house.data_folder + "/large";
  std::ofstream(file) << std::string(8U << 20U, 'x');
  const std::string target = "/v1/blobs/" + std::string(64, '0');
  EXPECT_EQ(client.upload("PUT", target, as("weir_unknown"), file)->status, 401U);
  const auto viewer = client.upload("PUT", target, as(served.house.viewer), file);
  EXPECT_EQ(viewer->status, 403U);
  EXPECT_LT(served.server->statistics().bytes_received, 16U << 20U);
}

TEST(GatewayServer, takes_a_blob_from_the_wire_to_its_place) {
  Served served;
  http::HttpClient client = client_of(served);
  const std::string content(3U << 20U, 'z');
  const std::string file = served.house.data_folder + "/packed";
  std::ofstream(file) << content;
  const std::string name = base::to_hex(base::sha256(content));
  HeaderList headers{{"Authorization", "Bearer " + served.house.user}};
  EXPECT_EQ(client.upload("PUT", "/v1/blobs/" + name, headers, file)->status, 201U);
  EXPECT_EQ(client.request("HEAD", "/v1/blobs/" + name, headers)->status, 200U);
  EXPECT_TRUE(has_blob(served.house.data_folder, "red", name));
}

TEST(GatewayServer, streams_events_to_a_client_that_comes_back) {
  Served served;
  for (int i = 0; i < 6; ++i) served.house.submit();
  http::HttpClient client = client_of(served);
  std::string last = "0";
  std::vector<std::string> ids;
  while (ids.size() < 6) {
    http::EventParser parser;
    HeaderList headers = as(served.house.user);
    headers.emplace_back("Last-Event-ID", last);
    // Each time the client goes after the first event, whatever else has come with it.
    const auto streamed =
        client.stream("GET", "/v1/events", headers, "", [&](std::string_view bytes) {
          const auto events = parser.feed(bytes);
          if (events->empty()) return true;
          ids.push_back(member(events->front().data, "facts[0].job"));
          last = events->front().id;
          return false;
        });
    ASSERT_TRUE(streamed.has_value()) << streamed.error().text();
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"1", "2", "3", "4", "5", "6"}));
}

TEST(GatewayServer, ends_its_streams_before_it_stops) {
  Served served;
  served.house.core.join_site("local");
  served.house.submit();
  std::thread ender;
  http::HttpClient client = client_of(served);
  const auto streamed = client.stream(
      "GET", "/v1/jobs/1/logs?follow=true", as(served.house.user), "", [&](std::string_view) {
        if (!ender.joinable()) ender = std::thread([&] { served.house.gateway().stop(); });
        return true;
      });
  ender.join();
  EXPECT_TRUE(streamed.has_value());
}

}  // namespace
}  // namespace weir::gateway
