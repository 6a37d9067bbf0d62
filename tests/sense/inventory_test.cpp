#include "sense/inventory.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/sense/support/recorded_machine.h"

namespace weir::sense {
namespace {

using test::RecordedMachine;

constexpr std::int64_t gibibyte = std::int64_t{1} << 30;

Machine sense(const RecordedMachine& recorded, const std::string& nvml = "") {
  const auto machine = sense_machine({recorded.root(), true, nvml});
  if (!machine) throw std::runtime_error(machine.error().text());
  return *machine;
}

// The double of NVML, with what it is to answer.
class FakeNvml {
 public:
  explicit FakeNvml(const std::string& script) {
    ::setenv("FAKE_NVML", script.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): one thread
  }
  ~FakeNvml() {
    ::unsetenv("FAKE_NVML");  // NOLINT(concurrency-mt-unsafe): one thread
  }
  FakeNvml(const FakeNvml&) = delete;
  FakeNvml& operator=(const FakeNvml&) = delete;
  static constexpr const char* library = WEIR_FAKE_NVML;
};

TEST(Inventory, of_an_eight_h100_server_is_complete) {
  const RecordedMachine recorded;
  recorded.host("dgx-01", "x86_64");
  recorded.processors(2, 4, 2, 512, "Intel(R) Xeon(R) Platinum 8480C");
  const std::vector<std::string> addresses = {"0000:1b:00.0", "0000:43:00.0", "0000:52:00.0",
                                              "0000:61:00.0", "0000:9d:00.0", "0000:c3:00.0",
                                              "0000:d1:00.0", "0000:df:00.0"};
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    recorded.pci(addresses[i], "0x10de", "0x2330", "0x030200", i < 4 ? 0 : 1);
  }
  recorded.pci("0000:07:00.0", "0x10de", "0x22a3", "0x068000", 0);  // NVSwitch
  recorded.pci("0000:03:00.0", "0x1a03", "0x2000", "0x030000", 0);  // management display
  recorded.pci("0000:18:00.0", "0x15b3", "0x1021", "0x020700", 0);  // network

  Machine expected;
  expected.host_name = "dgx-01";
  expected.cpu_model = "Intel(R) Xeon(R) Platinum 8480C";
  expected.architecture = "x86_64";
  expected.cpus = 16;
  expected.cpu_indexes = {0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15};
  expected.cores = 8;
  expected.packages = 2;
  expected.memory_bytes = 1024 * gibibyte;
  expected.numa = {{0, 512 * gibibyte, 8, {0, 8, 1, 9, 2, 10, 3, 11}},
                   {1, 512 * gibibyte, 8, {4, 12, 5, 13, 6, 14, 7, 15}}};
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    expected.devices.push_back({"nvidia-h100", "H100 SXM5 80GB", "NVIDIA", "gpu", addresses[i],
                                0x10de, 0x2330, 80 * gibibyte, i < 4 ? 0 : 1, "", "pci.ids"});
  }
  expected.operating_system = "Debian GNU/Linux 12 (bookworm)";
  expected.kernel = "Linux 6.1.0-13-generic";
  EXPECT_EQ(sense(recorded), expected);
}

TEST(Inventory, of_an_atlas_server_knows_its_npus_and_not_the_engines_of_its_processors) {
  const RecordedMachine recorded;
  recorded.host("atlas-800", "aarch64");
  recorded.processors(4, 2, 1, 192, "Kunpeng-920");
  for (int i = 0; i < 8; ++i) {
    recorded.pci(fmt::format("0000:{:02x}:00.0", 0x81 + i), "0x19e5", "0xd802", "0x120000", i / 2);
  }
  recorded.pci("0000:75:00.0", "0x19e5", "0xa250", "0x120000", 0);  // compression engine
  recorded.pci("0000:39:00.0", "0x19e5", "0xa258", "0x100000", 0);  // crypto engine
  recorded.pci("0000:06:00.0", "0x19e5", "0x1711", "0x030000", 0);  // management display

  const auto machine = sense(recorded);
  ASSERT_EQ(machine.devices.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) {
    const Device expected{"ascend-910b",
                          "Ascend 910B (Atlas A2)",
                          "Huawei",
                          "npu",
                          fmt::format("0000:{:02x}:00.0", 0x81 + i),
                          0x19e5,
                          0xd802,
                          std::nullopt,
                          static_cast<int>(i / 2),
                          "",
                          "ascend-log-collect"};
    EXPECT_EQ(machine.devices[i], expected);
  }
  EXPECT_EQ(machine.architecture, "aarch64");
  EXPECT_EQ(machine.numa.size(), 4U);
  EXPECT_TRUE(machine.unknown.empty()) << machine.unknown.front();
}

