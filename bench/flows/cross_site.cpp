// How long it takes to choose among many sites, with data, links, prices and power counted, and
// without them.
#include <algorithm>
#include <chrono>

#include "base/check.h"
#include "base/random.h"
#include "bench/flows/rows.h"
#include "engine/engine.h"

namespace weir::flows {

namespace {

constexpr std::uint32_t sites = 100;
constexpr std::uint32_t nodes = 5'000;  // of each
constexpr std::uint32_t datasets = 200;
constexpr int decisions = 3'000;

std::string site_name(std::uint32_t number) { return "site-" + std::to_string(1000 + number); }

// A hundred sites of five thousand nodes, all linked with each other.
class Pool {
 public:
  explicit Pool(const model::Flows& flows) {
    model::Policy policy = model::weir_policy();
    policy.flows = flows;
    take(model::SetPolicy{planner_, policy});
    for (std::uint32_t i = 0; i < sites; ++i) {
      model::JoinSite join{site_name(i), std::vector<model::Node>(nodes)};
      for (std::uint32_t k = 0; k < nodes; ++k) {
        model::Node& node = join.nodes[k];
        node.name = "node-" + std::to_string(k);
        node.cpus = 64;
        node.memory_bytes = std::int64_t{1} << 39;
        node.devices.resize(8);
        for (model::Device& device : node.devices) device.model = "gpu";
        node.topology = {"leaf-" + std::to_string(k / 32)};
      }
      take(join);
    }
    tell();
    fill();
  }

  // The time of one submission that reads a dataset, or of one that reads nothing.
  [[nodiscard]] double decide(bool reads) {
    model::JobSpec spec = job(8, reads);
    const auto before = std::chrono::steady_clock::now();
    take(model::SubmitJobs{planner_, "", {std::move(spec)}});
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - before;
    now_ += std::chrono::seconds(1);
    return took.count();
  }

  [[nodiscard]] std::uint64_t staged() const { return staged_; }

 private:
  void take(const model::Input& input) {
    const engine::Step step = engine_.step(input, now_);
    WEIR_CHECK(!step.reply.error, "what is asked is sound");
    for (const model::Fact& fact : step.facts) {
      if (std::holds_alternative<model::TransferPlanned>(fact)) ++staged_;
    }
  }

  void tell() {
    model::NetworkTable network;
    model::PowerTable power;
    for (std::uint32_t from = 0; from < sites; ++from) {
      for (std::uint32_t to = 0; to < sites; ++to) {
        if (from == to) continue;
        network.links.push_back({site_name(from), site_name(to),
                                 static_cast<std::int64_t>(1 + random_.below(40)) * 1'000'000'000,
                                 static_cast<std::int64_t>(random_.below(100'000)),
                                 static_cast<std::int64_t>(random_.below(500'000)), std::nullopt});
      }
      model::SitePower site;
      site.site = site_name(from);
      site.devices = {{"gpu", 700'000}};
      site.cpu_draw_mw = 5'000;
      const auto day = [&](std::int64_t most) {
        model::Series series;
        for (int hour = 0; hour < 24; ++hour) {
          series.values.push_back(static_cast<std::int64_t>(random_.below(most)));
        }
        series.repeats = std::chrono::hours(24);
        return series;
      };
      site.carbon_mg_per_kwh = day(900'000);
      site.price_micro_cny_per_kwh = day(1'000'000);
      power.sites.push_back(std::move(site));
    }
    network.relay_price_more_micro_cny_per_gb = 100'000;
    take(model::SetNetwork{planner_, std::move(network)});
    take(model::SetPower{planner_, std::move(power)});
    model::PriceTable prices;
    prices.device_hours = {{"gpu", 10'000'000}};
    take(model::SetPrices{planner_, prices});
    for (std::uint32_t i = 0; i < datasets; ++i) {
      model::Dataset dataset;
      dataset.name = "data-" + std::to_string(i);
      dataset.bytes = static_cast<std::int64_t>(1 + random_.below(1000)) * 1'000'000'000;
      dataset.labels.sensitivity = model::Sensitivity::open;
      const std::uint32_t first = static_cast<std::uint32_t>(random_.below(sites - 50));
      dataset.replicas = {{site_name(first), "/data", {}, {}},
                          {site_name(first + 20), "/data", {}, {}},
                          {site_name(first + 40), "/data", {}, {}}};
      take(model::PutDataset{planner_, std::move(dataset)});
    }
  }

  // Half of the sites are full.
  void fill() {
    for (std::uint32_t i = 0; i < sites; i += 2) {
      model::JobSpec spec = job(8, false);
      spec.nodes = nodes - 10;
      spec.where.sites = {site_name(i)};
      take(model::SubmitJobs{planner_, "", {std::move(spec)}});
    }
  }

  model::JobSpec job(std::uint32_t devices, bool reads) {
    model::JobSpec spec;
    spec.name = "train";
    spec.run = "true";
    spec.time_limit = std::chrono::hours(1 + random_.below(20));
    spec.options[0].devices = {{"gpu", devices}};
    spec.objective = {1000, 500, 500};
    if (reads)
      spec.inputs.push_back({"data-" + std::to_string(random_.below(datasets)), 1, "data"});
    return spec;
  }

  const model::Principal planner_{"lab", "bench", model::Role::operator_};
  base::Random random_{1};
  engine::Engine engine_;
  Time now_ = base::time_from_us(1'767'225'600'000'000);
  std::uint64_t staged_ = 0;
};

double rank_of(std::vector<double>& times, double part) {
  std::sort(times.begin(), times.end());
  return times[static_cast<std::size_t>(static_cast<double>(times.size() - 1) * part)];
}

}  // namespace

void cross_site_rows(const std::string&, Page& page) {
  Section section;
  section.title = "Choosing among 100 sites, 500,000 nodes";
  section.text = {
      "A submission is taken, its site chosen and its place found: one step of the engine, without "
      "the journal. Half of the sites are all but full, each of 9,900 links has its own bandwidth, "
      "price and calendar, each site prices and carbon by the hour, each of 200 datasets three "
      "replicas; the objective weighs the end, money and carbon. Beside it, in the same run, the "
      "same jobs with all flows left out. Karmada takes 32 ms for a choice among 100 clusters "
      "(its published figure) and counts none of them."};
  section.head = {"counted", "P50 ms", "P99 ms", "max ms", "transfers planned"};
  double with_all = 0;
  for (const bool all : {true, false}) {
    Pool pool({all, all, all});
    std::vector<double> times;
    for (int i = 0; i < decisions; ++i) times.push_back(pool.decide(all));
    const double p99 = rank_of(times, 0.99);
    if (all) with_all = p99;
    section.rows.push_back({all ? "data, links, prices, power" : "compute alone",
                            digits(rank_of(times, 0.5), 3), digits(p99, 3), digits(times.back(), 3),
                            std::to_string(pool.staged())});
  }
  section.figures = {at_most("cross_site_choice_p99", with_all, "ms", 3),
                     at_most("cross_site_choice_of_karmada", with_all / 32, "of_it", 0.1)};
  page.add(std::move(section));
}

}  // namespace weir::flows
