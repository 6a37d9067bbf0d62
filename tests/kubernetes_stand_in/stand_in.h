// A stand-in of a Kubernetes control plane with its nodes: the part of the API that Weir uses, as
// strict as the API's documentation and recorded answers of a real 1.20.2 have it.
//
// Not a Kubernetes: no image is pulled, no process is isolated, lists are not snapshots (pages show
// what is there now, under the version of the first), and fields that no rule here names are kept
// as they came. Everything runs in one process; tests can make it forget, fail and go away.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/server.h"
#include "http/tls_front.h"
#include "tests/kubernetes_stand_in/controllers.h"
#include "tests/kubernetes_stand_in/kubelet.h"
#include "tests/kubernetes_stand_in/selectors.h"
#include "tests/kubernetes_stand_in/store.h"

namespace weir::kubernetes_stand_in {

struct StandInOptions {
  std::string folder;             // for what containers write
  std::string token = "a-token";  // that callers have to bear
  int minor = 20;                 // of version 1
  bool has_kueue = false;
  bool has_kubelets = true;  // without, pods stay as they were bound
  std::chrono::milliseconds bookmark_interval{500};
  std::size_t jobs_max = 1'000'000;  // quota of each namespace
};

// What the API takes of one node.
struct NodeFacts {
  std::string name;
  std::map<std::string, std::string> allocatable;  // {"cpu", "64"}, {"nvidia.com/gpu", "8"}
  std::map<std::string, std::string> labels = {};
  bool is_cordoned = false;
  json::array taints = {};
};

class StandIn {
 public:
  explicit StandIn(StandInOptions options);
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;
  ~StandIn();

  [[nodiscard]] std::string url() const { return url_; }
  // Serves over TLS as well; gives that address. Gone with go_away().
  [[nodiscard]] std::string serve_tls(const http::TlsIdentity& own);
  void add_node(const NodeFacts& node);
  void add_namespace(const std::string& name);

  // ---- trouble
  // Nobody listens, until it comes back at the same place. What runs goes on.
  void go_away();
  void come_back();
  // Ends every watch under way.
  void cut_watches();
  // Forgets all changes so far: who wants to go on from them has to list anew.
  void forget_changes();
  // Answers the next `count` requests with that status, and a Retry-After where one is given.
  void refuse_next(int count, unsigned status, int retry_after_seconds = -1);
  // Kills what a pod's container runs first, as from outside. False: nothing runs there.
  bool kill_container(const std::string& pod_uid);
  // Takes another token from now on.
  void change_token(std::string token);

  // ---- what came
  // "GET /api/v1/..." of each request so far, without its query.
  [[nodiscard]] std::vector<std::string> requests() const;
  // All objects of a kind, as they are.
  [[nodiscard]] std::vector<json::object> objects(const std::string& group,
                                                  const std::string& name) const;

 private:
  struct Follower {
    http::StreamWriter stream;
    const Resource* resource;
    std::string name_space;
    Selector selector;
    bool wants_bookmarks;
    std::chrono::steady_clock::time_point ends;
    std::chrono::steady_clock::time_point next_bookmark;
  };
  struct Place;  // what a path names
  using Query = std::map<std::string, std::string>;

  void listen(std::uint16_t port);
  void handle(const http::HttpRequest& request, const http::ResponseWriter& writer);
  void check_identity(const http::HttpRequest& request, const Resource* resource) const;
  [[nodiscard]] json::value discovery(const std::string& path) const;
  [[nodiscard]] http::HttpResponse answer(const http::HttpRequest& request, const Place& place,
                                          const Query& query);
  [[nodiscard]] json::object list(const Place& place, const Query& query) const;
  void watch(const Place& place, const Query& query, const http::ResponseWriter& writer);
  void send_change(const Follower& follower, const Change& change) const;
  void send_bookmark(const Follower& follower) const;
  [[nodiscard]] http::HttpResponse create(const Place& place, json::object object);
  [[nodiscard]] http::HttpResponse replace(const Place& place, json::object object);
  [[nodiscard]] http::HttpResponse patch(const Place& place, const http::HttpRequest& request);
  [[nodiscard]] http::HttpResponse remove(const Place& place, const json::value& options);
  [[nodiscard]] http::HttpResponse log(const Place& place, const Query& query) const;
  void remove_now(const Resource& resource, const json::object& object);
  void tick();
  void run(const std::stop_token& stop);

  StandInOptions options_;
  mutable std::recursive_mutex mutex_;
  Store store_;
  Controllers controllers_;
  Kubelet kubelet_;
  std::vector<Follower> followers_;
  std::vector<std::string> requests_;
  int refusals_ = 0;
  unsigned refusal_status_ = 0;
  int retry_after_seconds_ = -1;
  std::string url_;
  std::uint16_t port_ = 0;
  std::unique_ptr<http::HttpServer> server_;
  std::unique_ptr<http::TlsFront> tls_;
  std::jthread thread_;
};

}  // namespace weir::kubernetes_stand_in