TEST(Inventory, of_a_mixed_box_keeps_every_maker_apart) {
  const RecordedMachine recorded;
  recorded.host("mixed", "x86_64");
  recorded.processors(1, 8, 1, 256, "Hygon C86 7285");
  recorded.pci("0000:01:00.0", "0x1d94", "0x55b7", "0x038000", -1);
  recorded.pci("0000:02:00.0", "0x1ed5", "0x0323", "0x030000", 0);
  recorded.pci("0000:03:00.0", "0xcabc", "0x0370", "0x120000", 0);
  recorded.pci("0000:04:00.0", "0x1002", "0x74a1", "0x120000", 0);
  recorded.pci("0000:05:00.0", "0x1e36", "0xc035", "0x120000", 0);
  recorded.pci("0000:06:00.0", "0x9999", "0x4001", "0x038000", 0);
  std::vector<std::string> seen;
  const auto machine = sense(recorded);
  seen.reserve(machine.devices.size());
  for (const auto& device : machine.devices) {
    seen.push_back(
        fmt::format("{} {} {} {}", device.pci_address, device.vendor, device.kind, device.model));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{
                      "0000:01:00.0 Hygon dcu hygon-z100l",
                      "0000:02:00.0 Moore Threads gpu moore-threads-mtt-s4000",
                      "0000:03:00.0 Cambricon npu cambricon-mlu370",
                      "0000:04:00.0 AMD gpu amd-mi300x",
                      "0000:05:00.0 Enflame npu enflame-s60",
                      "0000:06:00.0 MetaX gpu metax-c500",
                  }));
  EXPECT_EQ(machine.devices[0].numa_node, std::nullopt);  // the kernel's -1
  EXPECT_EQ(machine.devices[1].memory_bytes, std::nullopt);
  EXPECT_EQ(machine.devices[4].memory_bytes, 48 * gibibyte);
}

TEST(Inventory, of_a_machine_without_a_pci_bus_has_no_devices_and_nothing_to_wonder_at) {
  const RecordedMachine recorded;
  recorded.host("board", "aarch64");
  recorded.processors(1, 4, 1, 4, "Cortex-A72");
  recorded.write("sys/bus/platform/uevent", "");
  const auto machine = sense(recorded);
  EXPECT_TRUE(machine.devices.empty());
  EXPECT_TRUE(machine.unknown.empty()) << machine.unknown.front();
}

TEST(Inventory, of_an_empty_tree_knows_nothing_and_says_so_for_each_thing) {
  const RecordedMachine recorded;
  Machine expected;
  expected.unknown = {
      "host name: /proc/sys/kernel/hostname does not tell it",
      "operating system: /etc/os-release does not tell it",
      "kernel: /proc/sys/kernel/osrelease does not tell it",
      "architecture: /proc/sys/kernel/arch does not tell it",
      "processors: hwloc finds no description of them under /sys/devices/system/cpu",
      "memory: neither /proc/meminfo nor NUMA nodes tell its size",
      "PCI devices: /sys/bus/pci/devices cannot be read: No such file or directory",
  };
  EXPECT_EQ(sense(recorded), expected);
}

