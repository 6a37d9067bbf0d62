#include <gtest/gtest.h>

#include <set>

#include "gateway/reply_book.h"
#include "gateway/token_book.h"
#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

TEST(Tokens, are_made_work_at_once_and_are_revoked_at_once) {
  House house;
  const auto made = house.ask(house.operator_, "POST", "/v1/tokens",
                              R"({"tenant":"green","principal":"ann","role":"viewer"})");
  ASSERT_EQ(made.status, 201U) << made.body;
  EXPECT_EQ(made.header("Cache-Control"), "no-store");
  const std::string token = member(made.body, "token");
  EXPECT_TRUE(token.starts_with("weir_"));
  EXPECT_EQ(token.size(), 48U);
  EXPECT_EQ(house.ask(token, "GET", "/v1/jobs").status, 200U);
  EXPECT_EQ(house.ask(token, "POST", "/v1/jobs", R"({"run":"true"})").status, 403U);
  const std::string path = "/v1/tokens/" + member(made.body, "id");
  EXPECT_EQ(house.ask(house.operator_, "DELETE", path).status, 204U);
  EXPECT_EQ(house.ask(token, "GET", "/v1/jobs").status, 401U);
  EXPECT_EQ(house.ask(house.operator_, "DELETE", path).status, 204U) << "again changes nothing";
}

TEST(Tokens, are_listed_without_their_text) {
  House house;
  const auto list = house.ask(house.operator_, "GET", "/v1/tokens");
  EXPECT_EQ(member(list.body, "tokens"), "4");
  EXPECT_EQ(member(list.body, "tokens[3].tenant"), "blue");
  EXPECT_EQ(list.body.find("hash"), std::string::npos);
}

TEST(Tokens, still_hold_after_a_restart) {
  House house;
  house.reopen();
  EXPECT_EQ(house.get("/v1/jobs").status, 200U);
}

TEST(Tokens, are_refused_with_names_that_could_mislead) {
  House house;
  const auto refused = [&](const std::string& body, const std::string& field) {
    const auto response = house.ask(house.operator_, "POST", "/v1/tokens", body);
    EXPECT_EQ(response.status, 400U) << body;
    EXPECT_EQ(member(response.body, "field"), field) << body;
  };
  refused(R"({"tenant":"../x","principal":"ann"})", "tenant");
  refused(R"({"tenant":"x","principal":""})", "principal");
  refused(R"({"tenant":"x","principal":"ann","role":"king"})", "role");
  refused(R"({"tenant":"x"})", "principal");
  EXPECT_EQ(house.ask(house.operator_, "DELETE", "/v1/tokens/99").status, 404U);
  EXPECT_EQ(house.ask(house.operator_, "DELETE", "/v1/tokens/abc").status, 404U);
}

TEST(Tokens, said_again_under_the_same_key_are_the_same_token) {
  House house;
  const HeaderList key{{"Idempotency-Key", "t1"}};
  const std::string body = R"({"tenant":"green","principal":"ann"})";
  const auto first = house.ask(house.operator_, "POST", "/v1/tokens", body, key);
  const auto second = house.ask(house.operator_, "POST", "/v1/tokens", body, key);
  EXPECT_EQ(first.body, second.body);
  EXPECT_EQ(second.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(member(house.ask(house.operator_, "GET", "/v1/tokens").body, "tokens"), "5");
  const auto other = house.ask(house.operator_, "POST", "/v1/tokens",
                               R"({"tenant":"green","principal":"bob"})", key);
  EXPECT_EQ(other.status, 409U);
}

TEST(Tokens, are_never_alike) {
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(TokenBook::make_token());
  EXPECT_EQ(tokens.size(), 1000U);
}

TEST(Secrets, are_kept_sealed_and_told_by_name_only) {
  House house;
  EXPECT_EQ(house.ask(house.user, "PUT", "/v1/secrets/HF_TOKEN", R"({"value":"hush"})").status,
            204U);
  EXPECT_EQ(house.get("/v1/secrets").body, R"({"names":["HF_TOKEN"]})");
  EXPECT_EQ(house.ask(house.blue, "GET", "/v1/secrets").body, R"({"names":[]})");
  house.core.ask(
      [](const engine::Engine& engine, base::Time) {
        EXPECT_EQ(engine.state().secrets.at("red").at("HF_TOKEN"), "sealed:4");
      },
      [] {});
  EXPECT_EQ(house.post("/v1/jobs", R"({"run":"true","secrets":["HF_TOKEN"]})").status, 201U);
  EXPECT_EQ(house.ask(house.user, "DELETE", "/v1/secrets/HF_TOKEN").status, 204U);
  EXPECT_EQ(house.ask(house.user, "DELETE", "/v1/secrets/HF_TOKEN").status, 404U);
}

TEST(Secrets, are_held_to_what_an_environment_can_hold) {
  House house;
  const auto put = [&](const std::string& name, const std::string& body) {
    return house.ask(house.user, "PUT", "/v1/secrets/" + name, body).status;
  };
  EXPECT_EQ(put("1ABC", R"({"value":"x"})"), 400U);
  EXPECT_EQ(put("A-B", R"({"value":"x"})"), 400U);
  EXPECT_EQ(put("WEIR_JOB_ID", R"({"value":"x"})"), 400U);
  EXPECT_EQ(put("A", R"({"value":""})"), 400U);
  EXPECT_EQ(put("A", R"({"value":"a\u0000b"})"), 400U);
  EXPECT_EQ(put("A", R"({"valu":"x"})"), 400U);
  EXPECT_EQ(put("A", R"({"value":")" + std::string(65'537, 'x') + R"("})"), 413U);
  EXPECT_EQ(put("A", R"({"value":")" + std::string(65'536, 'x') + R"("})"), 204U);
  EXPECT_EQ(house.ask(house.viewer, "PUT", "/v1/secrets/A", R"({"value":"x"})").status, 403U);
}

// ---- replies kept by key

TEST(ReplyBook, lets_what_was_refused_be_asked_again) {
  House house;
  const HeaderList key{{"Idempotency-Key", "hold"}};
  EXPECT_EQ(house.post("/v1/jobs/1/hold", "", key).status, 404U);
  house.submit();
  const auto first = house.post("/v1/jobs/1/hold", "", key);
  EXPECT_EQ(first.status, 200U);
  EXPECT_FALSE(first.header("Idempotent-Replayed").has_value());
  house.post("/v1/jobs/1/release");
  const auto again = house.post("/v1/jobs/1/hold", "", key);
  EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(member(house.get("/v1/jobs/1").body, "summary.state"), "queued")
      << "said again, it is not done again";
}

TEST(ReplyBook, keeps_keys_of_different_people_and_paths_apart) {
  House house;
  const HeaderList key{{"Idempotency-Key", "same"}};
  const std::string body = R"({"tenant":"green","principal":"ann"})";
  house.submit();
  EXPECT_EQ(house.post("/v1/jobs/1/hold", "", key).status, 200U);
  EXPECT_EQ(
      house.ask(house.operator_, "POST", "/v1/jobs/1/hold", "", key).header("Idempotent-Replayed"),
      std::nullopt);
  EXPECT_EQ(house.ask(house.operator_, "POST", "/v1/tokens", body, key).status, 201U);
  EXPECT_EQ(house.post("/v1/jobs/2/hold", "", key).status, 409U)
      << "another path under the key of the same operation";
}

}  // namespace
}  // namespace weir::gateway
