#include "bench/tables/gavel_stream.h"

#include <array>
#include <cmath>
#include <iomanip>
#include <random>
#include <sstream>
#include <vector>

#include "schedule/throughput.h"

namespace weir::tables {
namespace {

// Python's random.Random: the Mersenne Twister, seeded by init_by_array (Matsumoto & Nishimura
// 2002), which the standard's own seeding is not.
class PythonRandom {
 public:
  explicit PythonRandom(std::uint32_t seed) {
    constexpr std::size_t size = std::mt19937::state_size;
    std::array<std::uint32_t, size> state{};
    state[0] = 19650218U;
    for (std::uint32_t j = 1; j < size; ++j) {
      state[j] = 1812433253U * (state[j - 1] ^ (state[j - 1] >> 30U)) + j;
    }
    const auto mix = [&](std::size_t at, std::uint32_t by) {
      return state[at] ^ ((state[at - 1] ^ (state[at - 1] >> 30U)) * by);
    };
    std::size_t i = 1;
    const auto go_on = [&] {
      if (++i < size) return;
      state[0] = state[size - 1];
      i = 1;
    };
    for (std::size_t k = 0; k < size; ++k) {
      state[i] = mix(i, 1664525U) + seed;
      go_on();
    }
    for (std::size_t k = 0; k + 1 < size; ++k) {
      state[i] = mix(i, 1566083941U) - static_cast<std::uint32_t>(i);
      go_on();
    }
    state[0] = 0x80000000U;
    std::stringstream text;
    for (const std::uint32_t word : state) text << word << ' ';
    text << size;
    text >> bits_;
  }

  double part() {
    const auto high = static_cast<double>(bits_() >> 5U);
    const auto low = static_cast<double>(bits_() >> 6U);
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }
  double between(double low, double high) { return low + (high - low) * part(); }
  std::size_t below(std::size_t limit) {
    std::uint32_t bits = 0;
    while ((limit >> bits) > 0) ++bits;
    std::size_t drawn = limit;
    while (drawn >= limit) drawn = static_cast<std::uint32_t>(bits_()) >> (32U - bits);
    return drawn;
  }

 private:
  std::mt19937 bits_;
};

struct Kind {
  std::string name;
  bool several = false;
};

std::vector<Kind> kinds() {
  std::vector<Kind> all;
  const auto add = [&](const std::string& name, std::initializer_list<int> sizes, bool several) {
    for (const int size : sizes) {
      all.push_back({name + " (batch size " + std::to_string(size) + ")", several});
    }
  };
  add("ResNet-18", {16, 32, 64, 128, 256}, true);
  add("ResNet-50", {16, 32, 64, 128}, true);
  add("Transformer", {16, 32, 64, 128, 256}, true);
  add("LM", {5, 10, 20, 40, 80}, true);
  add("Recommendation", {512, 1024, 2048, 4096, 8192}, false);
  all.push_back({"A3C", false});
  all.push_back({"CycleGAN", false});
  return all;
}

std::uint32_t devices_for(double lot) {
  if (lot >= 0.7 && lot <= 0.8) return 2;
  if (lot >= 0.8 && lot <= 0.95) return 4;
  return lot >= 0.95 ? 8 : 1;
}

}  // namespace

std::string gavel_stream(std::uint32_t seed, bool several, int jobs,
                         const model::ThroughputTable& rates) {
  const schedule::Throughputs known(rates);
  const std::vector<Kind> all = kinds();
  PythonRandom work(seed + 2);
  PythonRandom arrivals(seed + 3);
  std::ostringstream out;
  out << std::setprecision(17);
  out << "job_id\tunit_arrival\tjob_type\tscale_factor\ttotal_steps\tduration_v100_s\n";
  double arrival = 0;
  for (int job = 0; job < jobs; ++job) {
    const double lot = work.part();
    const std::uint32_t devices = several ? devices_for(lot) : 1;
    const bool is_long = work.part() >= 0.8;
    const double minutes = std::pow(10.0, is_long ? work.between(3, 4) : work.between(1.5, 3));
    const Kind* kind = nullptr;
    while (kind == nullptr || (devices > 1 && !kind->several)) kind = &all[work.below(all.size())];
    const model::Throughput* const rate = known.find(kind->name, {"v100", devices});
    const double steps = 60 * minutes * static_cast<double>(rate->rate_micro) / 1e6;
    out << job << '\t' << arrival << '\t' << kind->name << '\t' << devices << '\t' << steps << '\t'
        << 60 * minutes << '\n';
    arrival += -std::log(1.0 - arrivals.part());
  }
  return out.str();
}

}  // namespace weir::tables