TEST(Inventory, of_a_folder_that_is_not_there_is_refused) {
  const auto machine = sense_machine({"/nonexistent/recorded", true, ""});
  ASSERT_FALSE(machine.has_value());
  EXPECT_EQ(machine.error().code, base::ErrorCode::not_found);
  EXPECT_EQ(machine.error().message,
            "\"/nonexistent/recorded\" is not a folder to look for a machine in");
}

TEST(Inventory, leaves_out_malformed_pci_entries_and_names_them) {
  const RecordedMachine recorded;
  recorded.host("odd", "x86_64");
  recorded.processors(1, 2, 1, 8, "Some CPU");
  recorded.pci("0000:01:00.0", "nvidia", "0x2330", "0x030200", 0);
  recorded.pci("0000:02:00.0", "0x10de", "", "0x030200", 0);
  recorded.pci("0000:03:00.0", "0x110de", "0x2330", "0x030200", 0);
  recorded.pci("0000:04:00.0", "0x10de", "0x2330", "0x03020000", 0);
  recorded.write("sys/bus/pci/devices/0000:05:00.0/vendor", "0x10de");
  recorded.pci("0000:06:00.0", "0x10de", "0x2330", "0x030200", 0);
  recorded.write("sys/bus/pci/devices/0000:06:00.0/numa_node", "somewhere");
  const auto machine = sense(recorded);
  ASSERT_EQ(machine.devices.size(), 1U);
  EXPECT_EQ(machine.devices[0].pci_address, "0000:06:00.0");
  EXPECT_EQ(machine.devices[0].numa_node, std::nullopt);
  std::vector<std::string> expected;
  for (int i = 1; i <= 5; ++i) {
    expected.push_back(
        fmt::format("PCI device 0000:{:02x}:00.0: its vendor, device or class is not readable", i));
  }
  EXPECT_EQ(machine.unknown, expected);
}

TEST(Inventory, shows_unknown_accelerators_as_unknown_never_as_something_else) {
  const RecordedMachine recorded;
  recorded.host("new", "x86_64");
  recorded.processors(1, 2, 1, 8, "Some CPU");
  recorded.pci("0000:01:00.0", "0x10de", "0xffee", "0x030200", 0);  // a model to come
  recorded.pci("0000:02:00.0", "0x1ee0", "0x0100", "0x120000", 0);  // a vendor not in the table
  recorded.pci("0000:03:00.0", "0x1234", "0x1111", "0x030000", 0);  // QEMU's display
  recorded.pci("0000:04:00.0", "0x1002", "0x740c", "0x038000", 0);  // an id two models share
  const auto machine = sense(recorded);
  ASSERT_EQ(machine.devices.size(), 3U);
  EXPECT_EQ(machine.devices[0], (Device{"", "", "NVIDIA", "gpu", "0000:01:00.0", 0x10de, 0xffee,
                                        std::nullopt, 0, "", "pci.ids"}));
  EXPECT_EQ(machine.devices[1], (Device{"", "", "", "other", "0000:02:00.0", 0x1ee0, 0x0100,
                                        std::nullopt, 0, "", "pci class"}));
  EXPECT_EQ(machine.devices[2], (Device{"", "Instinct MI250X/MI250", "AMD", "gpu", "0000:04:00.0",
                                        0x1002, 0x740c, std::nullopt, 0, "", "pci.ids"}));
  EXPECT_EQ(machine.unknown,
            (std::vector<std::string>{
                "device 0000:01:00.0: an accelerator of NVIDIA, PCI id 10de:ffee: it is not in the "
                "table",
                "device 0000:02:00.0: an accelerator of an unknown vendor, PCI id 1ee0:0100: it is "
                "not in the table",
                "device 0000:04:00.0: an accelerator of AMD, PCI id 1002:740c: it is shared by "
                "models: Instinct MI250X/MI250",
            }));
}

