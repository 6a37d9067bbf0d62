// Servers that restart, clusters that fail, go away or forget, and hands that meddle.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "http/client.h"
#include "tests/backend/support/kubernetes_site.h"

namespace weir::backend::test {
namespace {

using End = RankOutcome::End;
using kubernetes_stand_in::StandInOptions;
using State = RankObservation::State;

// A request by somebody else who may do everything.
unsigned meddle(KubernetesSite& site, const std::string& method, const std::string& path,
                const std::string& body = "") {
  auto client = http::HttpClient::connect(site.cluster().url());
  EXPECT_TRUE(client);
  const auto answer = client->request(method, path,
                                      {{"Authorization", "Bearer " + site.options.access.token},
                                       {"Content-Type", "application/json"}},
                                      body);
  EXPECT_TRUE(answer);
  return answer ? answer->status : 0;
}

std::string only_pod(KubernetesSite& site) {
  const auto pods = site.cluster().objects("", "pods");
  EXPECT_EQ(pods.size(), 1U);
  return pods.empty() ? "" : std::string(pods[0].at("metadata").at("name").as_string());
}

std::size_t count(const std::vector<std::string>& requests, const std::string& begin) {
  return static_cast<std::size_t>(std::ranges::count_if(
      requests, [&](const std::string& each) { return each.starts_with(begin); }));
}

TEST(KubernetesTrouble, finds_what_runs_and_what_ended_after_a_restart) {
  KubernetesSite site;
  const RankOrder lasting = order_for("echo begun; while [ ! -e over ]; do sleep 0.02; done", 1);
  const RankOrder brief = order_for("sleep 0.2; echo done; exit 4", 2);
  ASSERT_TRUE(site.backend().start(lasting));
  ASSERT_TRUE(site.backend().start(brief));
  site.await_log(lasting.key, Stream::program, "begun");
  site.close();
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  site.restart();
  EXPECT_EQ(site.await_end(brief.key).exit_code, 4);
  EXPECT_EQ(site.log(brief.key, Stream::program), "done\n");
  site.await_running(lasting.key);
  ASSERT_TRUE(site.backend().start(lasting));  // changes nothing
  ASSERT_TRUE(site.backend().stop(lasting.key, "over"));
  EXPECT_EQ(site.await_end(lasting.key).end, End::stopped);
  EXPECT_TRUE(site.log(lasting.key, Stream::program).starts_with("begun\n"));
  site.restart();
  EXPECT_EQ(site.backend().observe().size(), 2U);
  EXPECT_EQ(site.await_end(lasting.key).message, "over");
  EXPECT_EQ(count(site.cluster().requests(), "POST /apis/batch/v1"), 2U);
}

TEST(KubernetesTrouble, ends_a_stop_that_an_earlier_server_was_asked_for) {
  KubernetesSite site;
  const RankOrder order = order_for("echo begun; sleep 100");
  ASSERT_TRUE(site.backend().start(order));
  site.await_log(order.key, Stream::program, "begun");
  site.cluster().go_away();
  ASSERT_TRUE(site.backend().stop(order.key, "cancelled"));
  site.close();
  site.cluster().come_back();
  site.restart();
  const RankOutcome outcome = site.await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.message, "cancelled");
}

TEST(KubernetesTrouble, runs_a_rank_once_though_the_folder_of_the_site_is_lost) {
  KubernetesSite site;
  const RankOrder order = order_for("echo run >> ../../runs; sleep 0.5");
  ASSERT_TRUE(site.backend().start(order));
  site.await_running(order.key);
  site.close();
  site.options.folder = site.outside() / "other";
  site.restart();
  ASSERT_TRUE(site.backend().start(order));
  EXPECT_EQ(site.await_end(order.key).end, End::exited);
  EXPECT_EQ(read_file(site.outside() / "nodes/runs"), "run\n");
}

TEST(KubernetesTrouble, refuses_a_name_that_is_somebody_else_s) {
  KubernetesSite site;
  site.close();
  const std::string job =
      R"({"metadata":{"name":"weir-lab-1-0-1-0"},"spec":{"suspend":true,"template":{"spec":)"
      R"({"restartPolicy":"Never","containers":[{"name":"c","image":"registry.invalid/x:1"}]}}}})";
  ASSERT_EQ(meddle(site, "POST", "/apis/batch/v1/namespaces/weir/jobs", job), 201U);
  site.restart();
  const RankOutcome outcome = site.run(order_for("true"));
  EXPECT_EQ(outcome.end, End::start_failed);
  EXPECT_NE(outcome.message.find("somebody else"), std::string::npos);
}

TEST(KubernetesTrouble, outlives_a_cluster_that_goes_away) {
  KubernetesSite site;
  const RankOrder order = order_for("echo begun; sleep 0.3; echo done");
  ASSERT_TRUE(site.backend().start(order));
  site.await_running(order.key);
  site.cluster().go_away();
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  EXPECT_EQ(site.backend().observe().at(0).state, State::running);
  site.cluster().come_back();
  EXPECT_EQ(site.await_end(order.key).end, End::exited);
  EXPECT_EQ(site.log(order.key, Stream::program), "begun\ndone\n");
}

TEST(KubernetesTrouble, begins_before_the_cluster_is_there) {
  KubernetesSite site;
  site.close();
  site.cluster().go_away();
  site.restart();
  const RankOrder order = order_for("echo late");
  ASSERT_TRUE(site.backend().start(order));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(site.backend().observe().at(0).state, State::starting);
  site.cluster().come_back();
  EXPECT_EQ(site.await_end(order.key).end, End::exited);
}

TEST(KubernetesTrouble, watches_on_after_a_cut_and_lists_anew_where_changes_are_forgotten) {
  KubernetesSite site;
  const RankOrder first = order_for("sleep 0.3", 1);
  ASSERT_TRUE(site.backend().start(first));
  site.await_running(first.key);
  site.cluster().cut_watches();
  EXPECT_EQ(site.await_end(first.key).end, End::exited);

  const RankOrder second = order_for("sleep 0.3", 2);
  ASSERT_TRUE(site.backend().start(second));
  site.await_running(second.key);
  site.cluster().go_away();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // it ends, and nobody hears of it
  site.cluster().forget_changes();
  site.cluster().come_back();
  EXPECT_EQ(site.await_end(second.key).end, End::exited);
}

TEST(KubernetesTrouble, reads_long_lists_page_by_page) {
  KubernetesSite site;
  site.options.page_size = 1;
  site.restart();
  site.cluster().add_node({"node-1", {{"cpu", "1"}}});
  site.cluster().add_node({"node-2", {{"cpu", "1"}}});
  const auto nodes = site.backend().nodes();
  ASSERT_TRUE(nodes);
  EXPECT_EQ(nodes->size(), 3U);
}

TEST(KubernetesTrouble, asks_again_where_it_is_told_to_wait) {
  KubernetesSite site;
  site.cluster().refuse_next(6, 429, 0);
  EXPECT_EQ(site.run(order_for("true", 1)).end, End::exited);
  site.cluster().refuse_next(6, 503);
  EXPECT_EQ(site.run(order_for("true", 2)).end, End::exited);
  site.cluster().refuse_next(2, 409);
  EXPECT_EQ(site.run(order_for("true", 3)).end, End::exited);
  site.cluster().refuse_next(1, 429, 1);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(site.run(order_for("true", 4)).end, End::exited);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(900));
}

