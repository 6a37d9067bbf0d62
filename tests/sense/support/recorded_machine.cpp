#include "tests/sense/support/recorded_machine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace weir::sense::test {
namespace {

// A set of processors as sysfs writes it: 32-bit words, highest first, between commas.
std::string mask(const std::vector<int>& processors) {
  int words = 1;
  for (const int processor : processors) words = std::max(words, processor / 32 + 1);
  std::string text;
  for (int word = words - 1; word >= 0; --word) {
    std::uint32_t bits = 0;
    for (const int processor : processors) {
      if (processor / 32 == word) bits |= 1U << static_cast<unsigned>(processor % 32);
    }
    text += fmt::format("{}{:08x}", text.empty() ? "" : ",", bits);
  }
  return text;
}

}  // namespace

RecordedMachine::RecordedMachine() {
  std::string pattern = (std::filesystem::temp_directory_path() / "weir-sense-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
  root_ = pattern;
}

RecordedMachine::~RecordedMachine() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

void RecordedMachine::write(const std::string& path, const std::string& text) const {
  const auto whole = root_ / path;
  std::filesystem::create_directories(whole.parent_path());
  std::ofstream(whole) << text << '\n';
}

void RecordedMachine::host(const std::string& name, const std::string& architecture) const {
  write("proc/sys/kernel/hostname", name);
  write("proc/sys/kernel/ostype", "Linux");
  write("proc/sys/kernel/osrelease", "6.1.0-13-generic");
  write("proc/sys/kernel/arch", architecture);
  write("etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"");
}

void RecordedMachine::processors(int packages, int cores, int threads, int node_gib,
                                 const std::string& model) const {
  const int total = packages * cores * threads;
  const auto number = [&](int package, int core, int thread) {
    return thread * packages * cores + package * cores + core;
  };
  const std::string range = total == 1 ? "0" : fmt::format("0-{}", total - 1);
  for (const char* file : {"online", "possible", "present"}) {
    write(fmt::format("sys/devices/system/cpu/{}", file), range);
  }
  std::vector<std::string> cpuinfo(static_cast<std::size_t>(total));
  for (int package = 0; package < packages; ++package) {
    std::vector<int> of_package;
    of_package.reserve(static_cast<std::size_t>(cores) * static_cast<std::size_t>(threads));
    for (int core = 0; core < cores; ++core) {
      for (int thread = 0; thread < threads; ++thread) {
        of_package.push_back(number(package, core, thread));
      }
    }
    for (int core = 0; core < cores; ++core) {
      std::vector<int> of_core;
      of_core.reserve(static_cast<std::size_t>(threads));
      for (int thread = 0; thread < threads; ++thread) {
        of_core.push_back(number(package, core, thread));
      }
      for (const int cpu : of_core) {
        const auto topology = fmt::format("sys/devices/system/cpu/cpu{}/topology/", cpu);
        write(topology + "core_cpus", mask(of_core));
        write(topology + "thread_siblings", mask(of_core));
        write(topology + "package_cpus", mask(of_package));
        write(topology + "core_siblings", mask(of_package));
        write(topology + "core_id", fmt::format("{}", core));
        write(topology + "physical_package_id", fmt::format("{}", package));
        cpuinfo[static_cast<std::size_t>(cpu)] = fmt::format(
            "processor\t: {}\nvendor_id\t: GenuineIntel\nmodel name\t: {}\nphysical id\t: {}\n"
            "core id\t\t: {}\n\n",
            cpu, model, package, core);
      }
    }
    const auto node = fmt::format("sys/devices/system/node/node{}/", package);
    write(node + "cpumap", mask(of_package));
    write(node + "meminfo", fmt::format("Node {0} MemTotal:  {1} kB\nNode {0} MemFree:  {1} kB",
                                        package, std::int64_t{node_gib} << 20));
    std::string distances;
    for (int other = 0; other < packages; ++other) {
      distances += fmt::format("{}{}", distances.empty() ? "" : " ", other == package ? 10 : 21);
    }
    write(node + "distance", distances);
  }
  write("sys/devices/system/node/online", packages == 1 ? "0" : fmt::format("0-{}", packages - 1));
  write("proc/cpuinfo", fmt::format("{}", fmt::join(cpuinfo, "")));
  write("proc/meminfo", fmt::format("MemTotal:  {} kB\nMemFree:  1024 kB",
                                    std::int64_t{node_gib} * packages << 20));
}

void RecordedMachine::pci_bus() const {
  std::filesystem::create_directories(root_ / "sys/bus/pci/devices");
}

void RecordedMachine::pci(const std::string& address, const std::string& vendor,
                          const std::string& device, const std::string& class_code,
                          int numa_node) const {
  const auto folder = fmt::format("sys/bus/pci/devices/{}/", address);
  write(folder + "vendor", vendor);
  write(folder + "device", device);
  write(folder + "class", class_code);
  write(folder + "numa_node", fmt::format("{}", numa_node));
}

void RecordedMachine::virtual_function_of(const std::string& address,
                                          const std::string& physical) const {
  std::filesystem::create_directory_symlink("../" + physical,
                                            root_ / "sys/bus/pci/devices" / address / "physfn");
}

}  // namespace weir::sense::test
