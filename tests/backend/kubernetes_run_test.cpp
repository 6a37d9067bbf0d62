// Ranks as pods, against a stand-in of a control plane that runs containers as real processes.
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <chrono>
#include <csignal>
#include <fstream>

#include "tests/backend/support/kubernetes_site.h"

namespace weir::backend::test {
namespace {

using End = RankOutcome::End;
using std::chrono::milliseconds;

TEST(KubernetesRun, runs_a_rank_and_tells_its_end_and_its_log) {
  KubernetesSite site;
  const RankOrder order = order_for("echo hello; echo to stderr >&2; exit 3");
  const RankOutcome outcome = site.run(order);
  EXPECT_EQ(outcome.end, End::exited) << outcome.message;
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_GT(outcome.started_us, 0);
  EXPECT_EQ(site.log(order.key, Stream::program), "hello\nto stderr\n");
  EXPECT_EQ(site.log(order.key, Stream::setup), "");
}

TEST(KubernetesRun, tells_a_signal_from_an_exit) {
  KubernetesSite site;
  const RankOutcome outcome = site.run(order_for("kill -SEGV $$"));
  EXPECT_EQ(outcome.end, End::signalled);
  EXPECT_EQ(outcome.signal, SIGSEGV);
  EXPECT_EQ(outcome.exit_code, 0);
}

TEST(KubernetesRun, gives_text_and_environment_on_as_they_stand) {
  KubernetesSite site;
  RankOrder order = order_for("echo \"$(echo inner) $GIVEN\" '$(GIVEN)' $$ | sed 's/[0-9]*$/pid/'");
  order.environment["GIVEN"] = "one $(HOME) $$ two\nlines";
  ASSERT_EQ(site.run(order).end, End::exited);
  EXPECT_EQ(site.log(order.key, Stream::program),
            "inner one $(HOME) $$ twopid\nlines $(GIVEN) pid\n");
}

TEST(KubernetesRun, runs_setup_first_and_keeps_its_words_apart) {
  KubernetesSite site;
  RankOrder order = order_for("cat made; echo of the program");
  order.setup = "echo from setup > made; printf 'no end of line'";
  EXPECT_EQ(site.run(order).end, End::exited);
  EXPECT_EQ(site.log(order.key, Stream::setup), "no end of line");
  EXPECT_EQ(site.log(order.key, Stream::program), "from setup\nof the program\n");

  RankOrder failing = order_for("echo never", 2);
  failing.setup = "exit 7";
  const RankOutcome outcome = site.run(failing);
  EXPECT_EQ(outcome.stage, Stage::setup);
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_EQ(site.log(failing.key, Stream::program), "");
}

TEST(KubernetesRun, runs_scripts_with_an_interpreter_of_their_own) {
  KubernetesSite site;
  const RankOrder order = order_for("#!/usr/bin/env -S sed -n 's/^# said: //p'\n# said: by sed\n");
  EXPECT_EQ(site.run(order).end, End::exited);
  EXPECT_EQ(site.log(order.key, Stream::program), "by sed\n");
}

TEST(KubernetesRun, keeps_secrets_out_of_everything_but_the_environment) {
  KubernetesSite site;
  RankOrder order = order_for("echo \"${#PASSWORD} letters\"; sleep 0.3");
  order.secrets["PASSWORD"] = "swordfish-$(HOME)";
  EXPECT_EQ(site.run(order).end, End::exited);
  EXPECT_EQ(site.log(order.key, Stream::program), "17 letters\n");
  for (const char* kind : {"pods", "events"}) {
    for (const auto& object : site.cluster().objects("", kind)) {
      EXPECT_EQ(boost::json::serialize(object).find("swordfish"), std::string::npos);
    }
  }
  for (const auto& job : site.cluster().objects("batch", "jobs")) {
    EXPECT_EQ(boost::json::serialize(job).find("swordfish"), std::string::npos);
  }
  for (const std::string& file : files_below(site.options.folder)) {
    EXPECT_EQ(read_file(file).find("swordfish"), std::string::npos) << file;
  }
  EXPECT_TRUE(eventually([&] { return site.cluster().objects("", "secrets").empty(); }))
      << "nobody needs it any more";
  EXPECT_TRUE(site.backend().forget(order.key));
}

TEST(KubernetesRun, asks_for_devices_by_their_resource) {
  KubernetesSite site;
  RankOrder order = order_for("true");
  order.environment["WEIR_DEVICES"] = "0,1";
  order.cpu_count = 2;
  order.memory_bytes = 1 << 20;
  EXPECT_EQ(site.run(order).end, End::exited);
  const auto pods = site.cluster().objects("", "pods");
  ASSERT_EQ(pods.size(), 1U);
  const auto& limits = pods[0].at("spec").at("containers").at(0).at("resources").at("limits");
  EXPECT_EQ(limits.at("nvidia.com/gpu"), boost::json::value("2"));
  EXPECT_EQ(limits.at("cpu"), boost::json::value("2"));
  EXPECT_EQ(limits.at("memory"), boost::json::value("1048576"));

  RankOrder third = order_for("true", 2);
  third.environment["WEIR_DEVICES"] = "2";
  const RankOutcome outcome = site.run(third);
  EXPECT_EQ(outcome.end, End::start_failed);
  EXPECT_NE(outcome.message.find("node node-0 has no device 2"), std::string::npos);
}

TEST(KubernetesRun, says_in_the_cluster_s_words_why_a_rank_waits) {
  KubernetesSite site;
  RankOrder order = order_for("true");
  order.cpu_count = 9;
  ASSERT_TRUE(site.backend().start(order));
  EXPECT_NE(site.await_log(order.key, Stream::platform, "Insufficient cpu")
                .find("waiting: Unschedulable: 0/1 nodes are available: 1 Insufficient cpu."),
            std::string::npos);
  ASSERT_TRUE(site.backend().stop(order.key, "cancelled"));
  EXPECT_EQ(site.await_end(order.key).end, End::stopped);
  EXPECT_TRUE(eventually([&] { return site.cluster().objects("", "pods").empty(); }));
}

TEST(KubernetesRun, fails_to_start_what_has_no_image_with_the_words_of_the_pull) {
  KubernetesSite site;
  site.options.image = "registry.invalid/none:1";
  site.restart();
  const RankOrder order = order_for("true");
  const RankOutcome outcome = site.run(order);
  EXPECT_EQ(outcome.end, End::start_failed);
  EXPECT_NE(outcome.message.find("no such host"), std::string::npos) << outcome.message;
  EXPECT_TRUE(eventually([&] { return site.cluster().objects("batch", "jobs").empty(); }));
}

TEST(KubernetesRun, refuses_what_pods_do_not_bring_and_starts_nothing) {
  KubernetesSite site;
  RankOrder order = order_for("true");
  order.workdir_archive = "/nowhere/archive.tar.zst";
  const RankOutcome outcome = site.run(order);
  EXPECT_EQ(outcome.end, End::start_failed);
  EXPECT_NE(outcome.message.find("working folder"), std::string::npos);
  EXPECT_TRUE(site.cluster().objects("batch", "jobs").empty());
  const auto code = site.backend().exec(order.key, "true", {}, {});
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, base::ErrorCode::unavailable);
  EXPECT_NE(code.error().hint.find("kubectl exec"), std::string::npos);
}

TEST(KubernetesRun, keeps_no_more_of_a_log_than_the_order_says) {
  KubernetesSite site;
  RankOrder order = order_for("for i in 1 2 3 4 5; do echo 123456789; done; sleep 0.2; echo end");
  order.log_bytes_max = 25;
  EXPECT_EQ(site.run(order).end, End::exited);
  EXPECT_EQ(site.log(order.key, Stream::program), "123456789\n123456789\n12345");
  EXPECT_EQ(site.log(order.key, Stream::platform), "the log is full: what follows is not kept\n");
}

TEST(KubernetesRun, tells_the_nodes_and_what_others_use_of_them) {
  KubernetesSite site;
  site.cluster().add_node({"node-1", {{"cpu", "64"}, {"huawei.com/Ascend910", "8"}}, {}, true});
  const auto nodes = site.backend().nodes();
  ASSERT_TRUE(nodes) << nodes.error().text();
  ASSERT_EQ(nodes->size(), 2U);
  EXPECT_EQ((*nodes)[0].node.cpus, 8U);
  EXPECT_EQ((*nodes)[0].node.memory_bytes, std::int64_t{16} << 30);
  ASSERT_EQ((*nodes)[0].node.devices.size(), 2U);
  EXPECT_EQ((*nodes)[0].node.devices[1].model, "nvidia-a100");
  EXPECT_TRUE((*nodes)[0].is_ready);
  EXPECT_TRUE((*nodes)[1].is_cordoned);
  ASSERT_EQ((*nodes)[1].node.devices.size(), 8U);
  EXPECT_EQ((*nodes)[1].node.devices[0].model, "");
}

}  // namespace
}  // namespace weir::backend::test
