#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "gateway/log_reading.h"
#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

using backend::Stream;
using model::AttemptKey;

std::string logs_of(model::JobId id, const std::string& query = {}) {
  return "/v1/jobs/" + std::to_string(id.value) + "/logs" + query;
}

// A job that runs on a site of two nodes.
struct Running {
  explicit Running(std::string_view more = {}) {
    house.core.join_site("local", 2);
    id = house.submit(more);
    key = {id, 0, 1};
    house.core.report_running("local", key);
  }
  void end(AttemptKey attempt, model::Outcome outcome = {}) {
    house.core.report_ended("local", attempt, std::move(outcome));
  }
  std::shared_ptr<AskedAnswer> follow(const std::string& query = "?follow=true") {
    return house.begin(house.viewer, "GET", logs_of(id, query));
  }

  House house;
  model::JobId id;
  AttemptKey key;
};

// What a follower reads of one stream, put together.
std::string text_of(const std::vector<http::ServerEvent>& events,
                    const std::string& stream = "program") {
  std::string text;
  for (const http::ServerEvent& event : events) {
    if (event.event == "log" && member(event.data, "stream") == stream) {
      text += member(event.data, "text");
    }
  }
  return text;
}

std::vector<std::string> names_of(const std::vector<http::ServerEvent>& events) {
  std::vector<std::string> names;
  for (const http::ServerEvent& event : events) names.push_back(event.event);
  return names;
}

TEST(Logs, come_as_pieces_of_each_stream) {
  Running job;
  job.house.core.write_log(job.key, 0, Stream::setup, "installing\n");
  job.house.core.write_log(job.key, 0, Stream::program, "one\ntwo\n");
  const auto answer = job.house.get(logs_of(job.id));
  ASSERT_EQ(answer.status, 200U);
  EXPECT_EQ(member(answer.body, "entries"), "2");
  EXPECT_EQ(member(answer.body, "entries[0].stream"), "setup");
  EXPECT_EQ(member(answer.body, "entries[1].text"), "one\ntwo\n");
  EXPECT_EQ(member(answer.body, "entries[1].attempt"), "1");
  EXPECT_EQ(member(answer.body, "entries[1].next_offset"), "8");
  EXPECT_EQ(member(answer.body, "more"), "false");
  const auto one = job.house.get(logs_of(job.id, "?stream=setup"));
  EXPECT_EQ(member(one.body, "entries"), "1");
}

TEST(Logs, are_read_on_from_an_offset_of_one_log) {
  Running job;
  job.house.core.write_log(job.key, 0, Stream::program, "0123456789");
  const auto rest =
      job.house.get(logs_of(job.id, "?task=0&rank=0&attempt=1&stream=program&offset=7"));
  EXPECT_EQ(member(rest.body, "entries[0].text"), "789");
  EXPECT_EQ(member(rest.body, "entries[0].offset"), "7");
  const auto several = job.house.get(logs_of(job.id, "?offset=7"));
  EXPECT_EQ(several.status, 400U);
  EXPECT_EQ(member(several.body, "field"), "offset");
}

TEST(Logs, give_their_last_lines) {
  Running job;
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i) + "\n";
  job.house.core.write_log(job.key, 0, Stream::program, text);
  const auto last = job.house.get(logs_of(job.id, "?tail=2"));
  EXPECT_EQ(member(last.body, "entries[0].text"), "line 19998\nline 19999\n");
  EXPECT_EQ(member(job.house.get(logs_of(job.id, "?tail=0")).body, "entries"), "0");
  job.house.core.write_log(job.key, 0, Stream::program, "unfinished");
  EXPECT_EQ(member(job.house.get(logs_of(job.id, "?tail=1")).body, "entries[0].text"),
            "unfinished");
  const auto all = job.house.get(logs_of(job.id, "?tail=1000000"));
  EXPECT_EQ(member(all.body, "entries[0].offset"), "0");
}

TEST(Logs, too_large_for_one_answer_say_so) {
  Running job;
  job.house.core.write_log(job.key, 0, Stream::program, std::string(9U << 20U, 'x'));
  const auto answer = job.house.get(logs_of(job.id));
  EXPECT_EQ(member(answer.body, "more"), "true");
}

