// Packing and unpacking of work folders.
#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "backend/workdir/pack.h"
#include "backend/workdir/unpack.h"
#include "tests/backend/support/lab.h"

namespace weir::backend::workdir {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using test::Folder;
using test::read_file;
using test::write_file;

// "a", "a/b" ... below `folder`, sorted.
std::vector<std::string> names_below(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    names.push_back(fs::relative(entry.path(), folder).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void make_tree(const std::string& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    fs::create_directories(fs::path(folder + "/" + name).parent_path());
    write_file(folder + "/" + name, "in " + name);
  }
}

TEST(Pack, and_unpack_give_back_the_folder) {
  const Folder source;
  const Folder target;
  const Folder out;
  make_tree(source.path(), {"train.py", "lib/model.py", "lib/deep/er/data.txt"});
  write_file(source / "run.sh", "#!/bin/sh\n");
  ::chmod((source / "run.sh").c_str(), 0755);
  fs::create_directory(source / "empty");
  fs::create_symlink("lib/model.py", source / "model");
  write_file(source / "big", std::string(3 << 20, 'b'));
  const auto packed = pack(source.path(), out / "a.tar.zst");
  ASSERT_TRUE(packed) << packed.error().text();
  EXPECT_EQ(packed->entries, 10);
  EXPECT_LT(packed->archive_bytes, 100'000);
  EXPECT_EQ(packed->archive_bytes, static_cast<std::int64_t>(fs::file_size(out / "a.tar.zst")));
  const auto status = unpack_file(out / "a.tar.zst", target.path());
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_EQ(names_below(target.path()), names_below(source.path()));
  EXPECT_EQ(read_file(target / "lib/deep/er/data.txt"), "in lib/deep/er/data.txt");
  EXPECT_EQ(read_file(target / "big").size(), std::size_t{3} << 20);
  EXPECT_EQ(fs::read_symlink(target / "model"), "lib/model.py");
  EXPECT_NE(fs::status(target / "run.sh").permissions() & fs::perms::owner_exec, fs::perms::none);
  EXPECT_EQ(fs::status(target / "train.py").permissions() & fs::perms::owner_exec, fs::perms::none);
}

TEST(Pack, of_the_same_content_is_the_same_archive) {
  const Folder first;
  const Folder second;
  const Folder out;
  make_tree(first.path(), {"a", "b/c", "b-", "z"});
  make_tree(second.path(), {"z", "b-", "b/c", "a"});
  ::chmod((second / "a").c_str(), 0664);
  const timeval long_ago[2] = {{1000, 0}, {1000, 0}};
  ::utimes((second / "z").c_str(), long_ago);
  const auto one = pack(first.path(), out / "1");
  const auto two = pack(second.path(), out / "2");
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->sha256, two->sha256);
  EXPECT_EQ(one->sha256.size(), 64U);
  EXPECT_EQ(read_file(out / "1"), read_file(out / "2"));
  write_file(second / "a", "changed");
  EXPECT_NE(pack(second.path(), out / "3")->sha256, one->sha256);
}

TEST(Pack, leaves_out_what_weirignore_says) {
  const Folder source;
  const Folder target;
  const Folder out;
  make_tree(source.path(), {"keep.py", "x.tmp", "sub/x.tmp", "sub/keep", "data/raw", "sub/data/raw",
                            "top", "sub/top", ".git/HEAD", "a/b/c/skip"});
  write_file(source / ".weirignore",
             "# what is made anew\n*.tmp\n/top\ndata/\n!sub/data/\n.git\na/**/skip\n");
  ASSERT_TRUE(pack(source.path(), out / "a"));
  ASSERT_TRUE(unpack_file(out / "a", target.path()));
  EXPECT_EQ(names_below(target.path()),
            (std::vector<std::string>{".weirignore", "a", "a/b", "a/b/c", "keep.py", "sub",
                                      "sub/data", "sub/data/raw", "sub/keep", "sub/top"}));
}

TEST(Pack, over_the_limit_names_the_largest_file_and_leaves_no_archive) {
  const Folder source;
  const Folder out;
  write_file(source / "small", "s");
  write_file(source / "huge", std::string(5000, 'h'));
  const auto packed = pack(source.path(), out / "a", {4096, 100});
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().code, ErrorCode::too_large);
  EXPECT_NE(packed.error().hint.find("largest file: huge"), std::string::npos);
  EXPECT_FALSE(fs::exists(out / "a"));
  EXPECT_EQ(pack(source.path(), out / "a", {1 << 20, 1}).error().code, ErrorCode::too_large);
}

TEST(Pack, refuses_links_that_lead_out_and_what_is_no_file) {
  const Folder source;
  const Folder out;
  fs::create_symlink("../elsewhere", source / "link");
  EXPECT_EQ(pack(source.path(), out / "a").error().code, ErrorCode::refused);
  write_file(source / ".weirignore", "link\n");
  EXPECT_TRUE(pack(source.path(), out / "a"));
  ASSERT_EQ(::mkfifo((source / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(pack(source.path(), out / "a").error().code, ErrorCode::refused);
  EXPECT_EQ(pack(source / "nowhere", out / "a").error().code, ErrorCode::not_found);
}

// An archive as an attacker would make it.
class Crafted {
 public:
  Crafted() : archive_(::archive_write_new()) {
    ::archive_write_set_format_pax(archive_);
    ::archive_write_add_filter_zstd(archive_);
    bytes_.resize(4 << 20);
    ::archive_write_open_memory(archive_, bytes_.data(), bytes_.size(), &used_);
  }
  ~Crafted() { ::archive_write_free(archive_); }
  Crafted(const Crafted&) = delete;
  Crafted& operator=(const Crafted&) = delete;

  Crafted& add(const std::string& name, mode_t kind, const std::string& content = "",
               const std::function<void(archive_entry*)>& change = {}) {
    archive_entry* const entry = ::archive_entry_new();
    ::archive_entry_set_pathname(entry, name.c_str());
    ::archive_entry_set_filetype(entry, kind);
    ::archive_entry_set_perm(entry, 0755);
    ::archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    if (change) change(entry);
    EXPECT_EQ(::archive_write_header(archive_, entry), ARCHIVE_OK)
        << ::archive_error_string(archive_);
    ::archive_write_data(archive_, content.data(), content.size());
    ::archive_entry_free(entry);
    return *this;
  }
  Crafted& file(const std::string& name, const std::string& content = "x") {
    return add(name, AE_IFREG, content);
  }
  Crafted& link(const std::string& name, const std::string& target) {
    return add(name, AE_IFLNK, "",
               [&](archive_entry* entry) { ::archive_entry_set_symlink(entry, target.c_str()); });
  }
  Crafted& hard_link(const std::string& name, const std::string& target) {
    return add(name, AE_IFREG, "",
               [&](archive_entry* entry) { ::archive_entry_set_hardlink(entry, target.c_str()); });
  }
  std::string bytes() {
    ::archive_write_close(archive_);
    return bytes_.substr(0, used_);
  }

 private:
  archive* archive_;
  std::string bytes_;
  std::size_t used_ = 0;
};

class Unpack : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directory(outer / "work"); }
  base::Status unpack(Crafted& crafted, const UnpackLimits& limits = {}) {
    return unpack_bytes(crafted.bytes(), outer / "work", limits);
  }
  void expect_refused(Crafted& crafted) {
    const auto status = unpack(crafted);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::refused) << status.error().text();
    EXPECT_EQ(names_below(outer.path()).front(), "work") << "something was written outside";
    EXPECT_FALSE(fs::exists("/weir-must-not-exist"));
  }
  Folder outer;
};

TEST_F(Unpack, refuses_absolute_names) { expect_refused(Crafted().file("/weir-must-not-exist")); }
TEST_F(Unpack, refuses_names_that_climb) {
  expect_refused(Crafted().file("../out"));
  expect_refused(Crafted().file("a/../../out"));
  expect_refused(Crafted().add("../out", AE_IFDIR));
}
TEST_F(Unpack, refuses_links_that_lead_out) {
  expect_refused(Crafted().link("a", "/etc/passwd"));
  expect_refused(Crafted().link("a", ".."));
  expect_refused(Crafted().link("b/a", "../../out"));
}
TEST_F(Unpack, refuses_chains_of_links_that_lead_out) {
  expect_refused(Crafted().link("d/up", "..").link("c", "d/up/../work-beside"));
}
TEST_F(Unpack, refuses_to_write_through_a_link) {
  expect_refused(Crafted().add("real", AE_IFDIR).link("a", "real").file("a/file"));
}
TEST_F(Unpack, refuses_to_write_over_a_link) {
  expect_refused(Crafted().file("real").link("a", "real").file("a"));
}
TEST_F(Unpack, refuses_hard_links_to_the_outside) {
  expect_refused(Crafted().hard_link("a", "/etc/passwd"));
  expect_refused(Crafted().hard_link("b", "../out"));
  expect_refused(Crafted().hard_link("c", "missing"));
}
TEST_F(Unpack, refuses_hard_links_to_links) {
  expect_refused(Crafted().link("l", "nothing").hard_link("a", "l"));
}
TEST_F(Unpack, refuses_devices_pipes_and_sockets) {
  expect_refused(Crafted().add("null", AE_IFCHR, "", [](archive_entry* entry) {
    ::archive_entry_set_rdevmajor(entry, 1);
    ::archive_entry_set_rdevminor(entry, 3);
  }));
  expect_refused(Crafted().add("disk", AE_IFBLK));
  expect_refused(Crafted().add("pipe", AE_IFIFO));
}
TEST_F(Unpack, refuses_a_name_that_is_there_twice) {
  expect_refused(Crafted().file("a").file("a"));
}
TEST_F(Unpack, refuses_the_folder_itself_as_a_file) { expect_refused(Crafted().file(".")); }

TEST_F(Unpack, takes_hard_links_within_and_drops_special_bits) {
  Crafted crafted;
  crafted.add("a", AE_IFREG, "x", [](archive_entry* entry) {
    ::archive_entry_set_perm(entry, 06777);
    ::archive_entry_set_uid(entry, 12345);
  });
  crafted.hard_link("b", "a").link("c", "./a").add("./d/", AE_IFDIR);
  const auto status = unpack(crafted);
  ASSERT_TRUE(status) << status.error().text();
  struct stat about{};
  ASSERT_EQ(::stat((outer / "work/a").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0700U);
  EXPECT_EQ(about.st_uid, ::geteuid());
  EXPECT_EQ(about.st_nlink, 2U);
  EXPECT_EQ(read_file(outer / "work/c"), "x");
}

TEST_F(Unpack, stops_at_a_bomb) {
  Crafted zeros;
  zeros.file("zeros", std::string(32 << 20, '\0'));
  EXPECT_EQ(unpack(zeros, {1 << 20, 100}).error().code, ErrorCode::too_large);
  Crafted sparse;
  sparse.add("hole", AE_IFREG, "", [](archive_entry* entry) {
    ::archive_entry_set_size(entry, la_int64_t{1} << 50);
    ::archive_entry_sparse_add_entry(entry, (la_int64_t{1} << 50) - 1, 0);
  });
  EXPECT_EQ(unpack(sparse, {1 << 20, 100}).error().code, ErrorCode::too_large);
  Crafted many;
  for (int i = 0; i < 11; ++i) many.file("f" + std::to_string(i));
  EXPECT_EQ(unpack(many, {1 << 20, 10}).error().code, ErrorCode::too_large);
}

TEST_F(Unpack, says_what_is_no_archive_or_cut_short) {
  EXPECT_EQ(unpack_bytes("this is no archive", outer / "work").error().code, ErrorCode::invalid);
  EXPECT_EQ(unpack_bytes("", outer / "work").error().code, ErrorCode::invalid);
  Crafted crafted;
  std::string noise;
  for (int i = 0; i < 100'000; ++i) noise += static_cast<char>(i * 2654435761U >> 13);
  crafted.file("noise", noise);
  const std::string bytes = crafted.bytes();
  EXPECT_EQ(unpack_bytes(bytes.substr(0, bytes.size() / 2), outer / "work").error().code,
            ErrorCode::invalid);
}

TEST(LocalWorkdir, is_unpacked_into_the_folder_of_each_attempt) {
  test::Lab lab;
  const Folder source;
  make_tree(source.path(), {"greeting"});
  ASSERT_TRUE(pack(source.path(), lab.outside() / "w.tar.zst"));
  RankOrder order = test::order_for("cat greeting; echo spoilt > greeting");
  order.workdir_archive = lab.outside() / "w.tar.zst";
  for (std::uint32_t attempt = 1; attempt <= 2; ++attempt) {
    order.key.attempt = attempt;
    const auto outcome = lab.run(order);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.message;
    EXPECT_EQ(lab.log(order.key, Stream::program), "in greeting");
  }
}

TEST(LocalWorkdir, that_is_refused_keeps_the_rank_from_running) {
  test::Lab lab;
  write_file(lab.outside() / "bad", Crafted().file("../out").bytes());
  RankOrder order = test::order_for("echo ran");
  order.workdir_archive = lab.outside() / "bad";
  const auto outcome = lab.run(order);
  EXPECT_EQ(outcome.end, RankOutcome::End::start_failed);
  EXPECT_NE(outcome.message.find("would leave the work folder"), std::string::npos);
  lab.restart();
  EXPECT_EQ(lab.await_end(order.key), outcome);
}

}  // namespace
}  // namespace weir::backend::workdir
