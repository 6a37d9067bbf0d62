#include "sense/accelerators.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace weir::sense {
namespace {

constexpr std::string_view columns =
    "vendor_id,device_id,classes,vendor,model,name,kind,memory_gib,source\n";

std::string why_refused(const std::string& row) {
  const auto rows = parse_accelerators(std::string(columns) + row);
  return rows ? "taken" : rows.error().message;
}

TEST(AcceleratorTable, is_well_formed_and_covers_the_lines_it_promises) {
  const auto parsed = parse_accelerators(accelerator_table_text());
  ASSERT_TRUE(parsed.has_value()) << parsed.error().text();
  EXPECT_GT(parsed->size(), 400U);
  EXPECT_EQ(parsed->size(), accelerator_rows().size());
  std::set<std::string> vendors;
  for (const auto& row : *parsed) vendors.insert(row.vendor);
  for (const char* vendor :
       {"NVIDIA", "AMD", "Intel", "Huawei", "Cambricon", "Hygon", "Moore Threads", "Iluvatar CoreX",
        "Enflame", "MetaX", "Kunlunxin", "Vastai", "Sophgo", "Lynxi", "Google", "AWS", "Qualcomm",
        "Graphcore", "Tenstorrent"}) {
    EXPECT_TRUE(vendors.contains(vendor)) << vendor;
  }
}

TEST(AcceleratorTable, names_every_model_in_the_form_of_job_files_and_every_row_with_its_source) {
  for (const auto& row : accelerator_rows()) {
    SCOPED_TRACE(
        fmt::format("{:04x}:{:04x} {}", row.vendor_id, row.device_id.value_or(0), row.name));
    EXPECT_FALSE(row.source.empty());
    EXPECT_FALSE(row.vendor.empty());
    EXPECT_TRUE(std::ranges::all_of(row.model, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    })) << row.model;
    EXPECT_FALSE(row.model.starts_with('-') || row.model.ends_with('-')) << row.model;
    EXPECT_NE(row.vendor_id, 0U);
    // A row for a whole vendor, and one for what is no accelerator, cannot name a model.
    if (!row.device_id || !row.is_accelerator()) {
      EXPECT_EQ(row.model, "");
      EXPECT_FALSE(row.memory_bytes.has_value());
    }
  }
}

TEST(AcceleratorTable, gives_one_model_one_vendor_and_one_kind) {
  std::map<std::string, std::pair<std::string, std::string>> seen;
  for (const auto& row : accelerator_rows()) {
    if (row.model.empty()) continue;
    const auto known = seen.emplace(row.model, std::pair(row.vendor, row.kind)).first->second;
    EXPECT_EQ(known, std::pair(row.vendor, row.kind)) << row.model;
  }
}

TEST(AcceleratorTable, knows_a_device_by_its_id_whatever_its_class) {
  const auto* h100 = find_accelerator(0x10de, 0x2330, 0x030200);
  ASSERT_NE(h100, nullptr);
  EXPECT_EQ(h100->model, "nvidia-h100");
  EXPECT_EQ(h100->memory_bytes, std::int64_t{80} << 30);
  // A Hygon DCU calls itself a display controller or a co-processor, by its generation.
  const auto* dcu = find_accelerator(0x1d94, 0x55b7, 0x038000);
  ASSERT_NE(dcu, nullptr);
  EXPECT_EQ(dcu->model, "hygon-z100l");
  EXPECT_EQ(dcu->kind, "dcu");
}

TEST(AcceleratorTable, knows_the_vendor_of_an_accelerator_whose_id_it_does_not_know) {
  const auto* row = find_accelerator(0x19e5, 0xdfff, 0x120000);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->vendor, "Huawei");
  EXPECT_EQ(row->model, "");
  EXPECT_FALSE(row->memory_bytes.has_value());
}

TEST(AcceleratorTable, leaves_out_what_a_vendor_makes_besides_accelerators) {
  EXPECT_EQ(find_accelerator(0x10de, 0x1af1, 0x068000), nullptr);  // NVSwitch: a bridge
  EXPECT_EQ(find_accelerator(0x10de, 0x22ba, 0x040300), nullptr);  // sound of a card
  EXPECT_EQ(find_accelerator(0x19e5, 0xa222, 0x020000), nullptr);  // network of a Kunpeng
  EXPECT_EQ(find_accelerator(0x8086, 0x1521, 0x020000), nullptr);
  const auto* zip = find_accelerator(0x19e5, 0xa250, 0x120000);  // compression of a Kunpeng
  ASSERT_NE(zip, nullptr);
  EXPECT_FALSE(zip->is_accelerator());
}

