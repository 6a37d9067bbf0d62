#include "bench/page/page.h"

#include <atomic>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <thread>

namespace weir::bench {

std::string digits(double value, int behind) {
  char text[64];
  (void)std::snprintf(text, sizeof text, "%.*f", behind, value);
  return text;
}

Judged near(const std::string& name, double value, const std::string& unit, double published,
            double margin) {
  return {name, digits(value, 3), unit, digits(published, 3) + "+-" + digits(margin, 3),
          std::abs(value - published) <= margin};
}

Judged at_least(const std::string& name, double value, const std::string& unit, double least) {
  return {name, digits(value, 3), unit, ">=" + digits(least, 3), value >= least};
}

Judged at_most(const std::string& name, double value, const std::string& unit, double most) {
  return {name, digits(value, 3), unit, "<=" + digits(most, 3), value <= most};
}

Judged stated(const std::string& name, double value, const std::string& unit) {
  return {name, digits(value, 3), unit, "-", true};
}

void do_all(const std::vector<std::function<void()>>& work) {
  std::atomic<std::size_t> next{0};
  const auto take = [&] {
    for (std::size_t i = next++; i < work.size(); i = next++) {
      work[i]();
      std::fprintf(stderr, "\r%zu of %zu runs begun", i + 1, work.size());
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back(take);
  }
  take();
  threads.clear();
  std::fprintf(stderr, "\n");
}

namespace {

std::string markdown(const Section& section) {
  std::string page = "\n## " + section.title + "\n";
  const auto row = [&](const std::vector<std::string>& cells) {
    page += "|";
    for (const std::string& cell : cells) page += " " + cell + " |";
    page += "\n";
  };
  for (const std::string& paragraph : section.text) page += "\n" + paragraph + "\n";
  if (!section.head.empty()) {
    page += "\n";
    row(section.head);
    row(std::vector<std::string>(section.head.size(), "---"));
    for (const auto& cells : section.rows) row(cells);
  }
  if (section.figures.empty()) return page;
  page += "\n";
  row({"figure", "measured", "bar", ""});
  row({"---", "---", "---", "---"});
  for (const Judged& each : section.figures) {
    row({"`" + each.name + "`", each.value + " " + each.unit, each.target,
         each.good ? "ok" : "short"});
  }
  return page;
}

}  // namespace

Page::Page(const std::string& file) {
  if (!file.empty()) file_.open(file);
}

void Page::add(Section section) {
  const std::string text = markdown(section);
  std::cout << text << std::flush;
  if (file_.is_open()) file_ << text << std::flush;
  std::move(section.figures.begin(), section.figures.end(), std::back_inserter(figures_));
}

int Page::print_figures() const {
  int short_ones = 0;
  for (const Judged& each : figures_) {
    std::printf("figure %s %s %s target %s %s\n", each.name.c_str(), each.value.c_str(),
                each.unit.c_str(), each.target.c_str(), each.good ? "ok" : "short");
    short_ones += each.good ? 0 : 1;
  }
  return short_ones;
}

}  // namespace weir::bench
