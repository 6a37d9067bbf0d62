// Stores: versions appear and go whole, are checked and mended, and are made of outputs.
#include "mover/store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "tests/mover/support/lab.h"

namespace weir::mover::test {
namespace {

Tree some_files() {
  base::Random random{1};
  return {{"a", any_bytes(random, 100'000)}, {"d/b", any_bytes(random, 50'000)}, {"d/e", ""}};
}

RepairOrder repair_order(const World& world) {
  const MoveOrder move = world.order();
  return {world.store, world.version, {move.replicas[1]}, move.permit, move.standing, {}};
}

TEST(Store, checks_what_it_holds) {
  const World world(some_files(), 30'000);
  ASSERT_TRUE(carry_out(world.order()).done);
  const CheckOrder order{world.store, world.version};
  EXPECT_TRUE(carry_out(order).done);
  const std::string folder = version_folder(world.store, world.version);
  flip_byte(folder + "/a", 70'000);
  std::filesystem::remove(folder + "/d/b");
  write_file(folder + "/more", "x");
  const Outcome outcome = carry_out(order);
  EXPECT_FALSE(outcome.done);
  EXPECT_EQ(outcome.trouble->code, "conflict");
  const std::vector<BadChunk> bad{{"", "a", 2, false}, {"", "d/b", 0, true}, {"", "d/b", 1, true}};
  EXPECT_EQ(outcome.bad_chunks, bad);
  EXPECT_EQ(outcome.unexpected, std::vector<std::string>{"more"});
}

TEST(Store, is_mended_in_place) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    base::Random random{seed};
    const World world(some_files(), random.between(5'000, 60'000));
    ASSERT_TRUE(carry_out(world.order()).done);
    const std::string folder = version_folder(world.store, world.version);
    for (int i = 0; i < 3; ++i) flip_byte(folder + "/a", random.between(0, 99'999));
    if (random.chance(1, 2)) std::filesystem::resize_file(folder + "/d/b", 20'000);
    if (random.chance(1, 2)) std::filesystem::remove(folder + "/d/e");
    const Outcome outcome = carry_out(repair_order(world));
    EXPECT_TRUE(outcome.done) << outcome.trouble->message;
    EXPECT_TRUE(read_tree(folder) == world.tree);
    std::int64_t damaged = 0;
    for (const BadChunk& bad : outcome.bad_chunks) {
      const auto size = static_cast<std::int64_t>(world.tree.at(bad.path).size());
      damaged += chunk_size(size, world.manifest.chunk_bytes, bad.chunk);
    }
    EXPECT_EQ(outcome.progress.fetched_bytes, damaged) << "and nothing else comes";
    EXPECT_TRUE(carry_out(CheckOrder{world.store, world.version}).done);
    EXPECT_TRUE(carry_out(repair_order(world)).was_there);
  }
}

TEST(Store, is_not_made_worse_by_a_replica_that_is_damaged_too) {
  const World world(some_files(), 30'000);
  ASSERT_TRUE(carry_out(world.order()).done);
  const std::string folder = version_folder(world.store, world.version);
  flip_byte(folder + "/a", 10);
  const Tree before = read_tree(folder);
  flip_byte(world.south + "/a", 20);
  const Outcome outcome = carry_out(repair_order(world));
  EXPECT_FALSE(outcome.done);
  EXPECT_TRUE(read_tree(folder) == before);
}

TEST(Store, is_not_moved_over_what_is_damaged) {
  const World world(some_files(), 30'000);
  ASSERT_TRUE(carry_out(world.order()).done);
  std::filesystem::remove(version_folder(world.store, world.version) + "/a");
  EXPECT_EQ(carry_out(world.order()).trouble->code, "conflict");
}

TEST(Store, removes_a_version_by_its_name_first) {
  const World world(some_files(), 30'000);
  ASSERT_TRUE(carry_out(world.order()).done);
  // As if killed between the two steps.
  const std::string folder = version_folder(world.store, world.version);
  std::filesystem::rename(folder, world.store + "/.trash-x");
  EXPECT_FALSE(looks_whole(world.store, world.version, world.manifest));
  const Outcome outcome = carry_out(RemoveOrder{world.store, world.version});
  EXPECT_TRUE(outcome.done);
  EXPECT_TRUE(outcome.was_there) << "it was gone already";
  EXPECT_TRUE(names_in(world.store).empty());
  ASSERT_TRUE(carry_out(world.order()).done);
  EXPECT_FALSE(carry_out(RemoveOrder{world.store, world.version}).was_there);
  EXPECT_TRUE(names_in(world.store).empty());
}

// Whoever looks while versions come and go sees them whole or not at all.
TEST(Store, never_shows_half_a_version) {
  const World world(some_files(), 30'000);
  const std::string folder = version_folder(world.store, world.version);
  std::jthread looks([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto root = open_folder(folder);
      if (!root) continue;
      for (const auto& [path, bytes] : world.tree) {
        const auto file = open_below(root->get(), path, 0);
        // Below a name that went meanwhile files may go: the folder we hold has another name then.
        if (!file) {
          const auto again = open_folder(folder);
          struct stat held = {};
          struct stat named = {};
          ASSERT_EQ(::fstat(root->get(), &held), 0);
          EXPECT_TRUE(!again || ::fstat(again->get(), &named) != 0 || held.st_ino != named.st_ino);
        }
      }
    }
  });
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(carry_out(PublishOrder{world.north, world.store, 30'000}).done);
    ASSERT_TRUE(carry_out(RemoveOrder{world.store, world.version}).done);
  }
}

// ---- outputs

TEST(Publish, makes_a_version_of_a_folder) {
  const World world(some_files(), 30'000);
  const Outcome outcome = carry_out(PublishOrder{world.north, world.store, 30'000});
  EXPECT_TRUE(outcome.done);
  EXPECT_EQ(outcome.version, world.version);
  EXPECT_TRUE(read_tree(outcome.folder) == world.tree);
  EXPECT_TRUE(read_tree(world.north) == world.tree) << "the folder stays";
  EXPECT_EQ(*manifest_in(world.store, world.version), world.manifest);
  EXPECT_TRUE(carry_out(PublishOrder{world.north, world.store, 30'000}).was_there);
  EXPECT_EQ(names_in(world.store).size(), 2U);
}

TEST(Publish, leaves_nothing_behind_where_it_fails) {
  const World world(some_files(), 30'000);
  std::filesystem::create_symlink("/etc/passwd", world.north + "/link");
  EXPECT_EQ(carry_out(PublishOrder{world.north, world.store, 30'000}).trouble->code, "refused");
  EXPECT_EQ(carry_out(PublishOrder{world.folder / "none", world.store, 30'000}).trouble->code,
            "not-found");
  std::filesystem::create_directory(world.folder / "empty");
  EXPECT_EQ(carry_out(PublishOrder{world.folder / "empty", world.store, 30'000}).trouble->code,
            "refused");
  EXPECT_TRUE(names_in(world.store).empty());
}

TEST(Publish, does_not_publish_what_changes_meanwhile) {
  const World world(some_files(), 30'000);
  base::Random random{1};
  const std::string large = world.north + "/large";
  write_file(large, any_bytes(random, 64 << 20));
  std::jthread writes([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) flip_byte(large, 5);
  });
  const Outcome outcome = carry_out(PublishOrder{world.north, world.store, 1 << 20});
  ASSERT_TRUE(outcome.trouble);
  EXPECT_EQ(outcome.trouble->code, "conflict");
  EXPECT_TRUE(names_in(world.store).empty());
}

TEST(Publish, sweeps_what_was_left_by_a_kill) {
  const World world(some_files(), 30'000);
  write_file(world.store + "/.outgoing-old/a", "x");
  write_file(world.store + "/.outgoing-held/a", "x");
  const auto held = lock_folder(world.store + "/.outgoing-held");
  ASSERT_TRUE(held);
  EXPECT_TRUE(carry_out(PublishOrder{world.north, world.store, 30'000}).done);
  EXPECT_FALSE(std::filesystem::exists(world.store + "/.outgoing-old"));
  EXPECT_TRUE(std::filesystem::exists(world.store + "/.outgoing-held")) << "somebody is at it";
}

}  // namespace
}  // namespace weir::mover::test
