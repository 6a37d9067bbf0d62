// world: tries many seeds of the simulated world, or shows one of them.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "tests/world/world.h"

namespace {

using weir::world::Plant;
using weir::world::Result;
using weir::world::run_world;
using weir::world::Trace;

constexpr const char* usage =
    "world --seeds N [--first S]        tries seeds S to S+N-1 (S is 1)\n"
    "world --seeds N --fingerprint      one fingerprint over all of them\n"
    "world --seed S [--verbose]         one seed; --verbose tells what happens in it\n"
    "  --plant skip-sync|drop-epoch-check|apply-twice\n"
    "                                   builds that mistake in; good is what catches it\n";

struct Options {
  std::uint64_t first = 1;
  std::uint64_t seeds = 0;
  bool verbose = false;
  bool fingerprint = false;
  Plant plant = Plant::none;
  std::string plant_name;
};

Options options;  // where a signal handler finds it

[[noreturn]] void end_with_usage(const std::string& why) {
  (void)std::fprintf(stderr, "world: %s\n%s", why.c_str(), usage);
  std::exit(2);
}

std::uint64_t number(const std::string& name, const char* text) {
  char* end = nullptr;
  const std::uint64_t value = text == nullptr ? 0 : std::strtoull(text, &end, 10);
  if (text == nullptr || end == text || *end != '\0') end_with_usage(name + " needs a number");
  return value;
}

Plant plant_named(const std::string& name) {
  if (name == "skip-sync") return Plant::skip_sync;
  if (name == "drop-epoch-check") return Plant::drop_epoch_check;
  if (name == "apply-twice") return Plant::apply_twice;
  end_with_usage("there is no plant named `" + name + "`");
}

void read_options(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--seeds") {
      options.seeds = number(name, argv[++i]);
    } else if (name == "--first") {
      options.first = number(name, argv[++i]);
    } else if (name == "--seed") {
      options.first = number(name, argv[++i]);
      options.seeds = 1;
    } else if (name == "--verbose") {
      options.verbose = true;
    } else if (name == "--fingerprint") {
      options.fingerprint = true;
    } else if (name == "--plant") {
      options.plant_name = argv[i + 1] == nullptr ? "" : argv[i + 1];
      options.plant = plant_named(options.plant_name);
      ++i;
    } else {
      end_with_usage("unknown option `" + name + "`");
    }
  }
  if (options.seeds == 0) end_with_usage("how many seeds?");
}

void tell_how_to_rerun(std::uint64_t seed) {
  std::printf("again: world --seed %llu --verbose%s%s\n", static_cast<unsigned long long>(seed),
              options.plant_name.empty() ? "" : " --plant ", options.plant_name.c_str());
}

// An assertion of the engine itself has ended the world: that is a catch like any other.
void on_abort(int) {
  const std::string where = weir::world::where_it_stands();
  std::printf("%s: checker \"an assertion of the engine\" fired\n", where.c_str());
  if (options.plant != Plant::none) std::printf("plant %s caught\n", options.plant_name.c_str());
  (void)std::fflush(stdout);
  std::_Exit(options.plant == Plant::none ? 1 : 0);
}

void print(const Result& result) {
  std::printf("seed %llu, steps %llu, fingerprint %s\n",
              static_cast<unsigned long long>(result.seed),
              static_cast<unsigned long long>(result.steps), result.fingerprint.c_str());
}

void print_failure(const Result& result) {
  std::printf("seed %llu, step %llu: checker \"%s\" fired: %s\n",
              static_cast<unsigned long long>(result.seed),
              static_cast<unsigned long long>(result.steps), result.checker.c_str(),
              result.what.c_str());
}

// The same seed again, remembering what happened last.
void explain_failure(const Result& result) {
  const Result again = run_world(result.seed, options.plant, Trace::Mode::keep_last);
  std::printf("the last of what happened:\n");
  for (const std::string& line : again.last) std::printf("%s\n", line.c_str());
  print_failure(result);
  tell_how_to_rerun(result.seed);
}

bool same_twice(const Result& result) {
  const Result again = run_world(result.seed, options.plant);
  if (again.fingerprint == result.fingerprint && again.steps == result.steps) return true;
  print(result);
  print(again);
  std::printf("the same seed gave two worlds\n");
  return false;
}

int try_seeds() {
  constexpr std::uint64_t twice_every = 50;
  weir::base::Sha256 all;
  std::uint64_t steps = 0;
  std::uint64_t engine_steps = 0;
  for (std::uint64_t seed = options.first; seed < options.first + options.seeds; ++seed) {
    const Result result = run_world(seed, options.plant);
    steps += result.steps;
    engine_steps += result.engine_steps;
    all.add(result.fingerprint);
    if (!result.good()) {
      explain_failure(result);
      if (options.plant != Plant::none) {
        std::printf("plant %s caught at seed %llu\n", options.plant_name.c_str(),
                    static_cast<unsigned long long>(seed));
        return 0;
      }
      std::printf("figure world_seeds %llu seeds target %llu short\n",
                  static_cast<unsigned long long>(seed - options.first),
                  static_cast<unsigned long long>(options.seeds));
      return 1;
    }
    if (seed % twice_every == 1 && !same_twice(result)) return 1;
  }
  if (options.plant != Plant::none) {
    std::printf("plant %s was not caught\n", options.plant_name.c_str());
    return 1;
  }
  const auto seeds = static_cast<unsigned long long>(options.seeds);
  const std::string combined = weir::base::to_hex(all.digest()).substr(0, 16);
  if (options.fingerprint) {
    std::printf("fingerprint %s\n", combined.c_str());
    return 0;
  }
  std::printf(
      "world: %llu seeds from %llu, %llu steps, %llu of them of the engine, no checker "
      "fired, fingerprint %s\n",
      seeds, static_cast<unsigned long long>(options.first), static_cast<unsigned long long>(steps),
      static_cast<unsigned long long>(engine_steps), combined.c_str());
  std::printf("figure world_seeds %llu seeds target %llu ok\n", seeds, seeds);
  return 0;
}

int show_one() {
  const Result result = run_world(options.first, options.plant,
                                  options.verbose ? Trace::Mode::print : Trace::Mode::off);
  if (!result.good()) {
    if (options.verbose) {
      print_failure(result);
    } else {
      explain_failure(result);
    }
    return options.plant == Plant::none ? 1 : 0;
  }
  print(result);
  return options.plant == Plant::none ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  read_options(argc, argv);
  (void)std::signal(SIGABRT, on_abort);
  return options.seeds == 1 ? show_one() : try_seeds();
}