TEST(Logs, hold_what_is_no_text_without_breaking) {
  Running job;
  job.house.core.write_log(job.key, 0, Stream::program,
                           "a\xff\xfe"
                           "b");
  const auto answer = job.house.get(logs_of(job.id));
  EXPECT_EQ(member(answer.body, "entries[0].text"),
            "a\uFFFD\uFFFD"
            "b");
  EXPECT_EQ(member(answer.body, "entries[0].next_offset"), "4");
}

TEST(Logs, are_chosen_by_task_and_rank) {
  Running job(R"("nodes":2)");
  job.house.core.write_log(job.key, 0, Stream::program, "zero");
  job.house.core.write_log(job.key, 1, Stream::program, "one");
  EXPECT_EQ(member(job.house.get(logs_of(job.id)).body, "entries"), "2");
  const auto one = job.house.get(logs_of(job.id, "?rank=1"));
  EXPECT_EQ(member(one.body, "entries"), "1");
  EXPECT_EQ(member(one.body, "entries[0].text"), "one");
  EXPECT_EQ(job.house.get(logs_of(job.id, "?task=5")).status, 404U);
  EXPECT_EQ(job.house.get("/v1/jobs/" + std::to_string(job.id.value) + "_5/logs").status, 404U);
}

TEST(FollowedLogs, begin_with_the_state_and_end_with_the_outcome) {
  Running job;
  job.house.core.write_log(job.key, 0, Stream::program, "first\n");
  const auto stream = job.follow();
  EXPECT_EQ(stream->response().content_type, "text/event-stream");
  const auto status = stream->next_event();
  EXPECT_EQ(status->event, "status");
  EXPECT_EQ(member(status->data, "state"), "running");
  EXPECT_EQ(member(status->data, "text"), "job 1 (job) is running");
  EXPECT_EQ(text_of(stream->events_until("log")), "first\n");
  job.house.core.write_log(job.key, 0, Stream::program, "second\n");
  EXPECT_EQ(text_of(stream->events_until("log")), "second\n");
  model::Outcome outcome;
  outcome.ending = model::Ending::failed;
  outcome.reason = model::Reason::program_failed;
  outcome.exit_code = 3;
  job.house.core.write_log(job.key, 0, Stream::program, "last words");
  job.end(job.key, outcome);
  const auto rest = stream->events_until("never");
  EXPECT_EQ(text_of(rest), "last words");
  ASSERT_EQ(rest.back().event, "end");
  EXPECT_EQ(member(rest.back().data, "state"), "failed");
  EXPECT_EQ(member(rest.back().data, "exit_code"), "3");
}

TEST(FollowedLogs, say_why_a_job_waits) {
  House house;
  const model::JobId id = house.submit(R"("name":"train")");
  const auto stream = house.begin(house.user, "GET", logs_of(id, "?follow=true"));
  const auto status = stream->next_event();
  EXPECT_EQ(member(status->data, "state"), "queued");
  EXPECT_EQ(member(status->data, "name"), "train");
  house.core.join_site("local");
  EXPECT_EQ(member(stream->next_event()->data, "state"), "starting");
  house.core.report_running("local", {id, 0, 1});
  EXPECT_EQ(member(stream->next_event()->data, "state"), "running");
}

TEST(FollowedLogs, of_a_job_that_has_ended_end_at_once) {
  Running job;
  job.house.core.write_log(job.key, 0, Stream::program, "all\n");
  job.end(job.key);
  const auto events = job.follow()->events_until("never");
  EXPECT_EQ(names_of(events), (std::vector<std::string>{"status", "log", "end"}));
}

