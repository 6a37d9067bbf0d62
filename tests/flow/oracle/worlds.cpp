// worlds: draws 200 small networks and what is sent over them, and prints them, for SimGrid and for
// us alike. The same on every machine.
//
// Half of the worlds hold transfers from host to host with starts of their own, half all-reduces by
// rings, of these every other one two at once. Each pair of hosts has one route, of one to three
// links that others cross too. What lines say:
//   world SEED HOSTS
//   link BITS_PER_SECOND LATENCY_US
//   transfer START_US BYTES FROM TO LINK,LINK...
//   ring START_US BYTES MEMBER,MEMBER... LINK,LINK...;LINK...   from each member to its next
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "base/random.h"

namespace {

using weir::base::Random;
using Numbers = std::vector<std::size_t>;

// From `least` to 2^doublings times as much, about evenly by the logarithm, in whole numbers.
std::int64_t spread(Random& random, std::int64_t least, std::int64_t doublings) {
  const std::int64_t power = std::int64_t{1} << random.between(0, doublings - 1);
  return random.between(least * power, 2 * least * power);
}

Numbers some_of(Random& random, std::size_t all, std::size_t count) {
  Numbers numbers(all);
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  random.shuffle(std::span(numbers));
  numbers.resize(std::min(all, count));
  return numbers;
}

void print(const Numbers& numbers) {
  for (std::size_t i = 0; i < numbers.size(); ++i) std::cout << (i > 0 ? "," : "") << numbers[i];
}

class World {
 public:
  explicit World(std::uint64_t seed) : random_{seed}, hosts_(3 + random_.below(6)) {
    std::cout << "world " << seed << " " << hosts_ << "\n";
    links_ = 3 + random_.below(8);
    for (std::size_t i = 0; i < links_; ++i) {
      // 10 Mbit/s to 10 Gbit/s; 10 us to 41 ms.
      std::cout << "link " << spread(random_, 10'000'000, 10) << " " << spread(random_, 10, 12)
                << "\n";
    }
  }

  void transfers() {
    const std::size_t count = 2 + random_.below(14);
    for (std::size_t i = 0; i < count; ++i) {
      const Numbers ends = some_of(random_, hosts_, 2);
      // Within the first 4 seconds; 1 MB to 2 GB.
      std::cout << "transfer " << random_.between(0, 4'000'000) << " "
                << spread(random_, 1'000'000, 11) << " " << ends[0] << " " << ends[1] << " ";
      print(route(ends[0], ends[1]));
      std::cout << "\n";
    }
  }

  void rings(int count) {
    for (int i = 0; i < count; ++i) {
      const Numbers members = some_of(random_, hosts_, 2 + random_.below(hosts_ - 1));
      std::cout << "ring " << random_.between(0, 1'000'000) << " " << spread(random_, 1'000'000, 11)
                << " ";
      print(members);
      std::cout << " ";
      for (std::size_t at = 0; at < members.size(); ++at) {
        if (at > 0) std::cout << ";";
        print(route(members[at], members[(at + 1) % members.size()]));
      }
      std::cout << "\n";
    }
  }

 private:
  const Numbers& route(std::size_t from, std::size_t to) {
    const auto [entry, fresh] = routes_.try_emplace({from, to});
    if (fresh) entry->second = some_of(random_, links_, 1 + random_.below(3));
    return entry->second;
  }

  Random random_;
  std::size_t hosts_;
  std::size_t links_ = 0;
  std::map<std::pair<std::size_t, std::size_t>, Numbers> routes_;
};

}  // namespace

int main() {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    World world(seed);
    if (seed % 2 == 1) {
      world.transfers();
    } else {
      world.rings(seed % 4 == 0 ? 2 : 1);
    }
  }
  return 0;
}
