// Datasets, links and transfers over REST: who may, what is refused and how, and what becomes of a
// job whose data has to come first.
#include <gtest/gtest.h>

#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

const std::string network =
    R"({"sites":[{"site":"north","country":"CN","region":"east","clearance":"restricted"},)"
    R"({"site":"south","country":"CN","region":"west","clearance":"internal"}],)"
    R"("links":[{"from":"north","to":"south","bandwidth_bps":1000000000,"rtt_us":20000,)"
    R"("price_micro_cny_per_gb":500000}],"slack_percent":10})";
const std::string manifest(64, 'a');

std::string order_of(const std::string& more = "") {
  return R"({"bytes":1073741824,"manifest":")" + manifest + "\"" + (more.empty() ? "" : ",") +
         more + "}";
}
const std::string at_north = R"("replicas":[{"site":"north","location":"/data/corpus"}])";

// Two sites, a link from one to the other, and `corpus` at the first.
class DataHouse : public House {
 public:
  DataHouse() {
    core.join_site("north");
    core.join_site("south");
    EXPECT_EQ(ask(operator_, "PUT", "/v1/network", network).status, 204U);
    EXPECT_EQ(ask(operator_, "PUT", "/v1/datasets/corpus", order_of(at_north)).status, 200U);
  }
};

TEST(Network, is_set_by_operators_and_seen_by_all) {
  House house;
  EXPECT_EQ(house.ask("", "GET", "/v1/network").status, 401U);
  EXPECT_EQ(house.ask(house.user, "PUT", "/v1/network", network).status, 403U);
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/network", network).status, 204U);
  const auto told = house.ask(house.viewer, "GET", "/v1/network");
  EXPECT_EQ(member(told.body, "sites[1].clearance"), "internal");
  EXPECT_EQ(member(told.body, "links[0].bandwidth_bps"), "1000000000");
  // What it says can be given back.
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/network", told.body).status, 204U);
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/network", "{}").status, 204U);
  EXPECT_EQ(member(house.ask(house.user, "GET", "/v1/network").body, "links"), "0");
}

TEST(Network, is_refused_where_it_makes_no_sense) {
  House house;
  const auto refused = [&](const std::string& body, const std::string& field) {
    const auto response = house.ask(house.operator_, "PUT", "/v1/network", body);
    EXPECT_EQ(response.status, 400U) << body;
    EXPECT_EQ(member(response.body, "field"), field) << body;
    return member(response.body, "hint");
  };
  const auto link = [](const std::string& text) { return R"({"links":[{)" + text + "}]}"; };
  EXPECT_NE(refused(R"({"sites":[{"site":"a","country":"China"}]})", "sites[0].country"), "");
  refused(R"({"sites":[{"site":"a","clearance":"secret"}]})", "sites[0].clearance");
  EXPECT_NE(refused(R"({"sites":[{"site":"a","region":"a+b"}]})", "sites[0].region"), "");
  refused(R"({"sites":[{"country":"CN"}]})", "sites[0].site");
  EXPECT_NE(refused(R"({"sites":[{"site":"a"},{"site":"a"}]})", "sites[1]"), "");
  refused(link(R"("from":"a","to":"b")"), "links[0].bandwidth_bps");
  EXPECT_NE(refused(link(R"("from":"a","to":"a","bandwidth_bps":1000000)"), "links[0].to"), "");
  EXPECT_NE(refused(link(R"("from":"a","to":"b","bandwidth_bps":10)"), "links[0].bandwidth_bps"),
            "");
  EXPECT_NE(refused(link(R"("from":"a","to":"b","bandwidth_bps":1000000,"rtt_us":-1)"),
                    "links[0].rtt_us"),
            "");
  refused(R"({"slack_percent":100})", "slack_percent");
}

TEST(Datasets, need_an_identity_and_a_role) {
  DataHouse house;
  EXPECT_EQ(house.ask("", "GET", "/v1/datasets").status, 401U);
  EXPECT_EQ(house.ask("", "GET", "/v1/links").status, 401U);
  EXPECT_EQ(house.ask("", "GET", "/v1/transfers").status, 401U);
  EXPECT_EQ(house.ask(house.viewer, "PUT", "/v1/datasets/x", order_of()).status, 403U);
  EXPECT_EQ(house.ask(house.viewer, "DELETE", "/v1/datasets/corpus").status, 403U);
  EXPECT_EQ(house.ask(house.viewer, "GET", "/v1/datasets").status, 200U);
}

