// Where replicas are, in rclone's form.
#include "mover/remote.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"

namespace weir::mover::test {
namespace {

std::string in_quotes(const std::string& value, char quote) {
  std::string text(1, quote);
  for (const char letter : value)
    text += letter == quote ? std::string(2, quote) : std::string(1, letter);
  return text + quote;
}

RC_GTEST_PROP(Remote, is_read_as_it_was_written, (std::uint64_t seed)) {
  base::Random random{seed};
  const std::string letters = "ab:,='\" \\/?数";
  const auto any_text = [&] {
    std::string text;
    for (std::uint64_t i = random.below(8); i > 0; --i) {
      text += letters[static_cast<std::size_t>(random.below(letters.size()))];
    }
    return text;
  };
  Remote remote;
  remote.backend = "webdav";
  std::string text = ":webdav";
  for (const char* name : {"url", "user", "bearer_token"}) {
    if (random.chance(1, 3)) continue;
    remote.options[name] = any_text();
    text += "," + std::string(name) + "=" +
            in_quotes(remote.options[name], random.chance(1, 2) ? '"' : '\'');
  }
  remote.path = any_text();
  while (remote.path.starts_with("//")) remote.path.erase(0, 1);
  text += ":" + remote.path;
  const auto read = parse_remote(text);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == remote);
}

TEST(Remote, may_be_a_folder_or_a_name) {
  EXPECT_EQ(parse_remote("/srv/data:1, 2")->path, "/srv/data:1, 2");
  EXPECT_EQ(parse_remote("north:corpus/v3")->path, "north:corpus/v3");
  EXPECT_EQ(parse_remote("north:corpus/v3")->backend, "");
  const auto flag = parse_remote(":s3,env-auth,provider=Other:bucket");
  EXPECT_EQ(flag->options.at("env_auth"), "true");
  EXPECT_EQ(flag->options.at("provider"), "Other");
}

TEST(Remote, says_where_it_is_amiss) {
  for (const char* text : {"", ":", ":webdav", ":webdav,", ":webdav,url='x",
                           ":webdav,url=a,url=b:", ":web dav:", ":webdav,=x:"}) {
    EXPECT_FALSE(parse_remote(text)) << text;
  }
  const auto address = parse_remote(":webdav,url=http://store:8080:corpus");
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().message, "an address stands without quotes, at letter 17");
}

TEST(Remote, reaches_rclone_through_its_environment) {
  const Replica replica{"north", ":webdav,url='http://store:1',user=weir:corpus", {{"pass", "x"}}};
  const auto variables = remote_environment("replica0", replica);
  ASSERT_TRUE(variables);
  const std::map<std::string, std::string> expected{
      {"RCLONE_CONFIG_REPLICA0_TYPE", "alias"},
      {"RCLONE_CONFIG_REPLICA0_REMOTE", "replica0at:corpus"},
      {"RCLONE_CONFIG_REPLICA0AT_TYPE", "webdav"},
      {"RCLONE_CONFIG_REPLICA0AT_URL", "http://store:1"},
      {"RCLONE_CONFIG_REPLICA0AT_USER", "weir"},
      {"RCLONE_CONFIG_REPLICA0AT_PASS", "x"}};
  EXPECT_EQ(*variables, expected);
  EXPECT_FALSE(remote_environment("r", {"north", "/srv/data", {{"pass", "x"}}}));
  EXPECT_FALSE(remote_environment("r", {"north", ":s3:b", {{"a=b", "x"}}}));
}

TEST(Remote, starts_no_program_of_a_stranger) {
  for (const char* text : {":webdav,bearer_token_command='touch x':", ":sftp,server-command=x:",
                           ":webdav,BEARER-token-Command=x:", ":sftp,ssh=x:"}) {
    const auto variables = remote_environment("r", {"north", text, {}});
    ASSERT_FALSE(variables) << text;
    EXPECT_EQ(variables.error().code, base::ErrorCode::forbidden);
  }
  EXPECT_FALSE(remote_environment("r", {"north", ":webdav:", {{"bearer_token_command", "x"}}}));
}

}  // namespace
}  // namespace weir::mover::test
