// A rank's order as a job file of the inner Weir, and what comes back.
#include <gtest/gtest.h>

#include <csignal>

#include "backend/weir/conclusion.h"
#include "backend/weir/inner_site.h"
#include "backend/weir/rank_text.h"
#include "base/json.h"
#include "model/job_file.h"
#include "tests/backend/support/lab.h"

namespace weir::backend::inner {
namespace {

const Naming naming{"north", "1a2b3c4d"};

model::JobSpec spec_of(const RankOrder& order) {
  const auto parcel = parcel_of(order, naming);
  EXPECT_TRUE(parcel) << parcel.error().text();
  const auto file = base::from_json<model::JobFile>(parcel->job);
  EXPECT_TRUE(file) << file.error().text();
  const auto spec = model::to_spec(*file);
  EXPECT_TRUE(spec) << spec.error().text();
  return spec ? *spec : model::JobSpec{};
}

TEST(WeirParts, AnOrderIsAJobFileOneToOne) {
  RankOrder order = test::order_for("true", 42);
  order.node = "local/node3";
  order.cpu_count = 4;
  order.memory_bytes = std::int64_t{512} << 20;
  order.devices["nvidia-h100"] = 2;
  order.time_limit = std::chrono::minutes(90);
  order.notice_signal = SIGUSR1;
  order.notice_before = std::chrono::seconds(45);
  order.environment["LR"] = "3e-4";
  order.environment["WEIR_JOB_ID"] = "42";
  const model::JobSpec spec = spec_of(order);
  EXPECT_EQ(spec.name, "weir-north-" + to_text(order.key));
  EXPECT_EQ(spec.where.sites, std::vector<std::string>{"local"});
  EXPECT_EQ(spec.options.at(0).cpus, 4U);
  EXPECT_EQ(spec.options.at(0).memory_bytes, *order.memory_bytes);
  EXPECT_EQ(spec.options.at(0).devices, (std::vector<model::DeviceCount>{{"nvidia-h100", 2}}));
  EXPECT_EQ(spec.time_limit, order.time_limit);
  EXPECT_EQ(spec.retry.max, 0U);
  EXPECT_TRUE(spec.retry.events.empty());
  EXPECT_EQ(spec.retry.notice_signal, SIGUSR1);
  EXPECT_EQ(spec.retry.notice_before, order.notice_before);
  EXPECT_EQ(spec.env, (std::map<std::string, std::string>{{"LR", "3e-4"}}));
  EXPECT_NE(spec.run.find("export WEIR_JOB_ID='42'\n"), std::string::npos) << spec.run;
}

TEST(WeirParts, AShareOfADeviceIsAskedForAsOne) {
  RankOrder order = test::order_for("true");
  order.devices["nvidia-h100"] = 1;
  order.environment["WEIR_DEVICE_SHARE"] = "0.25";
  EXPECT_EQ(spec_of(order).options.at(0).device_milli, 250U);
}

TEST(WeirParts, SecretsStandInNoJobFile) {
  RankOrder order = test::order_for("true");
  order.secrets["TOKEN"] = "hush";
  const auto parcel = parcel_of(order, naming);
  ASSERT_TRUE(parcel);
  EXPECT_EQ(parcel->job.find("hush"), std::string::npos);
  ASSERT_EQ(parcel->secrets.size(), 1U);
  EXPECT_EQ(parcel->secrets.begin()->second, "hush");
  EXPECT_EQ(spec_of(order).secrets, std::vector<std::string>{parcel->secrets.begin()->first});
}

TEST(WeirParts, TheFirstLineOfALogIsOurs) {
  EXPECT_FALSE(head_of(""));
  EXPECT_FALSE(head_of("weir: proc"));
  const auto head = head_of("weir: process 4711 in /runs/a b\nhello\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->pid, 4711);
  EXPECT_EQ(head->folder, "/runs/a b");
  EXPECT_EQ(head->size, 32);
  EXPECT_EQ(head_of("weir: cannot begin: no input\n").value_or(Head()).trouble, "no input");
  EXPECT_EQ(head_of("hello\n").value_or(Head()).size, 0);
}

TEST(WeirParts, WhatTheInnerWeirTookBackIsLost) {
  model::JobView job;
  job.summary.state = model::JobState::preempted;
  model::Outcome outcome;
  outcome.ending = model::Ending::stopped;
  outcome.reason = model::Reason::preempted;
  job.attempts.emplace_back().outcome = outcome;
  Circumstances known;
  EXPECT_EQ(conclusion(job, known)->end, RankOutcome::End::vanished);
  known.stop_reason = "make room";
  const auto stopped = conclusion(job, known);
  EXPECT_EQ(stopped->end, RankOutcome::End::stopped);
  EXPECT_EQ(stopped->message, "make room");
  known.stop_reason.reset();
  known.fenced = true;
  EXPECT_EQ(conclusion(job, known)->end, RankOutcome::End::stopped);
}

TEST(WeirParts, NodesOfASiteThatIsAwayAreOthers) {
  Capacity seen;
  for (const char* const site : {"local", "south"}) {
    model::SiteView& about = seen.sites.emplace_back();
    about.name = site;
    about.in_touch = about.name == "local";
    model::NodeView& node = seen.nodes.emplace_back();
    node.site = site;
    node.name = "node0";
    node.cpus = 8;
    node.cpus_free = 3;
  }
  seen.nodes[0].running = {"7", "9_2"};
  const auto nodes = nodes_of(seen);
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[1].name, "south/node0");
  const auto held = held_by_others(nodes, seen, {{model::JobId{7}, {2, 0}}});
  ASSERT_EQ(held.size(), 2U);
  EXPECT_EQ(held[0].cpus, 3U) << "five are held, two of them by us";
  EXPECT_EQ(held[1].cpus, 8U);
}

}  // namespace
}  // namespace weir::backend::inner
