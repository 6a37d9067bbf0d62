#include "sense/nvml.h"

#include <gtest/gtest.h>

namespace weir::sense {
namespace {

TEST(NvmlModel, keeps_the_model_and_leaves_out_line_form_and_memory) {
  EXPECT_EQ(nvml_model("NVIDIA H100 80GB HBM3"), "nvidia-h100");
  EXPECT_EQ(nvml_model("NVIDIA A100-SXM4-80GB"), "nvidia-a100");
  EXPECT_EQ(nvml_model("NVIDIA A100-PCIE-40GB"), "nvidia-a100");
  EXPECT_EQ(nvml_model("NVIDIA H100 NVL"), "nvidia-h100");
  EXPECT_EQ(nvml_model("NVIDIA GH200 480GB"), "nvidia-gh200");
  EXPECT_EQ(nvml_model("Tesla V100-SXM2-16GB"), "nvidia-v100");
  EXPECT_EQ(nvml_model("Tesla T4"), "nvidia-t4");
  EXPECT_EQ(nvml_model("NVIDIA GeForce RTX 5090"), "nvidia-rtx-5090");
  EXPECT_EQ(nvml_model("NVIDIA L40S"), "nvidia-l40s");
  EXPECT_EQ(nvml_model("NVIDIA B200"), "nvidia-b200");
}

TEST(NvmlModel, is_empty_where_the_name_says_nothing) {
  EXPECT_EQ(nvml_model("NVIDIA"), "");
  EXPECT_EQ(nvml_model("Graphics"), "");
  EXPECT_EQ(nvml_model(""), "");
}

TEST(PciAddress, of_nvml_becomes_the_one_of_sysfs) {
  EXPECT_EQ(normal_pci_address("00000000:3B:00.0"), "0000:3b:00.0");
  EXPECT_EQ(normal_pci_address("0000:18:1f.7"), "0000:18:1f.7");
  EXPECT_EQ(normal_pci_address("00010000:01:00.0"), "10000:01:00.0");
  EXPECT_EQ(normal_pci_address("18:00.0"), "");
  EXPECT_EQ(normal_pci_address("0000:18:20.0"), "");
  EXPECT_EQ(normal_pci_address("0000:18:00"), "");
  EXPECT_EQ(normal_pci_address(""), "");
}

}  // namespace
}  // namespace weir::sense