TEST(Inventory, counts_a_card_once_beside_its_virtual_and_management_functions) {
  const RecordedMachine recorded;
  recorded.host("shared", "x86_64");
  recorded.processors(1, 2, 1, 8, "Some CPU");
  recorded.pci("0000:01:00.0", "0x1002", "0x74a1", "0x120000", 0);
  recorded.pci("0000:01:02.0", "0x1002", "0x74b5", "0x120000", 0);  // a slice of it
  recorded.virtual_function_of("0000:01:02.0", "0000:01:00.0");
  recorded.pci("0000:05:00.0", "0x10ee", "0x5000", "0x120000", 0);
  recorded.pci("0000:05:00.1", "0x10ee", "0x5001", "0x120000", 0);  // its user function
  recorded.pci("0000:06:00.0", "0x10ee", "0x5001", "0x120000", 0);  // alone: of another card
  std::vector<std::string> seen;
  for (const auto& device : sense(recorded).devices) {
    seen.push_back(device.pci_address + " " + device.model);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"0000:01:00.0 amd-mi300x",
                                            "0000:05:00.0 amd-alveo-u200", "0000:06:00.0 "}));
}

TEST(Inventory, counts_a_virtual_function_where_it_is_all_a_guest_has) {
  const RecordedMachine recorded;
  recorded.host("guest", "x86_64");
  recorded.processors(1, 2, 1, 8, "Some CPU");
  recorded.pci("0000:00:05.0", "0x1002", "0x74b5", "0x120000", 0);
  const auto machine = sense(recorded);
  ASSERT_EQ(machine.devices.size(), 1U);
  EXPECT_EQ(machine.devices[0].model, "amd-mi300x");
}

// The files of a version 2 control group at /sys/fs/cgroup/`path`.
void control_group(const RecordedMachine& recorded, const std::string& path) {
  recorded.write("proc/self/cgroup", "0::/" + path);
  recorded.write(
      "proc/self/mountinfo",
      "24 30 0:22 / /proc rw,relatime shared:5 - proc proc rw\n"
      "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate");
  recorded.write("proc/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0");
  recorded.write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu memory");
}

