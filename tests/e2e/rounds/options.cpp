#include "tests/e2e/rounds/options.h"

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace weir::e2e {

namespace {

bool read_number(const char* text, std::uint64_t& number) {
  const std::string_view word(text);
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size();
}

bool read_pair(const std::string_view name, const char* value, Options& options) {
  if (name == "--programs") {
    options.programs = value;
    return true;
  }
  if (name == "--list") {
    options.list = value;
    return true;
  }
  if (name == "--rounds") return read_number(value, options.rounds);
  return name == "--seed" && read_number(value, options.seed);
}

}  // namespace

bool read_options(int count, char** words, Options& options) {
  bool is_good = count % 2 == 1;
  for (int i = 1; i + 1 < count; i += 2) {
    is_good = is_good && read_pair(words[i], words[i + 1], options);
  }
  if (!is_good || options.programs.empty() || options.rounds == 0) {
    std::fprintf(stderr, "usage: %s --programs FOLDER --rounds N [--seed S] [--list FILE]\n",
                 words[0]);
    return false;
  }
  if (options.seed == 0) options.seed = static_cast<std::uint64_t>(base::to_us(now()));
  return true;
}

Places make_places(const Options& options, const std::string& name) {
  std::string scratch =
      (std::filesystem::temp_directory_path() / ("weir-" + name + "-XXXXXX")).string();
  if (::mkdtemp(scratch.data()) == nullptr) {
    std::perror("mkdtemp");
    std::exit(1);
  }
  Places places{options.programs, scratch, scratch + "/data", scratch + "/trace",
                scratch + "/server.log"};
  std::filesystem::create_directory(places.trace);
  return places;
}

base::Time now() {
  return base::Time(std::chrono::duration_cast<base::Duration>(
      std::chrono::system_clock::now().time_since_epoch()));
}

int conclude(const Places& places, const std::string& name, std::uint64_t good,
             std::uint64_t wanted) {
  const bool is_good = good >= wanted;
  std::printf("figure %s_rounds %llu rounds target >=%llu %s\n", name.c_str(),
              static_cast<unsigned long long>(good), static_cast<unsigned long long>(wanted),
              is_good ? "ok" : "short");
  if (is_good) {
    std::filesystem::remove_all(places.scratch);
  } else {
    std::printf("what was on the disk is kept in %s\n", places.scratch.c_str());
  }
  return is_good ? 0 : 1;
}

}  // namespace weir::e2e