TEST(FollowedLogs, go_on_with_the_next_attempt) {
  Running job(R"("retry":{"events":["failed"],"max":1})");
  const auto stream = job.follow();
  job.house.core.write_log(job.key, 0, Stream::program, "once\n");
  model::Outcome failed;
  failed.ending = model::Ending::failed;
  job.end(job.key, failed);
  const AttemptKey again{job.id, 0, 2};
  job.house.core.report_running("local", again);
  job.house.core.write_log(again, 0, Stream::program, "twice\n");
  job.end(again);
  const auto events = stream->events_until("never");
  EXPECT_EQ(text_of(events), "once\ntwice\n");
  EXPECT_EQ(member(events.back().data, "state"), "succeeded");
}

TEST(FollowedLogs, of_one_task_end_with_the_task) {
  House house;
  house.core.join_site("local", 2, 1);
  const model::JobId id = house.submit(R"("array":"0-1")");
  for (const std::uint32_t task : {0U, 1U}) house.core.report_running("local", {id, task, 1});
  const auto stream = house.begin(house.user, "GET",
                                  "/v1/jobs/" + std::to_string(id.value) + "_1/logs?follow=true");
  house.core.write_log({id, 0, 1}, 0, Stream::program, "not mine");
  house.core.write_log({id, 1, 1}, 0, Stream::program, "mine");
  model::Outcome signalled;
  signalled.ending = model::Ending::failed;
  signalled.signal = 9;
  house.core.report_ended("local", {id, 1, 1}, signalled);
  const auto events = stream->events_until("never");
  EXPECT_EQ(text_of(events), "mine");
  EXPECT_EQ(member(events.back().data, "signal"), "9");
}

TEST(FollowedLogs, of_a_task_cancelled_before_it_ran_end) {
  House house;
  const model::JobId id = house.submit(R"("array":"0-1")");
  const std::string task = "/v1/jobs/" + std::to_string(id.value) + "_1";
  const auto stream = house.begin(house.user, "GET", task + "/logs?follow=true");
  house.post(task + "/cancel");
  const auto events = stream->events_until("never");
  EXPECT_EQ(events.back().event, "end");
  EXPECT_EQ(member(events.back().data, "state"), "cancelled");
}

TEST(FollowedLogs, never_cut_a_character) {
  Running job;
  const auto stream = job.follow("?follow=true&stream=program");
  static_cast<void>(stream->events_until("status"));
  job.house.core.write_log(job.key, 0, Stream::program,
                           "x\xe7\xae");  // two of the three of 算
  EXPECT_EQ(text_of(stream->events_until("log")), "x");
  job.house.core.write_log(job.key, 0, Stream::program,
                           "\x97"
                           "\xe5\xa0");
  EXPECT_EQ(text_of(stream->events_until("log")), "算");
  job.end(job.key);  // what never became whole is told as it is
  EXPECT_EQ(text_of(stream->events_until("never")), "\uFFFD\uFFFD");
}

TEST(FollowedLogs, wait_for_a_client_that_is_behind) {
  Running job;
  const std::string line(1023, 'x');
  for (int i = 0; i < 12 << 10; ++i) {
    job.house.core.write_log(job.key, 0, Stream::program, line + "\n");
  }
  job.end(job.key);
  const auto stream = job.follow();
  // The client does not read: no more than a few pieces are kept for it.
  static_cast<void>(stream->response());
  while (stream->queued_bytes() < Follower::queued_bytes_max) std::this_thread::yield();
  EXPECT_LT(stream->queued_bytes(), std::size_t{2} << 20U);
  EXPECT_EQ(text_of(stream->events_until("never")).size(), std::size_t{12} << 20U);
}

TEST(FollowedLogs, begin_at_their_last_lines) {
  Running job;
  job.house.core.write_log(job.key, 0, Stream::program, "old\nnew\n");
  const auto stream = job.follow("?follow=true&tail=1");
  EXPECT_EQ(text_of(stream->events_until("log")), "new\n");
  job.house.core.write_log(job.key, 0, Stream::program, "newer\n");
  EXPECT_EQ(text_of(stream->events_until("log")), "newer\n");
}

TEST(FollowedLogs, end_with_the_server) {
  Running job;
  const auto stream = job.follow();
  EXPECT_EQ(stream->next_event()->event, "status");
  job.house.gateway().stop();
  EXPECT_FALSE(stream->next_event().has_value());
}

