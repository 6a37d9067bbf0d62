// A recorded tree of another machine: the files of sysfs, proc and etc that sense/ reads, written
// into a folder of its own that goes when the object goes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace weir::sense::test {

class RecordedMachine {
 public:
  RecordedMachine();
  ~RecordedMachine();
  RecordedMachine(const RecordedMachine&) = delete;
  RecordedMachine& operator=(const RecordedMachine&) = delete;

  [[nodiscard]] std::string root() const { return root_.string(); }

  void write(const std::string& path, const std::string& text) const;
  void host(const std::string& name, const std::string& architecture) const;
  // `packages` × `cores` × `threads`, one NUMA node a package with `node_gib` GiB each. Processors
  // are numbered as x86 servers number them: first all first threads, then all second ones.
  void processors(int packages, int cores, int threads, int node_gib,
                  const std::string& model) const;
  // A PCI function. Ids and class as sysfs writes them, "0x10de".
  void pci(const std::string& address, const std::string& vendor, const std::string& device,
           const std::string& class_code, int numa_node) const;
  // An empty bus.
  void pci_bus() const;
  // Marks a function as a virtual one of another.
  void virtual_function_of(const std::string& address, const std::string& physical) const;

 private:
  std::filesystem::path root_;
};

}  // namespace weir::sense::test
