// One server a folder, and a second one is told which.
#include "journal/data_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/journal/support/rows.h"

namespace weir::journal {
namespace {

using testing::TemporaryFolder;

constexpr base::Time now = base::time_from_us(1'760'000'000'000'000);

std::string mode_of(const std::string& path) {
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  std::string octal;
  for (unsigned shift : {6U, 3U, 0U}) octal += std::to_string((status.st_mode >> shift) & 7U);
  return octal;
}

TEST(DataFolder, is_made_for_its_owner_alone_with_its_parents) {
  const TemporaryFolder folder;
  const auto claimed = DataFolder::claim(folder.path_of("state/weir/"), now);
  ASSERT_TRUE(claimed) << claimed.error().text();
  EXPECT_EQ(claimed->path(), folder.path_of("state/weir"));
  EXPECT_EQ(claimed->path_of("token"), folder.path_of("state/weir/token"));
  EXPECT_EQ(mode_of(folder.path_of("state")), "700");
  EXPECT_EQ(mode_of(folder.path_of("state/weir")), "700");
  EXPECT_EQ(mode_of(folder.path_of("state/weir/lock")), "600");
}

TEST(DataFolder, names_its_holder_to_a_second_server) {
  const TemporaryFolder folder;
  auto first = DataFolder::claim(folder.path(), now);
  ASSERT_TRUE(first);
  const auto early = DataFolder::claim(folder.path(), now);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, base::ErrorCode::conflict);
  EXPECT_EQ(early.error().message.find("listens"), std::string::npos);

  ASSERT_TRUE(first->write_address("http://127.0.0.1:8181"));
  const auto second = DataFolder::claim(folder.path(), now);
  ASSERT_FALSE(second);
  const std::string text = second.error().text();
  EXPECT_NE(text.find(folder.path()), std::string::npos) << text;
  EXPECT_NE(text.find("process " + std::to_string(::getpid())), std::string::npos) << text;
  EXPECT_NE(text.find("since 2025-10-09T08:53:20Z"), std::string::npos) << text;
  EXPECT_NE(text.find("http://127.0.0.1:8181"), std::string::npos) << text;
}

TEST(DataFolder, is_free_again_once_its_holder_is_gone) {
  const TemporaryFolder folder;
  {
    const auto first = DataFolder::claim(folder.path(), now);
    ASSERT_TRUE(first);
    EXPECT_EQ(data_folder_holder(folder.path()).value()->pid, ::getpid());
  }
  EXPECT_EQ(data_folder_holder(folder.path()).value(), std::nullopt);
  EXPECT_TRUE(DataFolder::claim(folder.path(), now));
}

TEST(DataFolder, has_no_holder_where_nobody_ever_was) {
  const TemporaryFolder folder;
  EXPECT_EQ(data_folder_holder(folder.path()).value(), std::nullopt);
  EXPECT_EQ(data_folder_holder(folder.path_of("nowhere")).value(), std::nullopt);
}

TEST(DataFolder, is_let_go_of_by_a_killed_process_and_names_it_while_it_lives) {
  const TemporaryFolder folder;
  std::array<int, 2> ends = {};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto claimed = DataFolder::claim(folder.path(), now);
    const char done = claimed && claimed->write_address("http://127.0.0.1:1") ? 'y' : 'n';
    if (::write(ends[1], &done, 1) != 1) _exit(1);
    for (;;) ::pause();
  }
  char done = 0;
  ASSERT_EQ(::read(ends[0], &done, 1), 1);
  EXPECT_EQ(done, 'y');
  const auto refused = DataFolder::claim(folder.path(), now);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("process " + std::to_string(child)), std::string::npos);
  EXPECT_EQ(data_folder_holder(folder.path()).value()->address, "http://127.0.0.1:1");

  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_EQ(data_folder_holder(folder.path()).value(), std::nullopt);
  EXPECT_TRUE(DataFolder::claim(folder.path(), now));
}

TEST(DataFolder, can_be_claimed_over_a_lock_file_full_of_rubbish) {
  const TemporaryFolder folder;
  std::ofstream(folder.path_of("lock")) << std::string(5'000, '{');
  const auto claimed = DataFolder::claim(folder.path(), now);
  ASSERT_TRUE(claimed) << claimed.error().text();
  EXPECT_EQ(data_folder_holder(folder.path()).value()->since, now);
  EXPECT_LT(std::filesystem::file_size(folder.path_of("lock")), 500U);
}

TEST(DataFolder, is_closed_to_others_where_it_is_still_empty) {
  const TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
  ASSERT_TRUE(DataFolder::claim(folder.path(), now));
  EXPECT_EQ(mode_of(folder.path()), "700");
}

TEST(DataFolder, is_refused_where_others_may_write_beside_what_is_there) {
  const TemporaryFolder folder;
  std::ofstream(folder.path_of("something")) << "there";
  ASSERT_EQ(::chmod(folder.path().c_str(), 0775), 0);
  const auto refused = DataFolder::claim(folder.path(), now);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::refused);
  EXPECT_EQ(refused.error().hint, "chmod 700 " + folder.path());
  EXPECT_EQ(mode_of(folder.path()), "775");
}

TEST(DataFolder, is_refused_where_a_file_stands_in_its_place) {
  const TemporaryFolder folder;
  std::ofstream(folder.path_of("file")) << "text";
  EXPECT_FALSE(DataFolder::claim(folder.path_of("file"), now));
  EXPECT_FALSE(DataFolder::claim(folder.path_of("file/below"), now));
}

}  // namespace
}  // namespace weir::journal
