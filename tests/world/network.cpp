#include "tests/world/network.h"

namespace weir::world {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s

void Network::carry(const std::string& other, bool may_double, const Agenda::Happening& deliver) {
  if (cut_.contains(other) || faults_.strikes(random_, faults_.message_lost)) return;
  deliver_later(other, deliver);
  if (may_double && faults_.strikes(random_, faults_.message_doubled)) {
    deliver_later(other, deliver);
  }
}

void Network::deliver_later(const std::string& other, const Agenda::Happening& deliver) {
  base::Duration delay(1 + random_.below(static_cast<std::uint64_t>(
                               base::to_us(faults_.on ? faults_.delay_most : 1ms))));
  if (faults_.strikes(random_, faults_.delay_long))
    delay += std::chrono::seconds(random_.below(120));
  ++under_way_;
  agenda_.after(delay, [this, other, deliver] {
    --under_way_;
    if (!cut_.contains(other)) deliver();
  });
}

void Network::cut_off(const std::string& other, bool cut) {
  if (cut) {
    cut_.insert(other);
  } else {
    cut_.erase(other);
  }
}

}  // namespace weir::world
