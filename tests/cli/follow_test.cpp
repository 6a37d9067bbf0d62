// A followed log against a server that breaks off, restarts and says no.
#include "cli/follow.h"

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "cli/exit_codes.h"
#include "gateway/log_session.h"
#include "gateway/replies.h"
#include "http/server.h"

namespace weir::cli {
namespace {

using gateway::LogEntry;
using http::HttpRequest;
using http::ResponseWriter;

std::string log_event(const LogEntry& entry) {
  return http::format_event({"", "log", base::to_json(entry), {}});
}

// Bytes `offset`… of what rank 0 prints.
std::string printed(std::int64_t offset, const std::string& text, const char* stream = "program") {
  const auto size = static_cast<std::int64_t>(text.size());
  return log_event({stream, 0, 1, 0, offset, offset + size, text});
}

std::string end_event(const gateway::LogEnd& end) {
  return http::format_event({"", "end", base::to_json(end), {}});
}

struct Heard {
  base::Result<FollowResult> result;
  std::string out;
  std::string err;
  std::vector<std::string> targets;
};

// Follows job 7 on a server that gives one of `answers` to each connection, and then ends it.
class FollowTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "weir-cli-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    std::ofstream(folder_ / "token") << "secret\n";
    ASSERT_EQ(::chmod((folder_ / "token").c_str(), 0600), 0);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Heard follow(std::vector<std::string> answers, LogFlags flags = {}) {
    Heard heard{base::fail(base::ErrorCode::invalid, "not followed"), "", "", {}};
    std::atomic<std::size_t> connection = 0;
    auto server = http::HttpServer::listen({}, [&](const http::HttpRequest& request,
                                                   const http::ResponseWriter& writer) {
      if (request.headers.find("Authorization") != "Bearer secret") {
        return writer.send(http::problem_response({401, "unauthenticated", "Who are you?", ""}));
      }
      heard.targets.push_back(request.target);
      const std::size_t number = connection++;
      if (number >= answers.size()) {
        return writer.send(http::problem_response({404, "not-found", "No such job", ""}));
      }
      const auto stream = writer.stream(200, "text/event-stream");
      stream.write(answers[number]);
      stream.close();
    });
    EXPECT_TRUE(server) << server.error().text();
    flags.job = flags.job.empty() ? "7" : flags.job;
    flags.follow = true;
    auto client = Client::connect({(*server)->url(), (folder_ / "token").string(), "."});
    EXPECT_TRUE(client) << client.error().text();
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    heard.result = follow_job(*client, flags);
    heard.out = testing::internal::GetCapturedStdout();
    heard.err = testing::internal::GetCapturedStderr();
    (*server)->stop();
    return heard;
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(FollowTest, prints_each_stream_where_it_belongs_and_passes_the_code_on) {
  const Heard heard =
      follow({http::format_event({"", "status", R"({"text":"job 7 (x) is running"})", {}}) +
              printed(0, "setting up\n", "setup") + printed(0, "hello\n") +
              printed(0, "node a\n", "platform") +
              end_event({model::JobState::failed, model::Reason::none, 7, 0, ""})});
  ASSERT_TRUE(heard.result) << heard.result.error().text();
  EXPECT_EQ(heard.result->exit_code, 7);
  EXPECT_FALSE(heard.result->detached);
  EXPECT_EQ(heard.out, "hello\n");
  EXPECT_EQ(heard.err, "── job 7 (x) is running\nsetting up\nnode a\n");
}

TEST_F(FollowTest, prints_no_byte_twice_when_the_stream_breaks_off) {
  LogFlags flags;
  flags.tail = 5;
  const Heard heard =
      follow({printed(10, "one\ntwo\n"),
              printed(0, "before....") + printed(10, "one\ntwo\nthree\n") + printed(24, "four\n") +
                  end_event({model::JobState::succeeded, model::Reason::none, 0, 0, ""})},
             flags);
  ASSERT_TRUE(heard.result) << heard.result.error().text();
  EXPECT_EQ(heard.result->exit_code, 0);
  EXPECT_EQ(heard.out, "one\ntwo\nthree\nfour\n");
  ASSERT_EQ(heard.targets.size(), 2U);
  EXPECT_EQ(heard.targets[0], "/v1/jobs/7/logs?stream=all&follow=true&tail=5");
  EXPECT_EQ(heard.targets[1], "/v1/jobs/7/logs?stream=all&follow=true")
      << "what came meanwhile may be longer than the tail";
}

TEST_F(FollowTest, labels_whole_lines) {
  LogFlags flags;
  flags.labels = true;
  const Heard heard = follow(
      {printed(0, "hel") + log_event({"program", 0, 1, 1, 0, 4, "two\n"}) + printed(3, "lo\nlast") +
       end_event({model::JobState::succeeded, model::Reason::none, 0, 0, ""})},
      flags);
  ASSERT_TRUE(heard.result) << heard.result.error().text();
  EXPECT_EQ(heard.out, "[0.1] two\n[0.0] hello\n[0.0] last\n");
}

TEST_F(FollowTest, ends_with_the_code_of_the_one_task_it_followed) {
  LogFlags flags;
  flags.job = "7_3";
  const Heard heard =
      follow({end_event({model::JobState::failed, model::Reason::none, 0, 9, ""})}, flags);
  ASSERT_TRUE(heard.result) << heard.result.error().text();
  EXPECT_EQ(heard.result->exit_code, 137);
  EXPECT_EQ(heard.targets, (std::vector<std::string>{"/v1/jobs/7_3/logs?stream=all&follow=true"}));
}

TEST_F(FollowTest, gives_up_where_the_server_says_no) {
  const Heard heard = follow({});
  ASSERT_FALSE(heard.result);
  EXPECT_EQ(heard.result.error().code, base::ErrorCode::not_found);
}

}  // namespace
}  // namespace weir::cli