TEST(KubernetesTrouble, takes_a_new_token_from_its_file) {
  KubernetesSite site;
  const std::string path = site.outside() / "token";
  std::ofstream(path) << "a-token\n";
  site.options.access.token = "not this one";
  site.options.access.token_file = path;
  site.restart();
  EXPECT_EQ(site.run(order_for("true", 1)).end, End::exited);
  site.cluster().change_token("another");
  const RankOrder order = order_for("true", 2);
  ASSERT_TRUE(site.backend().start(order));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(site.backend().observe().at(1).outcome);
  std::ofstream(path) << "another\n";
  EXPECT_EQ(site.await_end(order.key).end, End::exited);
  for (const std::string& file : files_below(site.options.folder)) {
    EXPECT_EQ(read_file(file).find("another"), std::string::npos) << file;
  }
}

TEST(KubernetesTrouble, fails_to_start_what_the_cluster_refuses_with_its_words) {
  StandInOptions options;
  options.jobs_max = 0;
  KubernetesSite site(options);
  const RankOutcome outcome = site.run(order_for("true"));
  EXPECT_EQ(outcome.end, End::start_failed);
  EXPECT_NE(outcome.message.find("exceeded quota"), std::string::npos) << outcome.message;
}

// On older versions a Job puts a new pod in the place of one that is deleted.
void lose_a_pod(int minor) {
  StandInOptions options;
  options.minor = minor;
  KubernetesSite site(options);
  RankOrder order = order_for("echo run >> ../../runs; echo begun; sleep 100");
  order.kill_grace = std::chrono::milliseconds(500);
  ASSERT_TRUE(site.backend().start(order));
  site.await_log(order.key, Stream::program, "begun");
  EXPECT_EQ(meddle(site, "DELETE", "/api/v1/namespaces/weir/pods/" + only_pod(site)), 200U);
  const RankOutcome outcome = site.await_end(order.key);
  EXPECT_EQ(outcome.end, End::vanished) << outcome.message;
  EXPECT_TRUE(eventually([&] { return site.cluster().objects("batch", "jobs").empty(); }));
  EXPECT_TRUE(eventually([&] { return site.cluster().objects("", "pods").empty(); }));
  // Where another takes the place of a deleted pod, ours has to be quicker: no more can be
  // promised.
  if (minor >= 26) {
    EXPECT_EQ(read_file(site.outside() / "nodes/runs"), "run\n");
  }
}