TEST(Inventory, counts_only_what_the_control_group_leaves) {
  const RecordedMachine recorded;
  recorded.host("box", "x86_64");
  recorded.processors(2, 4, 2, 64, "Some CPU");
  recorded.pci_bus();
  control_group(recorded, "batch/job-7");
  recorded.write("sys/fs/cgroup/batch/job-7/cgroup.controllers", "cpuset cpu memory");
  recorded.write("sys/fs/cgroup/batch/job-7/cpuset.cpus.effective", "0-3");
  recorded.write("sys/fs/cgroup/batch/job-7/cpuset.mems.effective", "0");
  recorded.write("sys/fs/cgroup/batch/job-7/memory.max", "max");
  recorded.write("sys/fs/cgroup/batch/memory.max", "8589934592");
  recorded.write("sys/fs/cgroup/batch/cpu.max", "250000 100000");
  const auto machine = sense(recorded);
  EXPECT_EQ(machine.cpu_indexes, (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(machine.cpus, 2U);  // the quota pays for two and a half
  EXPECT_EQ(machine.cores, 4U);
  EXPECT_EQ(machine.packages, 1U);
  EXPECT_EQ(machine.memory_bytes, 8 * gibibyte);  // the limit of the group above
  ASSERT_EQ(machine.numa.size(), 1U);
  EXPECT_EQ(machine.numa[0].cpus, 4U);
}

TEST(Inventory, has_only_the_memory_of_the_numa_nodes_it_is_confined_to) {
  const RecordedMachine recorded;
  recorded.host("box", "x86_64");
  recorded.processors(2, 4, 1, 64, "Some CPU");
  recorded.pci_bus();
  control_group(recorded, "half");
  recorded.write("sys/fs/cgroup/half/cgroup.controllers", "cpuset cpu memory");
  recorded.write("sys/fs/cgroup/half/cpuset.cpus.effective", "0-7");
  recorded.write("sys/fs/cgroup/half/cpuset.mems.effective", "1");
  const auto machine = sense(recorded);
  EXPECT_EQ(machine.memory_bytes, 64 * gibibyte);
  ASSERT_EQ(machine.numa.size(), 1U);
  EXPECT_EQ(machine.numa[0].index, 1);
  EXPECT_EQ(machine.cpu_indexes, (std::vector<int>{4, 5, 6, 7, 0, 1, 2, 3}));
}

TEST(Inventory, reads_the_limits_of_old_control_groups) {
  const RecordedMachine recorded;
  recorded.host("old", "x86_64");
  recorded.processors(1, 8, 1, 64, "Some CPU");
  recorded.pci_bus();
  recorded.write("proc/self/cgroup", "5:cpu,cpuacct:/docker/ab\n4:memory:/docker/ab\n0::/");
  recorded.write("proc/self/mountinfo",
                 "31 23 0:28 /docker/ab /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
                 "32 23 0:29 /docker/ab /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory");
  recorded.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000");
  recorded.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
  recorded.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648");
  auto machine = sense(recorded);
  EXPECT_EQ(machine.cpus, 1U);  // half a processor is still one to run on
  EXPECT_EQ(machine.memory_bytes, 2 * gibibyte);

  recorded.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1");
  recorded.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
  machine = sense(recorded);
  EXPECT_EQ(machine.cpus, 8U);
  EXPECT_EQ(machine.memory_bytes, 64 * gibibyte);
}

TEST(Inventory, takes_memory_identity_and_missing_models_from_nvml) {
  const RecordedMachine recorded;
  recorded.host("gpu", "x86_64");
  recorded.processors(1, 2, 1, 8, "Some CPU");
  recorded.pci("0000:18:00.0", "0x10de", "0x20b2", "0x030200", 0);
  recorded.pci("0000:3b:00.0", "0x10de", "0x25b6", "0x030200", 0);  // A2 or A16
  recorded.pci("0000:5e:00.0", "0x10de", "0x2330", "0x030200", 0);
  const FakeNvml nvml(
      "00000000:18:00.0|20B210DE|NVIDIA A100-SXM4-80GB|GPU-1|85899345920\n"
      "00000000:3B:00.0|25B610DE|NVIDIA A16|GPU-2|15728640000\n"
      "lost\n"
      "00000000:AF:00.0|FFEE10DE|NVIDIA Z900 PCIe 96GB||");
  const auto machine = sense(recorded, FakeNvml::library);
  EXPECT_EQ(machine.devices,
            (std::vector<Device>{
                {"nvidia-a100", "A100 SXM4 80GB", "NVIDIA", "gpu", "0000:18:00.0", 0x10de, 0x20b2,
                 85899345920, 0, "GPU-1", "pci.ids"},
                {"nvidia-a16", "NVIDIA A16", "NVIDIA", "gpu", "0000:3b:00.0", 0x10de, 0x25b6,
                 15728640000, 0, "GPU-2", "nvml"},
                {"nvidia-h100", "H100 SXM5 80GB", "NVIDIA", "gpu", "0000:5e:00.0", 0x10de, 0x2330,
                 80 * gibibyte, 0, "", "pci.ids"},
                {"nvidia-z900", "NVIDIA Z900 PCIe 96GB", "NVIDIA", "gpu", "0000:af:00.0", 0x10de,
                 0xffee, std::nullopt, std::nullopt, "", "nvml"},
            }));
  EXPECT_TRUE(machine.unknown.empty()) << machine.unknown.front();
}

TEST(Inventory, ends_its_session_with_nvml) {
  const RecordedMachine recorded;
  recorded.pci("0000:18:00.0", "0x10de", "0x20b2", "0x030200", 0);
  void* library = ::dlopen(FakeNvml::library, RTLD_NOW);
  ASSERT_NE(library, nullptr);
  const auto sessions = reinterpret_cast<int (*)()>(::dlsym(library, "fake_nvml_sessions"));
  {
    const FakeNvml nvml("00000000:18:00.0|20B210DE|NVIDIA A100|GPU-1|1024");
    EXPECT_EQ(sense(recorded, FakeNvml::library).devices[0].uuid, "GPU-1");
    EXPECT_EQ(sessions(), 0);
  }
  {
    const FakeNvml nvml("count fails");
    EXPECT_EQ(sense(recorded, FakeNvml::library).devices[0].uuid, "");
    EXPECT_EQ(sessions(), 0);
  }
  ::dlclose(library);
}

TEST(Inventory, misses_nvml_only_where_a_device_of_its_maker_is_on_the_bus) {
  const RecordedMachine recorded;
  recorded.host("gpu", "x86_64");
  recorded.processors(1, 2, 1, 8, "Some CPU");
  recorded.pci("0000:01:00.0", "0x1002", "0x74a1", "0x120000", 0);
  EXPECT_TRUE(sense(recorded, "/nonexistent/libnvidia-ml.so.1").unknown.empty());

  recorded.pci("0000:18:00.0", "0x10de", "0x20b2", "0x030200", 0);
  const auto absent = sense(recorded, "/nonexistent/libnvidia-ml.so.1");
  ASSERT_EQ(absent.unknown.size(), 1U);
  EXPECT_TRUE(absent.unknown[0].starts_with(
      "NVIDIA devices: their memory and identity were not measured: /nonexistent/"))
      << absent.unknown[0];
  EXPECT_EQ(absent.devices[1].memory_bytes, 80 * gibibyte);  // as the table has it

  const FakeNvml nvml("init fails");
  const auto refused = sense(recorded, FakeNvml::library);
  ASSERT_EQ(refused.unknown.size(), 1U);
  EXPECT_EQ(refused.unknown[0],
            fmt::format("NVIDIA devices: their memory and identity were not measured: nvmlInit_v2 "
                        "of {}: Driver Not Loaded (code 9)",
                        FakeNvml::library));
}

TEST(Inventory, of_this_machine_has_processors_memory_and_names) {
  const auto machine = sense_machine();
  ASSERT_TRUE(machine.has_value());
  ASSERT_TRUE(machine->cpus.has_value());
  EXPECT_GE(*machine->cpus, 1U);
  EXPECT_LE(*machine->cpus, machine->cpu_indexes.size());
  EXPECT_LE(machine->cpu_indexes.size(), static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_CONF)));
  ASSERT_TRUE(machine->memory_bytes.has_value());
  EXPECT_GE(*machine->memory_bytes, std::int64_t{64} << 20);
  EXPECT_LE(*machine->memory_bytes, ::sysconf(_SC_PHYS_PAGES) * ::sysconf(_SC_PAGESIZE));
  EXPECT_FALSE(machine->host_name.empty());
  EXPECT_FALSE(machine->architecture.empty());
  EXPECT_FALSE(machine->kernel.empty());
}

