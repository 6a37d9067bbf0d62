#include "tests/backend/support/kubernetes_site.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

namespace weir::backend::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto patience = std::chrono::seconds(30);

}  // namespace

KubernetesSite::KubernetesSite(kubernetes_stand_in::StandInOptions stand_in_options) {
  stand_in_options.folder = folder_ / "nodes";
  std::filesystem::create_directory(stand_in_options.folder);
  options.access.token = stand_in_options.token;
  cluster_ = std::make_unique<kubernetes_stand_in::StandIn>(std::move(stand_in_options));
  cluster_->add_namespace("weir");
  cluster_->add_node({"node-0",
                      {{"cpu", "8"}, {"memory", "16Gi"}, {"nvidia.com/gpu", "2"}, {"pods", "110"}},
                      {{"nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB"}}});
  options.folder = folder_ / "site";
  options.instance = "lab";
  options.image = "registry.test/base:1";
  options.access.server = cluster_->url();
  options.access.name_space = "weir";
  options.retry_least = std::chrono::milliseconds(20);
  options.retry_most = std::chrono::milliseconds(200);
  options.log_interval = std::chrono::milliseconds(50);
  restart();
}

void KubernetesSite::restart() {
  backend_.reset();
  auto opened = KubernetesBackend::open(options);
  if (!opened) {
    ADD_FAILURE() << opened.error().text();
    std::abort();
  }
  backend_ = std::move(*opened);
}

RankObservation KubernetesSite::await(const RankKey& key,
                                      const std::function<bool(const RankObservation&)>& is_so) {
  const auto until = Clock::now() + patience;
  for (;;) {
    for (const RankObservation& seen : backend_->observe()) {
      if (seen.key == key && is_so(seen)) return seen;
    }
    if (Clock::now() > until) break;
    pollfd news{backend_->ready_descriptor(), POLLIN, 0};
    ::poll(&news, 1, 1000);
  }
  ADD_FAILURE() << to_text(key) << " did not come to what was awaited";
  return {};
}

RankOutcome KubernetesSite::await_end(const RankKey& key) {
  const RankObservation seen =
      await(key, [](const RankObservation& rank) { return rank.outcome.has_value(); });
  return seen.outcome.value_or(RankOutcome());
}

void KubernetesSite::await_running(const RankKey& key) {
  await(key,
        [](const RankObservation& rank) { return rank.state == RankObservation::State::running; });
}

std::string KubernetesSite::await_log(const RankKey& key, Stream stream, const std::string& text) {
  if (!eventually([&] { return log(key, stream).find(text) != std::string::npos; })) {
    ADD_FAILURE() << "no \"" << text << "\" in: " << log(key, stream);
  }
  return log(key, stream);
}

std::string KubernetesSite::log(const RankKey& key, Stream stream) {
  std::string all;
  for (;;) {
    const auto chunk =
        backend_->read_log(key, stream, static_cast<std::int64_t>(all.size()), 64 * 1024);
    if (!chunk || chunk->bytes.empty()) return all;
    all += chunk->bytes;
  }
}

RankOutcome KubernetesSite::run(const RankOrder& order) {
  const base::Status started = backend_->start(order);
  if (!started) ADD_FAILURE() << started.error().text();
  return await_end(order.key);
}

}  // namespace weir::backend::test