TEST(KubernetesTrouble, tells_a_rank_lost_whose_pod_is_deleted_by_others) {
  lose_a_pod(20);
  lose_a_pod(29);
}

TEST(KubernetesTrouble, tells_a_rank_lost_whose_job_is_deleted_by_others) {
  KubernetesSite site;
  RankOrder order = order_for("echo begun; sleep 100");
  ASSERT_TRUE(site.backend().start(order));
  site.await_log(order.key, Stream::program, "begun");
  EXPECT_EQ(meddle(site, "DELETE", "/apis/batch/v1/namespaces/weir/jobs/weir-lab-1-0-1-0"), 200U);
  EXPECT_EQ(site.await_end(order.key).end, End::vanished);
}

TEST(KubernetesTrouble, waits_in_kueue_s_queue_only_where_there_is_kueue) {
  for (const bool has_kueue : {false, true}) {
    StandInOptions options;
    options.minor = 29;
    options.has_kueue = has_kueue;
    KubernetesSite site(options);
    site.options.queue = "team";
    site.restart();
    const RankOrder order = order_for("true");
    ASSERT_TRUE(site.backend().start(order));
    ASSERT_TRUE(eventually([&] { return !site.cluster().objects("batch", "jobs").empty(); }));
    const auto job = site.cluster().objects("batch", "jobs").at(0);
    EXPECT_EQ(job.at("spec").as_object().contains("suspend"), has_kueue);
    EXPECT_EQ(job.at("spec").at("podReplacementPolicy"), boost::json::value("Failed"));
    if (!has_kueue) {
      EXPECT_EQ(site.await_end(order.key).end, End::exited);
      continue;
    }
    EXPECT_EQ(job.at("metadata").at("labels").at("kueue.x-k8s.io/queue-name"),
              boost::json::value("team"));
    ASSERT_TRUE(site.backend().stop(order.key, "cancelled"));
    EXPECT_EQ(site.await_end(order.key).end, End::stopped);
  }
}

// A certificate of this machine's loopback that certifies itself.
http::TlsIdentity loopback_identity(const std::string& folder) {
  const std::string command =
      "cd '" + folder +
      "' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1"
      " -keyout key.pem -out certificate.pem -subj /CN=stand-in"
      " -addext subjectAltName=IP:127.0.0.1 > /dev/null 2>&1";
  if (std::system(command.c_str()) != 0) return {};  // NOLINT: one thread so far
  const std::string certificate = read_file(folder + "/certificate.pem");
  return {certificate, read_file(folder + "/key.pem"), certificate};
}

TEST(KubernetesTrouble, believes_a_cluster_over_tls_by_its_authority_alone) {
  const Folder folder;
  const http::TlsIdentity own = loopback_identity(folder.path());
  if (own.key.empty()) GTEST_SKIP() << "there is no openssl to make a certificate with";
  KubernetesSite site;
  site.options.access.server = site.cluster().serve_tls(own);
  const auto ask = [&](const std::string& believed) {
    site.options.access.authority = believed;
    site.restart();
    return site.backend().nodes();
  };
  const auto nodes = ask(own.certificate);
  EXPECT_TRUE(nodes) << nodes.error().text();
  EXPECT_EQ(site.run(order_for("true")).end, End::exited);
  const Folder elsewhere;
  EXPECT_FALSE(ask(loopback_identity(elsewhere.path()).certificate));
  const auto unasked = ask("");
  ASSERT_FALSE(unasked);
  EXPECT_EQ(unasked.error().code, base::ErrorCode::invalid);
}

TEST(KubernetesTrouble, says_no_secret_and_no_token_in_an_error) {
  KubernetesSite site;
  site.options.access.token = "wrong-token";
  site.restart();
  const auto nodes = site.backend().nodes();
  ASSERT_FALSE(nodes);
  EXPECT_EQ(nodes.error().code, base::ErrorCode::unauthenticated);
  EXPECT_EQ(nodes.error().text().find("wrong-token"), std::string::npos);
}

}  // namespace
}  // namespace weir::backend::test
