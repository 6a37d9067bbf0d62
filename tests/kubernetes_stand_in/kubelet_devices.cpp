// What device plugins do: which of a node's devices a container is given.
#include <set>
#include <utility>

#include "backend/kubernetes/amounts.h"
#include "backend/kubernetes/json_reading.h"
#include "tests/kubernetes_stand_in/kubelet.h"

namespace weir::kubernetes_stand_in {

using backend::kubernetes::list_at;
using backend::kubernetes::object_at;

// The first that no container of that node has.
std::vector<std::int64_t> Kubelet::free_devices(const std::string& node,
                                                const std::string& resource,
                                                std::int64_t count) const {
  std::set<std::int64_t> taken;
  for (const auto& [uid, other] : containers_) {
    const auto devices = other.devices.find(resource);
    if (other.node != node || other.wait_status || devices == other.devices.end()) continue;
    taken.insert(devices->second.begin(), devices->second.end());
  }
  std::vector<std::int64_t> free;
  for (std::int64_t i = 0; std::cmp_less(free.size(), count); ++i) {
    if (!taken.contains(i)) free.push_back(i);
  }
  return free;
}

// As device plugins do it, among those that the scheduler found to be free.
void Kubelet::hand_out_devices(Container& container, const json::object& pod) const {
  container.node = text(json::value(pod), {"spec", "nodeName"});
  const json::value spec = list_at(json::value(pod), {"spec", "containers"}).front();
  for (const auto& [name, amount] : object_at(spec, {"resources", "limits"})) {
    if (name.find('/') == json::string::npos) continue;
    const std::string resource(name);
    const auto count = backend::kubernetes::parse_amount(std::string(amount.as_string()));
    container.devices[resource] = free_devices(container.node, resource, count.value_or(0));
  }
}

}  // namespace weir::kubernetes_stand_in
