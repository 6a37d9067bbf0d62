#include "gateway/blobs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/hash.h"
#include "http/target.h"
#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

// As the HTTP server does it: the body goes where the plan says, then the handler is called.
http::HttpResponse put_blob(House& house, const std::string& token, const std::string& name,
                            const std::string& content) {
  http::HttpRequest request;
  request.method = "PUT";
  request.target = "/v1/blobs/" + name;
  request.segments = http::parse_target(request.target)->segments;
  request.headers.add("Authorization", "Bearer " + token);
  const http::BodyPlan plan = house.gateway().plan_body(request);
  if (plan.refusal) return *plan.refusal;
  std::ofstream(plan.to_file) << content;
  request.body_file = plan.to_file;
  request.body_bytes = content.size();
  const auto answer = std::make_shared<AskedAnswer>();
  house.gateway().handle(std::move(request), http::ResponseWriter(answer));
  return answer->response();
}

std::size_t uploads(const House& house) {
  const std::filesystem::directory_iterator files(house.data_folder + "/blobs/uploads");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST(Blobs, are_kept_under_their_content_and_tenant) {
  House house;
  const std::string content = "a packed folder";
  const std::string name = base::to_hex(base::sha256(content));
  EXPECT_EQ(house.ask(house.user, "HEAD", "/v1/blobs/" + name).status, 404U);
  EXPECT_EQ(put_blob(house, house.user, name, content).status, 201U);
  EXPECT_EQ(put_blob(house, house.user, name, content).status, 200U) << "it was there";
  EXPECT_EQ(house.ask(house.user, "HEAD", "/v1/blobs/" + name).status, 200U);
  EXPECT_EQ(house.ask(house.blue, "HEAD", "/v1/blobs/" + name).status, 404U);
  std::ifstream kept(blob_path(house.data_folder, "red", name));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(kept), {}), content);
  EXPECT_EQ(uploads(house), 0U);
  const std::string job = R"({"run":"true","workdir":"sha256:)" + name + R"("})";
  EXPECT_EQ(house.post("/v1/jobs", job).status, 201U);
  EXPECT_EQ(house.ask(house.blue, "POST", "/v1/jobs", job).status, 422U);
}

TEST(Blobs, with_other_content_than_their_name_are_refused) {
  House house;
  const std::string name(64, '0');
  const auto response = put_blob(house, house.user, name, "something");
  EXPECT_EQ(response.status, 400U);
  EXPECT_EQ(member(response.body, "field"), "sha256");
  EXPECT_EQ(house.ask(house.user, "HEAD", "/v1/blobs/" + name).status, 404U);
  EXPECT_EQ(uploads(house), 0U) << "what was refused is gone";
}

TEST(Blobs, leave_no_upload_behind_when_refused_late) {
  House house;
  http::HttpRequest request;
  request.method = "PUT";
  request.target = "/v1/blobs/" + std::string(64, '0');
  request.segments = http::parse_target(request.target)->segments;
  request.headers.add("Authorization", "Bearer " + house.user);
  request.body_file = house.gateway().plan_body(request).to_file;
  std::ofstream(request.body_file) << "content";
  house.gateway().stop();
  const auto answer = std::make_shared<AskedAnswer>();
  house.gateway().handle(std::move(request), http::ResponseWriter(answer));
  EXPECT_EQ(answer->response().status, 503U);
  EXPECT_EQ(uploads(house), 0U);
}

TEST(Blobs, have_names_that_lead_nowhere_else) {
  House house;
  for (const std::string& name :
       {std::string("abc"), std::string(64, 'A'), std::string(63, 'a') + "%2F"}) {
    EXPECT_EQ(house.ask(house.user, "HEAD", "/v1/blobs/" + name).status, 400U) << name;
  }
  EXPECT_EQ(blob_path("/d", "../../etc", "x").find(".."), std::string::npos);
  EXPECT_NE(blob_path("/d", "a", "x"), blob_path("/d", "b", "x"));
  EXPECT_EQ(put_blob(house, house.viewer, std::string(64, '0'), "x").status, 403U);
}

}  // namespace
}  // namespace weir::gateway