TEST(Inventory, of_this_machine_honours_the_affinity_of_the_process) {
  ::cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  const auto whole = sense_machine();
  ASSERT_TRUE(whole.has_value());
  const int last = *std::ranges::max_element(whole->cpu_indexes);
  ::cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(last), &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  const auto bound = sense_machine();
  ASSERT_EQ(::sched_setaffinity(0, sizeof before, &before), 0);
  ASSERT_TRUE(bound.has_value());
  EXPECT_EQ(bound->cpu_indexes, std::vector<int>{last});
  EXPECT_EQ(bound->cpus, 1U);
  EXPECT_EQ(bound->cores, 1U);
}

TEST(Inventory, of_a_recorded_tree_leaves_the_environment_as_it_was) {
  const RecordedMachine recorded;
  recorded.processors(1, 2, 1, 8, "Some CPU");
  (void)sense(recorded);
  // NOLINTBEGIN(concurrency-mt-unsafe): one thread
  EXPECT_EQ(std::getenv("HWLOC_FSROOT"), nullptr);
  ::setenv("HWLOC_FSROOT", "/", 1);
  (void)sense(recorded);
  EXPECT_STREQ(std::getenv("HWLOC_FSROOT"), "/");
  ::unsetenv("HWLOC_FSROOT");
  // NOLINTEND(concurrency-mt-unsafe)
}

}  // namespace
}  // namespace weir::sense