TEST(AcceleratorTable, does_not_know_virtual_and_management_displays) {
  EXPECT_EQ(find_accelerator(0x1234, 0x1111, 0x030000), nullptr);  // QEMU's standard VGA
  EXPECT_EQ(find_accelerator(0x1af4, 0x1050, 0x038000), nullptr);  // virtio GPU
  EXPECT_EQ(find_accelerator(0x1b36, 0x0100, 0x030000), nullptr);  // QXL
  EXPECT_EQ(find_accelerator(0x15ad, 0x0405, 0x030000), nullptr);  // VMware SVGA
  EXPECT_EQ(find_accelerator(0x1a03, 0x2000, 0x030000), nullptr);  // ASPEED
  EXPECT_EQ(find_accelerator(0x102b, 0x0536, 0x030000), nullptr);  // Matrox G200
  EXPECT_EQ(find_accelerator(0x1013, 0x00b8, 0x030000), nullptr);  // Cirrus
}

TEST(AcceleratorTable, refuses_malformed_rows_and_says_why) {
  EXPECT_EQ(why_refused("10de,2330,,NVIDIA,nvidia-h100,H100,gpu,80,pci.ids"), "taken");
  EXPECT_EQ(why_refused("10de,2330,,NVIDIA,nvidia-h100,H100,gpu,80"), "8 fields, 9 expected");
  EXPECT_EQ(why_refused("10d,2330,,NVIDIA,nvidia-h100,H100,gpu,80,pci.ids"),
            "vendor_id \"10d\" is not four hexadecimal digits");
  EXPECT_EQ(why_refused("10de,23x0,,NVIDIA,nvidia-h100,H100,gpu,80,pci.ids"),
            "device_id \"23x0\" is neither four hexadecimal digits nor *");
  EXPECT_EQ(why_refused("10de,*,,NVIDIA,,H100,gpu,,pci.ids"),
            "classes belong to rows with device_id *, and only to those");
  EXPECT_EQ(why_refused("10de,2330,0302,NVIDIA,,H100,gpu,,pci.ids"),
            "classes belong to rows with device_id *, and only to those");
  EXPECT_EQ(why_refused("10de,*,030,NVIDIA,,H100,gpu,,pci.ids"),
            "class \"030\" is not 2 or 4 digits");
  EXPECT_EQ(why_refused("10de,2330,,NVIDIA,NVIDIA H100,H100,gpu,80,pci.ids"),
            "model \"NVIDIA H100\" is not [a-z0-9-]");
  EXPECT_EQ(why_refused("10de,2330,,NVIDIA,nvidia-h100,H100,card,80,pci.ids"),
            "kind \"card\" is not one of gpu, npu, dcu, fpga, other, none");
  EXPECT_EQ(why_refused("10de,2330,,NVIDIA,nvidia-h100,H100,gpu,80GB,pci.ids"),
            "memory_gib \"80GB\" is not a number of GiB");
  EXPECT_EQ(why_refused("10de,2330,,NVIDIA,nvidia-h100,H100,gpu,0,pci.ids"),
            "memory_gib \"0\" is not a number of GiB");
  EXPECT_EQ(why_refused("10de,2330,,NVIDIA,nvidia-h100,H100,gpu,80,"), "the source is missing");
  EXPECT_EQ(why_refused("10de,2330,,,nvidia-h100,H100,gpu,80,pci.ids"),
            "vendor or name is missing");
}

TEST(AcceleratorTable, refuses_a_row_that_stands_twice_and_names_its_line) {
  const auto rows = parse_accelerators(
      "# a comment\n" + std::string(columns) +
      "10de,2330,,NVIDIA,nvidia-h100,H100,gpu,,pci.ids\n\n10de,2330,,NVIDIA,other,Other,gpu,,b\n");
  ASSERT_FALSE(rows.has_value());
  EXPECT_EQ(rows.error().message, "the row stands twice");
  EXPECT_EQ(rows.error().place.line, 5U);
}

}  // namespace
}  // namespace weir::sense
