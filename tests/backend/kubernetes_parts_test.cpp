// The pure parts of the Kubernetes backend: names, amounts, objects, statuses, logs, tables.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>

#include "backend/kubernetes/access.h"
#include "backend/kubernetes/amounts.h"
#include "backend/kubernetes/conclusion.h"
#include "backend/kubernetes/device_resources.h"
#include "backend/kubernetes/features.h"
#include "backend/kubernetes/job_object.h"
#include "backend/kubernetes/log_text.h"
#include "backend/kubernetes/names.h"
#include "backend/kubernetes/node_shape.h"
#include "backend/kubernetes/pod_status.h"
#include "backend/kubernetes/rank_script.h"
#include "tests/backend/support/lab.h"

namespace weir::backend::kubernetes {
namespace {

using End = RankOutcome::End;
using State = RankObservation::State;

boost::json::value read(const std::string& text) { return boost::json::parse(text); }

TEST(KubernetesNames, name_a_rank_and_read_it_back) {
  const RankKey key{42, 7, 1, 0};
  EXPECT_EQ(object_name("site1", key), "weir-site1-42-7-1-0");
  EXPECT_EQ(parse_object_name("site1", "weir-site1-42-7-1-0"), key);
  for (const char* other : {"weir-site2-42-7-1-0", "weir-site1-42-7-1", "weir-site1-42-7-1-0-0",
                            "weir-site1-42-7-01-0", "weir-site1-", "weir-site1-4_2.1.0", ""}) {
    EXPECT_FALSE(parse_object_name("site1", other)) << other;
  }
  EXPECT_FALSE(is_instance_name("with-dash"));
  EXPECT_FALSE(is_instance_name(""));
}

TEST(KubernetesAmounts, read_what_the_api_writes) {
  EXPECT_EQ(parse_milli_amount("500m"), 500);
  EXPECT_EQ(parse_milli_amount("64"), 64'000);
  EXPECT_EQ(parse_milli_amount("1.5"), 1500);
  EXPECT_EQ(parse_milli_amount("100u"), 1);
  EXPECT_EQ(parse_amount("512Gi"), std::int64_t{512} << 30);
  EXPECT_EQ(parse_amount("1Ki"), 1024);
  EXPECT_EQ(parse_amount("128k"), 128'000);
  EXPECT_EQ(parse_amount("12e6"), 12'000'000);
  for (const char* wrong : {"", "eight", "-1", "1Xi", "1ki", "1.2.3", "1e", "1e99", "m",
                            "99999999999999999999", "9999Pi"}) {
    EXPECT_FALSE(parse_milli_amount(wrong)) << wrong;
  }
}

TEST(KubernetesDevices, are_known_by_resource_and_label) {
  EXPECT_GT(device_resources().size(), 20U);
  EXPECT_EQ(find_device_resource("example.com/foo", {}), nullptr);
  EXPECT_EQ(find_device_resource("nvidia.com/gpu", {})->model, "");
  const auto model = [](const char* product) {
    return find_device_resource("nvidia.com/gpu", {{"nvidia.com/gpu.product", product}})->model;
  };
  EXPECT_EQ(model("NVIDIA-A100-SXM4-80GB"), "nvidia-a100");
  EXPECT_EQ(model("NVIDIA-A10"), "nvidia-a10");
  EXPECT_EQ(model("NVIDIA-GeForce-RTX-4090-D"), "nvidia-rtx-4090-d");
  EXPECT_EQ(model("NVIDIA-H200"), "nvidia-h200");
  EXPECT_EQ(model("Something-else"), "");
  EXPECT_EQ(
      find_device_resource("huawei.com/Ascend910", {{"accelerator-type", "module-910b-8"}})->model,
      "ascend-910b");
  EXPECT_FALSE(parse_device_resources("h\nx/y,,,v,m,gpu\n"));
  EXPECT_FALSE(parse_device_resources("h\nx/y,l,,v,m,gpu,s\n"));
  EXPECT_FALSE(parse_device_resources("h\nx/y,,,v,m,gpu,s\nx/y,,,v,m,gpu,s\n"));
  EXPECT_FALSE(parse_device_resources("h\nx/y,,,v,m,gpu,\n"));
}

TEST(KubernetesFeatures, are_what_discovery_says) {
  const std::string groups = R"({"groups":[{"name":"batch","versions":[{"version":"v1"}]}]})";
  const auto old = discovery_of(R"({"major":"1","minor":"20","gitVersion":"v1.20.2"})", groups);
  ASSERT_TRUE(old);
  EXPECT_FALSE(old->features.suspends_jobs || old->features.tells_replacement ||
               old->features.has_kueue);
  const auto newer = discovery_of(R"({"major":"1","minor":"29+"})", groups);
  ASSERT_TRUE(newer);
  EXPECT_TRUE(newer->features.suspends_jobs && newer->features.tells_replacement);
  EXPECT_FALSE(discovery_of(R"({"major":"1","minor":"19"})", groups));
  EXPECT_FALSE(discovery_of(R"({"major":"1","minor":"29"})", R"({"groups":[]})"));
  EXPECT_FALSE(discovery_of("not json", groups));
}

RankOrder full_order() {
  RankOrder order = test::order_for("echo $HOME");
  order.key = {42, 7, 1, 0};
  order.secrets["TOKEN"] = "swordfish";
  order.memory_bytes = 1 << 30;
  order.cpu_count = 4;
  order.time_limit = std::chrono::minutes(10);
  order.notice_signal = SIGUSR1;
  order.notice_before = std::chrono::minutes(1);
  return order;
}

TEST(KubernetesJob, says_all_of_the_order_and_never_runs_twice_by_itself) {
  JobTerms terms;
  terms.instance = "site1";
  terms.image = "registry.test/base:1";
  terms.devices["huawei.com/Ascend910"] = 8;
  const boost::json::value job = job_object(full_order(), terms);
  EXPECT_EQ(job.at("metadata").at("name"), boost::json::value("weir-site1-42-7-1-0"));
  EXPECT_EQ(job.at("spec").at("backoffLimit"), boost::json::value(0));
  EXPECT_FALSE(job.at("spec").as_object().contains("suspend"));
  EXPECT_FALSE(job.at("spec").as_object().contains("ttlSecondsAfterFinished"));
  const auto& spec = job.at("spec").at("template").at("spec");
  EXPECT_EQ(spec.at("restartPolicy"), boost::json::value("Never"));
  EXPECT_EQ(spec.at("automountServiceAccountToken"), boost::json::value(false));
  EXPECT_EQ(spec.at("terminationGracePeriodSeconds"), boost::json::value(7));
  EXPECT_EQ(spec.at("activeDeadlineSeconds"), boost::json::value(600 + 5 + 1800));
  EXPECT_EQ(boost::json::serialize(spec.at("affinity")),
            R"({"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":)"
            R"({"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","operator":"In",)"
            R"("values":["node-0"]}]}]}}})");
  EXPECT_EQ(boost::json::serialize(spec.at("tolerations")),
            R"([{"key":"huawei.com/Ascend910","operator":"Exists"}])");
  const auto& container = spec.at("containers").at(0);
  EXPECT_EQ(boost::json::serialize(container.at("resources")),
            R"({"limits":{"cpu":"4","memory":"1073741824","huawei.com/Ascend910":"8"}})");
  EXPECT_EQ(container.at("command").at(5), boost::json::value("echo $$HOME"));
  EXPECT_EQ(boost::json::serialize(job).find("swordfish"), std::string::npos);
  EXPECT_NE(boost::json::serialize(container.at("env"))
                .find(R"({"name":"TOKEN","valueFrom":{"secretKeyRef":{"name":)"
                      R"("weir-site1-42-7-1-0","key":"TOKEN"}}})"),
            std::string::npos);
  const boost::json::value secret = secret_object(full_order(), "site1");
  EXPECT_EQ(secret.at("data").at("TOKEN"), boost::json::value("c3dvcmRmaXNo"));
}

TEST(KubernetesJob, refuses_text_that_no_argument_holds) {
  RankOrder order = full_order();
  EXPECT_EQ(refusal_of(order), "");
  order.run = std::string(stage_bytes_max + 1, 'x');
  EXPECT_NE(refusal_of(order), "");
  order.run = std::string("a\0b", 3);
  EXPECT_NE(refusal_of(order), "");
}

TEST(KubernetesScript, writes_seconds_as_sleep_takes_them) {
  EXPECT_EQ(seconds_text(std::chrono::seconds(90)), "90");
  EXPECT_EQ(seconds_text(std::chrono::milliseconds(1250)), "1.250");
  EXPECT_EQ(unexpanded("$(A) $$ a"), "$$(A) $$$$ a");
  EXPECT_EQ(parse_last_words("weir 1 timed_out setup 143\n")->stage, Stage::setup);
  EXPECT_FALSE(parse_last_words("weir 2 exited program 0"));
  EXPECT_FALSE(parse_last_words("weir 1 exited nowhere 0"));
  EXPECT_FALSE(parse_last_words("free words of a program"));
}

PodView pod(const std::string& status, const std::string& spec = R"({"nodeName":"n"})") {
  return view_of_pod(read(R"({"metadata":{"name":"p","labels":{"job-name":"j"}},"spec":)" + spec +
                          R"(,"status":)" + status + "}"));
}
PodView ended(const std::string& terminated, const std::string& more = "") {
  return pod(R"({"phase":"Failed","containerStatuses":[{"name":"rank","state":{"terminated":)" +
             terminated + "}}]" + more + "}");
}

TEST(KubernetesPod, is_starting_until_a_container_runs) {
  EXPECT_EQ(pod(R"({"phase":"Pending"})").state, State::starting);
  const PodView waits =
      pod(R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False",)"
          R"("reason":"Unschedulable","message":"0/5 nodes are available: 5 Insufficient cpu."}]})",
          "{}");
  EXPECT_EQ(waits.waits_for, "Unschedulable: 0/5 nodes are available: 5 Insufficient cpu.");
  const PodView runs =
      pod(R"({"phase":"Running","containerStatuses":[{"name":"other","state":{}},)"
          R"({"name":"rank","state":{"running":{"startedAt":"2026-01-01T00:00:05Z"}}}]})");
  EXPECT_EQ(runs.state, State::running);
  EXPECT_EQ(runs.started_us, 1'767'225'605'000'000);
  // Its limit is over, and its container still being ended.
  EXPECT_EQ(pod(R"({"phase":"Failed","reason":"DeadlineExceeded","containerStatuses":)"
                R"([{"name":"rank","state":{"running":{}}}]})")
                .state,
            State::running);
}

TEST(KubernetesPod, ends_as_its_container_did) {
  EXPECT_EQ(ended(R"({"exitCode":3,"reason":"Error"})").outcome->exit_code, 3);
  EXPECT_EQ(ended(R"({"exitCode":139})").outcome->signal, SIGSEGV);
  EXPECT_EQ(ended(R"({"exitCode":139})").outcome->end, End::signalled);
  EXPECT_EQ(ended(R"({"exitCode":200})").outcome->exit_code, 200);
  const PodView memory = ended(R"({"exitCode":137,"reason":"OOMKilled"})");
  EXPECT_TRUE(memory.outcome->out_of_memory);
  EXPECT_EQ(memory.outcome->signal, SIGKILL);
  const PodView killed = ended(R"({"exitCode":137,"message":"weir 1 running program 0"})");
  EXPECT_EQ(killed.outcome->end, End::vanished) << "nothing within does that to the first process";
  EXPECT_EQ(ended(R"({"exitCode":137,"message":"weir 1 exited program 137"})").outcome->end,
            End::signalled);
  const PodView limit = ended(
      R"({"exitCode":137,"message":"weir 1 running setup 0","startedAt":"2026-01-01T00:00:00Z",)"
      R"("finishedAt":"2026-01-01T00:00:05Z"})",
      R"(,"reason":"DeadlineExceeded")");
  EXPECT_EQ(limit.outcome->end, End::timed_out);
  EXPECT_EQ(limit.outcome->stage, Stage::setup);
  EXPECT_EQ(limit.outcome->usage.wall_us, 5'000'000);
  const PodView evicted = ended(R"({"exitCode":143,"message":"weir 1 stopped program 143"})",
                                R"(,"reason":"Evicted","message":"low on\nmemory")");
  EXPECT_EQ(evicted.outcome->end, End::vanished);
  EXPECT_EQ(evicted.outcome->message, "Evicted: low on memory");
  EXPECT_EQ(ended(R"({"exitCode":128,"reason":"StartError","message":"no sh"})").outcome->end,
            End::start_failed);
  EXPECT_EQ(pod(R"({"phase":"Failed","reason":"UnexpectedAdmissionError","message":"gone"})")
                .outcome->end,
            End::start_failed);
}

TEST(KubernetesPod, survives_answers_of_no_sense) {
  for (const char* odd :
       {"null", "[]", "{}", R"({"status":7})", R"({"status":{"containerStatuses":[7,{}]}})",
        R"({"status":{"containerStatuses":[{"state":{"terminated":{"exitCode":"x"}}}]}})",
        R"({"status":{"containerStatuses":[{"state":{"terminated":)"
        R"({"exitCode":-99999999999,"signal":-1,"startedAt":"then"}}}]}})"}) {
    const PodView view = view_of_pod(read(odd));
    EXPECT_EQ(view.outcome.has_value(), view.state == State::ended) << odd;
  }
}

TEST(KubernetesConclusion, tells_a_stop_from_an_end_of_its_own) {
  RankRecord record;
  const PodView stopped = ended(R"({"exitCode":143,"message":"weir 1 stopped program 143"})");
  EXPECT_EQ(conclusion_of(stopped, record, false).end, End::vanished);
  record.stop_asked = true;
  record.stop_reason = "cancelled";
  EXPECT_EQ(conclusion_of(stopped, record, true).end, End::stopped);
  EXPECT_EQ(conclusion_of(stopped, record, true).message, "cancelled");
  const PodView failed = ended(R"({"exitCode":3,"message":"weir 1 exited program 3"})");
  EXPECT_EQ(conclusion_of(failed, record, true).end, End::exited);
  EXPECT_EQ(conclusion_of(failed, record, false).end, End::stopped);
  EXPECT_EQ(conclusion_without_pod(record, true, "").end, End::stopped);
  record.stop_asked = false;
  EXPECT_EQ(conclusion_without_pod(record, true, "").end, End::vanished);
}

TEST(KubernetesConclusion, believes_marks_in_the_log_within_the_seconds_of_the_cluster) {
  const PodView view = ended(
      R"({"exitCode":0,"startedAt":"2026-01-01T00:00:01Z","finishedAt":"2026-01-01T00:00:03Z"})");
  LogCursor cursor;
  RankOutcome outcome = *view.outcome;
  sharpen(outcome, cursor);
  EXPECT_EQ(outcome, *view.outcome);
  cursor.began = "2026-01-01T00:00:01.250000000Z";
  cursor.ended = "2026-01-01T08:00:03.75+08:00";
  sharpen(outcome, cursor);
  EXPECT_EQ(outcome.usage.wall_us, 2'500'000);
  outcome = *view.outcome;
  cursor.began = "2025-01-01T00:00:00.123456789Z";
  cursor.ended = "2027-01-01T00:00:00Z";
  sharpen(outcome, cursor);
  EXPECT_EQ(outcome, *view.outcome) << "a program can write such marks as well";
}

TEST(KubernetesNodes, tell_what_others_hold_and_who_may_go_there) {
  NodeShape shape;
  shape.node.cpus = 8;
  shape.node.memory_bytes = 1 << 30;
  shape.node.devices.resize(3);
  for (model::Device& device : shape.node.devices) device.model = "nvidia-a100";
  shape.device_resources = {"nvidia.com/gpu", "nvidia.com/gpu", "nvidia.com/mig"};
  shape.others = {2500, 1 << 20, {{"nvidia.com/gpu", 1}, {"other.org/card", 4}}};
  EXPECT_EQ(foreign_use_of(shape), (ForeignUse{3, 1 << 20, {{"nvidia-a100", 1}}}));
  EXPECT_FALSE(takes_pods(shape)) << "it is not ready";
  shape.is_ready = true;
  shape.taints = {{"nvidia.com/gpu", "", "NoSchedule"}, {"tired", "", "PreferNoSchedule"}};
  EXPECT_TRUE(takes_pods(shape));
  shape.taints.push_back({"node-role.kubernetes.io/control-plane", "", "NoSchedule"});
  EXPECT_FALSE(takes_pods(shape));
  using Models = std::map<std::string, std::uint32_t>;
  const auto all = resources_of(shape, Models{{"nvidia-a100", 3}});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->at("nvidia.com/gpu"), 2);
  EXPECT_EQ(all->at("nvidia.com/mig"), 1);
  EXPECT_FALSE(resources_of(shape, Models{{"nvidia-a100", 4}}));
}

TEST(KubernetesLog, is_taken_once_line_by_line_and_told_apart) {
  LogCursor cursor;
  const std::string mark(mark_in_log);
  const std::string first = "2026-01-01T00:00:00.1Z " + mark + "setup\n" +
                            "2026-01-01T00:00:00.2Z one\n" + "2026-01-01T00:00:00.2Z two" + mark +
                            "program\n" + "2026-01-01T00:00:00.25Z part";
  const LogPieces taken = take_log(cursor, first, false, 1000);
  EXPECT_EQ(taken[0], "one\ntwo");
  EXPECT_EQ(taken[2], "");
  const LogPieces again = take_log(
      cursor, first + "ial\n2026-01-01T00:00:01Z " + mark + "note said\n2026-01-01T00:00:01Z end",
      true, 1000);
  EXPECT_EQ(again[0], "");
  EXPECT_EQ(again[1], "said\n");
  EXPECT_EQ(again[2], "partial\nend");
  const LogCursor before = cursor;
  const LogPieces nothing = take_log(
      cursor, "2026-01-01T00:00:01Z " + mark + "note said\n2026-01-01T00:00:01Z end", true, 1000);
  EXPECT_EQ(nothing[1] + nothing[2], "");
  EXPECT_EQ(cursor, before);
}

TEST(KubernetesAccess, reads_a_kubeconfig) {
  test::Folder folder;
  test::write_file(folder / "ca.pem", "authority");
  const std::string text =
      "current-context: one\n"
      "contexts: [{name: one, context: {cluster: c, user: u, namespace: jobs}}]\n"
      "clusters: [{name: c, cluster: {server: 'https://cluster.test:6443', "
      "certificate-authority: ca.pem}}]\n"
      "users: [{name: u, user: {client-certificate-data: Y2VydA==, client-key-data: a2V5}}]\n";
  const auto access = access_of_kubeconfig(text, folder.path(), "");
  ASSERT_TRUE(access) << access.error().text();
  EXPECT_EQ(access->server, "https://cluster.test:6443");
  EXPECT_EQ(access->name_space, "jobs");
  EXPECT_EQ(access->authority, "authority");
  EXPECT_EQ(access->certificate, "cert");
  EXPECT_EQ(access->key, "key");
  EXPECT_FALSE(access_of_kubeconfig(text, folder.path(), "two"));
  EXPECT_FALSE(access_of_kubeconfig("{}", folder.path(), ""));
  const auto nothing = access_of_service_account(folder.path(), "", "");
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, base::ErrorCode::not_found);
  test::write_file(folder / "ca.crt", "authority");
  test::write_file(folder / "namespace", "jobs");
  test::write_file(folder / "token", "t");
  const auto account = access_of_service_account(folder.path(), "fd00::1", "443");
  ASSERT_TRUE(account);
  EXPECT_EQ(account->server, "https://[fd00::1]:443");
}

}  // namespace
}  // namespace weir::backend::kubernetes