TEST(Datasets, become_versions_that_never_change) {
  DataHouse house;
  const auto put = [&](const std::string& body) {
    return house.ask(house.user, "PUT", "/v1/datasets/corpus", body);
  };
  const std::string other = R"({"bytes":5,"manifest":")" + std::string(64, 'b') + R"("})";
  EXPECT_EQ(put(other).body, R"({"name":"corpus","version":2})");
  const auto conflict =
      put(R"({"version":1,"bytes":5,"manifest":")" + std::string(64, 'b') + R"("})");
  EXPECT_EQ(conflict.status, 409U);
  EXPECT_EQ(member(conflict.body, "field"), "version");
  EXPECT_NE(member(conflict.body, "hint"), "");

  const auto all = house.get("/v1/datasets/corpus");
  EXPECT_EQ(member(all.body, "datasets"), "2");
  EXPECT_EQ(member(all.body, "datasets[0].dataset.replicas[0].location"), "/data/corpus");
  EXPECT_EQ(member(all.body, "datasets[1].dataset.replicas"), "0");
  EXPECT_EQ(member(house.get("/v1/datasets/corpus?version=2").body, "datasets[0].dataset.bytes"),
            "5");
  EXPECT_EQ(member(house.get("/v1/datasets?name=corpus").body, "datasets"), "2");
  EXPECT_EQ(member(house.get("/v1/datasets?name=none").body, "datasets"), "0");
}

TEST(Datasets, get_other_labels_and_rules_and_stay_where_they_are) {
  DataHouse house;
  const std::string more =
      R"("version":1,"labels":{"sensitivity":"confidential","residency":["CN"]},)"
      R"("rules":[{"replicas":1,"region":"east","until":"2027-06-01T00:00Z"}])";
  EXPECT_EQ(house.ask(house.user, "PUT", "/v1/datasets/corpus", order_of(more)).status, 200U);
  const std::string told = house.get("/v1/datasets/corpus").body;
  EXPECT_EQ(member(told, "datasets"), "1");
  EXPECT_EQ(member(told, "datasets[0].dataset.labels.sensitivity"), "confidential");
  EXPECT_EQ(member(told, "datasets[0].dataset.rules[0].region"), "east");
  EXPECT_EQ(member(told, "datasets[0].dataset.replicas[0].site"), "north");
}

TEST(Datasets, lie_where_operators_say_alone) {
  DataHouse house;
  const auto users = house.ask(house.user, "PUT", "/v1/datasets/mine", order_of(at_north));
  EXPECT_EQ(users.status, 422U);
  EXPECT_EQ(member(users.body, "field"), "replicas");
  EXPECT_NE(member(users.body, "hint"), "");
  const auto barred =
      house.ask(house.operator_, "PUT", "/v1/datasets/mine",
                order_of(R"("labels":{"sensitivity":"restricted"},"replicas":[{"site":"south"}])"));
  EXPECT_EQ(barred.status, 422U);
  EXPECT_EQ(member(barred.body, "detail"),
            "mine is restricted, and south is cleared for internal data only");
  EXPECT_EQ(member(barred.body, "field"), "replicas[0].site");
}

TEST(Datasets, are_refused_where_they_make_no_sense) {
  DataHouse house;
  const auto refused = [&](const std::string& body, const std::string& field,
                           const std::string& name = "corpus") {
    const auto response = house.ask(house.operator_, "PUT", "/v1/datasets/" + name, body);
    EXPECT_EQ(response.status, 400U) << body;
    EXPECT_EQ(member(response.body, "field"), field) << body;
    return member(response.body, "hint");
  };
  refused("{}", "bytes");
  EXPECT_NE(refused(R"({"bytes":0})", "bytes"), "");
  EXPECT_NE(refused(R"({"bytes":1,"manifest":"abc"})", "manifest"), "");
  EXPECT_NE(refused(order_of(), "name", "a%2Fb"), "");
  refused(order_of(R"("labels":{"sensitivity":"secret"})"), "labels.sensitivity");
  EXPECT_NE(refused(order_of(R"("labels":{"residency":["CN",""]})"), "labels.residency[1]"), "");
  refused(order_of(R"("rules":[{"replicas":0}])"), "rules[0].replicas");
  refused(order_of(R"("replicas":[{"location":"/x"}])"), "replicas[0].site");
  refused(order_of(R"("replicas":[{"site":"north"},{"site":"north"}])"), "replicas[1].site");
  EXPECT_EQ(refused(order_of(R"("lables":{})"), "lables"), "did you mean `labels`?");
}

TEST(Datasets, are_done_once_under_a_key) {
  DataHouse house;
  const HeaderList key{{"Idempotency-Key", "once"}};
  const auto put = [&](const std::string& body) {
    return house.ask(house.user, "PUT", "/v1/datasets/fresh", body, key);
  };
  EXPECT_EQ(put(order_of()).body, R"({"name":"fresh","version":1})");
  EXPECT_EQ(put(order_of()).body, R"({"name":"fresh","version":1})");
  EXPECT_EQ(put(R"({"bytes":7})").status, 409U);
  EXPECT_EQ(member(house.get("/v1/datasets/fresh").body, "datasets"), "1");
}