TEST(FollowedLogs, are_forgotten_when_the_client_leaves) {
  Running job;
  const auto stream = job.follow();
  EXPECT_EQ(stream->next_event()->event, "status");
  stream->leave();
  job.end(job.key);  // nobody is there to hear it; the next stream is served as ever
  EXPECT_EQ(names_of(job.follow()->events_until("end")).back(), "end");
}

// ---- exec

std::shared_ptr<AskedAnswer> exec(Running& job, const std::string& body,
                                  const HeaderList& headers = {}) {
  return job.house.begin(job.house.user, "POST",
                         "/v1/jobs/" + std::to_string(job.id.value) + "/exec", body, headers);
}

TEST(Exec, tells_output_and_exit_code) {
  Running job;
  job.house.core.on_exec = [](const std::string& command, const auto& output, std::stop_token) {
    output("\xe7\xae");
    output("\x97 " + command);
    return base::Result<int>(7);
  };
  const auto events = exec(job, R"({"command":"hostname"})")->events_until("never");
  ASSERT_EQ(names_of(events), (std::vector<std::string>{"output", "exit"}));
  EXPECT_EQ(member(events[0].data, "text"), "算 hostname");
  EXPECT_EQ(events[1].data, R"({"code":7})");
}

TEST(Exec, needs_a_running_rank_and_a_user) {
  Running job;
  EXPECT_EQ(exec(job, R"({"command":"ls","rank":4})")->response().status, 404U);
  EXPECT_EQ(exec(job, R"({"command":"ls","task":4})")->response().status, 404U);
  EXPECT_EQ(exec(job, R"({"command":""})")->response().status, 400U);
  EXPECT_EQ(exec(job, R"({"comand":"ls"})")->response().status, 400U);
  const std::string path = "/v1/jobs/" + std::to_string(job.id.value) + "/exec";
  EXPECT_EQ(job.house.ask(job.house.viewer, "POST", path, R"({"command":"ls"})").status, 403U);
  job.end(job.key);
  EXPECT_EQ(exec(job, R"({"command":"ls"})")->response().status, 409U);
}

TEST(Exec, ends_the_command_when_the_client_leaves) {
  Running job;
  std::latch stopped(1);
  job.house.core.on_exec = [&](const std::string&, const auto& output, std::stop_token cancel) {
    output("up\n");
    while (!cancel.stop_requested()) std::this_thread::yield();
    stopped.count_down();
    return base::Result<int>(143);
  };
  const auto stream = exec(job, R"({"command":"sleep 1000"})");
  EXPECT_EQ(stream->next_event()->event, "output");
  stream->leave();
  stopped.wait();
}

TEST(Exec, under_the_same_key_runs_once) {
  Running job;
  std::atomic<int> runs = 0;
  job.house.core.on_exec = [&](const std::string&, const auto&, std::stop_token) {
    ++runs;
    return base::Result<int>(0);
  };
  const HeaderList key{{"Idempotency-Key", "k"}};
  EXPECT_EQ(exec(job, R"({"command":"ls"})", key)->events_until("exit").size(), 1U);
  EXPECT_EQ(exec(job, R"({"command":"ls"})", key)->response().status, 409U);
  EXPECT_EQ(runs, 1);
}

TEST(WholeCharacters, leave_out_only_what_may_still_become_whole) {
  EXPECT_EQ(whole_characters(""), 0U);
  EXPECT_EQ(whole_characters("abc"), 3U);
  EXPECT_EQ(whole_characters("a\xc3"), 1U);
  EXPECT_EQ(whole_characters("a\xc3\xa9"), 3U);
  EXPECT_EQ(whole_characters("\xe7\xae"), 0U);
  EXPECT_EQ(whole_characters("\xf0\x9f\x98"), 0U);
  EXPECT_EQ(whole_characters("\xf0\x9f\x98\x80"), 4U);
  EXPECT_EQ(whole_characters("\x80\x80\x80\x80"), 4U) << "no character begins there";
  EXPECT_EQ(whole_characters("\xc3"
                             "a"),
            2U);
}

}  // namespace
}  // namespace weir::gateway