TEST(Datasets, go_one_version_at_a_time) {
  DataHouse house;
  const auto remove = [&](const std::string& which) {
    return house.ask(house.user, "DELETE", "/v1/datasets/" + which);
  };
  EXPECT_EQ(house.ask(house.user, "PUT", "/v1/datasets/corpus", order_of()).status, 200U);
  const auto which = remove("corpus");
  EXPECT_EQ(which.status, 409U);
  EXPECT_EQ(member(which.body, "field"), "version");
  EXPECT_EQ(remove("corpus?version=2").status, 204U);
  EXPECT_EQ(remove("corpus?version=2").status, 404U);
  house.submit(R"("data":{"inputs":[{"dataset":"corpus"}]})");
  const auto read = remove("corpus");
  EXPECT_EQ(read.status, 409U);
  EXPECT_NE(member(read.body, "detail").find("reads it"), std::string::npos);
}

TEST(Datasets, that_are_not_there_are_answered_with_the_nearest) {
  DataHouse house;
  const auto told = house.get("/v1/datasets/corpsu");
  EXPECT_EQ(told.status, 404U);
  EXPECT_EQ(member(told.body, "hint"), "did you mean `corpus`?");
  EXPECT_EQ(member(house.get("/v1/datasets/corpus?version=7").body, "hint"),
            "the newest of it is corpus@1");
  const std::string job = R"({"run":"true","data":{"inputs":[{"dataset":"corpsu"}]}})";
  for (const char* target : {"/v1/plans", "/v1/jobs"}) {
    const auto refused = house.post(target, job);
    EXPECT_EQ(refused.status, 422U) << target;
    EXPECT_EQ(member(refused.body, "field"), "data.inputs[0].dataset") << target;
    EXPECT_EQ(member(refused.body, "hint"), "did you mean `corpus`?") << target;
  }
}

TEST(Datasets, are_not_there_for_other_tenants) {
  DataHouse house;
  EXPECT_EQ(member(house.ask(house.blue, "GET", "/v1/datasets").body, "datasets"), "0");
  const auto other = house.ask(house.blue, "GET", "/v1/datasets/corpus");
  EXPECT_EQ(other.status, 404U);
  EXPECT_EQ(member(other.body, "hint"), "those there are: weir datasets") << "no name leaks";
  EXPECT_EQ(house.ask(house.blue, "DELETE", "/v1/datasets/corpus").status, 404U);
  // One of that name is another.
  EXPECT_EQ(house.ask(house.blue, "PUT", "/v1/datasets/corpus", order_of()).body,
            R"({"name":"corpus","version":1})");
  EXPECT_EQ(member(house.get("/v1/datasets").body, "datasets[0].dataset.replicas"), "1");
  const auto job = house.ask(house.blue, "POST", "/v1/jobs",
                             R"({"run":"true","data":{"inputs":[{"dataset":"corpus","at":"x"}]}})");
  EXPECT_EQ(job.status, 201U);
  EXPECT_EQ(member(house.ask(house.viewer, "GET", "/v1/datasets").body, "datasets[0].read_by"),
            "0");
}

const std::string reads_in_the_south =
    R"("data":{"inputs":[{"dataset":"corpus"}]},"where":{"sites":"south"},"limits":{"time":"1h"})";

TEST(Data, is_brought_before_a_job_holds_anything) {
  DataHouse house;
  const auto plan = house.post("/v1/plans", R"({"run":"true",)" + reads_in_the_south + "}");
  EXPECT_EQ(member(plan.body, "candidates[0].site"), "south");
  EXPECT_EQ(member(plan.body, "candidates[0].stage_in_bytes"), "1073741824");
  EXPECT_EQ(member(plan.body, "candidates[0].stage_in_micro_cny"), "536871");
  EXPECT_NE(member(plan.body, "candidates[0].staged"), "");
  EXPECT_EQ(member(plan.body, "now"), "false");

  const std::string id = std::to_string(house.submit(reads_in_the_south).value);
  const std::string job = house.get("/v1/jobs/" + id).body;
  EXPECT_EQ(member(job, "summary.state"), "staging");
  EXPECT_EQ(member(job, "summary.reason"), "waits-for-data");
  EXPECT_NE(house.get("/v1/jobs/" + id + "/explanation").body.find("on its way to south"),
            std::string::npos);
  EXPECT_EQ(house.core.attempts().size(), 0U);

  const std::string transfers = house.get("/v1/transfers").body;
  EXPECT_EQ(member(transfers, "transfers[0].dataset.name"), "corpus");
  EXPECT_EQ(member(transfers, "transfers[0].from"), "north");
  EXPECT_EQ(member(transfers, "transfers[0].to"), "south");
  EXPECT_EQ(member(transfers, "transfers[0].transfer_class"), "deadline");
  const std::string links = house.get("/v1/links").body;
  EXPECT_EQ(member(links, "links[0].transfers"), "1");
  EXPECT_NE(member(links, "links[0].free_from"), "");
  EXPECT_EQ(member(links, "sites[1].site"), "south");
  const std::string dataset = house.get("/v1/datasets/corpus").body;
  EXPECT_EQ(member(dataset, "datasets[0].on_its_way_to[0]"), "south");
  EXPECT_EQ(member(dataset, "datasets[0].read_by[0]"), id);
  // Others see that a link is busy, and not with what.
  EXPECT_EQ(member(house.ask(house.blue, "GET", "/v1/transfers").body, "transfers"), "0");
  EXPECT_EQ(member(house.ask(house.operator_, "GET", "/v1/transfers").body, "transfers"), "1");

  house.core.report_transfer("south", model::TransferId{1});
  EXPECT_EQ(member(house.get("/v1/jobs/" + id).body, "attempts[0].site"), "south");
  EXPECT_EQ(member(house.get("/v1/transfers").body, "transfers"), "0");
  EXPECT_EQ(member(house.get("/v1/datasets/corpus").body, "datasets[0].dataset.replicas[1].site"),
            "south");
  const std::string history = house.get("/v1/jobs/" + id + "/history").body;
  EXPECT_NE(history.find("to south, where its data is brought first"), std::string::npos);
  EXPECT_NE(history.find("to south, where its data is\""), std::string::npos);
}

TEST(Data, that_may_not_lie_somewhere_keeps_jobs_from_there) {
  DataHouse house;
  const std::string labels = R"("version":1,"labels":{"sensitivity":"open","residency":["east"]})";
  EXPECT_EQ(house.ask(house.user, "PUT", "/v1/datasets/corpus", order_of(labels)).status, 200U);
  const std::string why = "reads corpus@1, which has to stay in east, and south lies in west, CN";
  const auto plan = house.post("/v1/plans", R"({"run":"true",)" + reads_in_the_south + "}");
  EXPECT_EQ(member(plan.body, "feasible"), "false");
  EXPECT_NE(plan.body.find(why), std::string::npos);
  const auto refused = house.post("/v1/jobs", R"({"run":"true",)" + reads_in_the_south + "}");
  EXPECT_EQ(refused.status, 422U);
  EXPECT_EQ(member(refused.body, "field"), "data.inputs");
  EXPECT_EQ(member(refused.body, "detail"), "can never run here: it " + why);
  EXPECT_NE(member(refused.body, "hint"), "");
}

TEST(Data, does_not_show_in_the_events_of_other_tenants) {
  DataHouse house;
  house.submit(reads_in_the_south);
  house.core.report_transfer("south", model::TransferId{1});
  EXPECT_EQ(house
                .ask(house.user, "PUT", "/v1/datasets/corpus",
                     order_of(R"("version":1,"rules":[{"replicas":2}])"))
                .status,
            200U);
  const auto job = house.ask(house.blue, "POST", "/v1/jobs", R"({"run":"true"})");
  EXPECT_EQ(job.status, 201U);
  // The first word that another tenant hears is of its own job: nothing of what came before.
  const auto others = house.begin(house.blue, "GET", "/v1/events?after=0");
  const auto first = others->next_event();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->data.find("corpus"), std::string::npos) << first->data;
  EXPECT_EQ(member(first->data, "facts[0].type"), "job_submitted");
  EXPECT_EQ(member(first->data, "facts[0].by.tenant"), "blue");

  // Its own tenant hears of the job, operators of all.
  const auto hears = [&](const std::string& token, std::string_view type) {
    const auto stream = house.begin(token, "GET", "/v1/events?after=0");
    const std::string wanted = "\"type\":\"" + std::string(type) + "\"";
    while (const auto event = stream->next_event()) {
      if (event->data.find(wanted) != std::string::npos) return true;
      const bool of_blue = event->data.find("\"blue\"") != std::string::npos;
      if (of_blue && event->data.find("job_submitted") != std::string::npos) return false;
    }
    return false;
  };
  EXPECT_TRUE(hears(house.user, "job_directed"));
  for (const char* type : {"network_set", "dataset_put", "transfer_planned", "transfer_ended"}) {
    EXPECT_TRUE(hears(house.operator_, type)) << type;
  }
}

}  // namespace
}  // namespace weir::gateway
