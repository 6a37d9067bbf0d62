// Moving versions: what arrives is what left, whatever is damaged, killed or missing on the way,
// and until all of it has arrived nothing shows.
#include <gtest/gtest.h>
#include <poll.h>

#include <filesystem>
#include <thread>

#include "base/json.h"
#include "mover/ledger.h"
#include "mover/process.h"
#include "mover/store.h"
#include "tests/mover/support/lab.h"

namespace weir::mover::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;

Tree one_file(std::uint64_t seed, std::int64_t bytes) {
  base::Random random{seed};
  return {{"part.bin", any_bytes(random, static_cast<std::size_t>(bytes))}};
}

std::string words(const Outcome& outcome) {
  return outcome.trouble ? outcome.trouble->code + ": " + outcome.trouble->message : "";
}

void expect_arrived(const World& world, const Outcome& outcome) {
  EXPECT_TRUE(outcome.done) << words(outcome);
  EXPECT_EQ(outcome.version, world.version);
  EXPECT_EQ(outcome.folder, version_folder(world.store, world.version));
  EXPECT_TRUE(read_tree(outcome.folder) == world.tree);
  const std::string identity = base::to_hex(world.version);
  EXPECT_EQ(names_in(world.store),
            (std::vector<std::string>{identity, identity + ".manifest.json"}));
}
void expect_nothing_shows(const World& world) {
  for (const std::string& name : names_in(world.store)) EXPECT_EQ(name.front(), '.') << name;
}

// Whole trees with names that are hard on addresses, in chunks of any size.
TEST(Move, brings_any_tree_as_it_is) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    base::Random random{seed};
    const World world(any_tree(random, 12, 60'000), random.between(1, 50'000));
    MoveOrder order = world.order();
    order.fetching.streams = static_cast<std::uint32_t>(random.between(1, 4));
    const Outcome outcome = carry_out(order);
    expect_arrived(world, outcome);
    EXPECT_EQ(outcome.progress.fetched_bytes, world.manifest.bytes()) << "seed " << seed;
    EXPECT_EQ(outcome.bad_chunks_in_all, 0U);
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(Move, does_nothing_the_second_time) {
  const World world(one_file(1, 300'000), 100'000);
  expect_arrived(world, carry_out(world.order()));
  MoveOrder order = world.order();
  order.replicas = {{"gone", "/nowhere", {}}};
  const Outcome again = carry_out(order);
  expect_arrived(world, again);
  EXPECT_TRUE(again.was_there);
  EXPECT_EQ(again.progress.fetched_bytes, 0);
}

TEST(Move, takes_a_damaged_chunk_from_the_next_replica) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    base::Random random{seed};
    const World world(one_file(seed, 400'000), random.between(10'000, 90'000));
    const std::int64_t offset = random.between(0, 399'999);
    flip_byte(world.north + "/part.bin", offset);
    const Outcome outcome = carry_out(world.order());
    expect_arrived(world, outcome);
    EXPECT_EQ(outcome.progress.chunks_repaired, 1U);
    ASSERT_EQ(outcome.bad_chunks.size(), 1U);
    const BadChunk bad{"north", "part.bin",
                       static_cast<std::uint64_t>(offset / world.manifest.chunk_bytes), false};
    EXPECT_EQ(outcome.bad_chunks.front(), bad);
    const std::int64_t twice = world.manifest.bytes() + world.manifest.chunk_bytes;
    EXPECT_LE(outcome.progress.fetched_bytes, twice) << "only that chunk comes twice";
  }
}

TEST(Move, takes_a_missing_or_shorter_file_from_the_next_replica) {
  base::Random random{7};
  const World world(
      {{"a", any_bytes(random, 100'000)}, {"b", any_bytes(random, 100'000)}, {"empty", ""}},
      30'000);
  std::filesystem::remove(world.north + "/a");
  std::filesystem::resize_file(world.north + "/b", 65'000);
  const Outcome outcome = carry_out(world.order());
  expect_arrived(world, outcome);
  EXPECT_EQ(outcome.progress.chunks_repaired, 6U) << "four of a, two of b";
  for (const BadChunk& bad : outcome.bad_chunks) {
    EXPECT_TRUE(bad.missing);
    EXPECT_EQ(bad.site, "north");
  }
}

TEST(Move, shows_nothing_where_every_replica_is_damaged) {
  const World world(one_file(3, 200'000), 50'000);
  flip_byte(world.north + "/part.bin", 120'000);
  flip_byte(world.south + "/part.bin", 100'001);
  const Outcome outcome = carry_out(world.order());
  EXPECT_FALSE(outcome.done);
  ASSERT_TRUE(outcome.trouble);
  EXPECT_EQ(outcome.trouble->code, "refused");
  EXPECT_EQ(outcome.trouble->message,
            "chunk 2 of part.bin is damaged or missing in every replica: north, south");
  expect_nothing_shows(world);

  // With another replica it goes on: only what has not come is fetched.
  MoveOrder order = world.order();
  write_tree(world.folder / "west", world.tree);
  order.replicas.push_back({"west", world.folder / "west", {}});
  const Outcome after = carry_out(order);
  expect_arrived(world, after);
  EXPECT_GT(after.progress.resumed_bytes, 0);
}

TEST(Move, goes_to_the_next_replica_where_one_cannot_be_reached) {
  const World world(one_file(4, 200'000), 50'000);
  MoveOrder order = world.order();
  order.replicas.front() = {"north", ":webdav,url='http://127.0.0.1:1':corpus", {}};
  expect_arrived(world, carry_out(order));
}

TEST(Move, gives_up_when_no_replica_answers_for_too_long) {
  const World world(one_file(4, 200'000), 50'000);
  MoveOrder order = world.order();
  order.replicas = {{"north", ":webdav,url='http://127.0.0.1:1':corpus", {}}};
  order.fetching.patience = 1s;
  const Outcome outcome = carry_out(order);
  ASSERT_TRUE(outcome.trouble);
  EXPECT_EQ(outcome.trouble->code, "unavailable");
  EXPECT_NE(outcome.trouble->message.find("north: "), std::string::npos) << words(outcome);
  expect_nothing_shows(world);
}

TEST(Move, says_how_to_get_rclone) {
  const World world(one_file(4, 1000), 500);
  MoveOrder order = world.order();
  order.fetching.rclone = "no-such-rclone";
  const Outcome outcome = carry_out(order);
  ASSERT_TRUE(outcome.trouble);
  EXPECT_EQ(outcome.trouble->message,
            "rclone is not installed: there is no program no-such-rclone");
  EXPECT_EQ(outcome.trouble->hint, "apt install rclone");
}

TEST(Move, refuses_what_the_permit_does_not_allow) {
  const World world(one_file(5, 1000), 500);
  MoveOrder order = world.order();
  order.permit.version[0] ^= 1;
  EXPECT_EQ(carry_out(order).trouble->code, "forbidden");
  order = world.order();
  order.standing.clearance = model::Sensitivity::open;
  EXPECT_EQ(carry_out(order).trouble->field, "permit.sensitivity");
  order = world.order();
  order.permit.expires = now();
  EXPECT_EQ(carry_out(order).trouble->field, "permit.expires");
  EXPECT_TRUE(names_in(world.store).empty());
  order = world.order();
  order.manifest->files[0].path = "../../part.bin";
  EXPECT_EQ(carry_out(order).trouble->field, "files[0].path");
}

// ---- windows

TEST(Move, keeps_its_window) {
  const World world(one_file(6, 4 * mib), 512 * kib);
  MoveOrder order = world.order();
  // Nothing for the first second, then a quarter, a pause, and the rest at twice the speed.
  const RatePiece first = piece_from_now(1s, 1s, 8 * mib);
  const RatePiece second{first.until + 500ms, first.until + 10s, 16 * mib};
  order.fetching.pieces = {first, second};
  base::Time first_byte{};
  std::int64_t at_end_of_first = 0;
  const Outcome outcome = carry_out(order, [&](const Progress& progress) {
    const base::Time time = now();
    if (progress.fetched_bytes > 0 && first_byte == base::Time{}) first_byte = time;
    if (time < second.from) at_end_of_first = progress.fetched_bytes;
  });
  const base::Time end = now();
  expect_arrived(world, outcome);
  EXPECT_GE(first_byte, first.from);
  EXPECT_GE(at_end_of_first, mib * 6 / 10);
  EXPECT_LE(at_end_of_first, mib * 11 / 10);
  const base::Duration planned = 1500ms;  // 3 MiB at 2 MiB a second
  EXPECT_GE(end - second.from, planned - 150ms);
  EXPECT_LE(end - second.from, planned + 1500ms) << "a busy machine may be late";
}

TEST(Move, ends_with_its_window_and_goes_on_in_the_next) {
  const World world(one_file(7, 4 * mib), 256 * kib);
  MoveOrder order = world.order();
  order.fetching.pieces = {piece_from_now(0s, 1s, 8 * mib)};
  const Outcome outcome = carry_out(order);
  ASSERT_TRUE(outcome.trouble);
  EXPECT_EQ(outcome.trouble->message, "the planned time is over and not all has come");
  EXPECT_LE(outcome.progress.fetched_bytes, mib * 11 / 10);
  expect_nothing_shows(world);
  order.fetching.pieces.clear();
  const Outcome after = carry_out(order);
  expect_arrived(world, after);
  EXPECT_GE(after.progress.resumed_bytes, outcome.progress.done_bytes);
  EXPECT_EQ(after.progress.resumed_bytes + after.progress.fetched_bytes, world.manifest.bytes());
}

// ---- killed

TEST(Move, killed_at_any_moment_goes_on_where_it_was) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    base::Random random{seed};
    Tree tree = any_tree(random, 8, 100 * kib);
    tree["large"] = any_bytes(random, 6 * mib);
    const World world(tree, random.between(20 * kib, mib));
    MoveOrder order = world.order();
    std::int64_t done_before = 0;
    std::int64_t fetched = 0;
    for (int kills = 0; kills < 3; ++kills) {
      order.fetching.pieces = {piece_from_now(0s, 60s, 32 * mib)};
      auto mover = MoverProcess::start(mover_program(), order);
      ASSERT_TRUE(mover);
      std::this_thread::sleep_for(std::chrono::milliseconds(random.between(1, 900)));
      ::kill(mover->pid(), SIGKILL);
      Progress last;
      while (!mover->is_over()) {
        pollfd output{mover->descriptor(), POLLIN, 0};
        ::poll(&output, 1, 1000);
        while (const auto message = mover->next()) {
          if (const auto* progress = std::get_if<Progress>(&*message)) last = *progress;
        }
      }
      fetched += last.fetched_bytes;
      if (last.done_bytes < world.manifest.bytes()) expect_nothing_shows(world);
      if (last.phase != Phase::reading) {
        EXPECT_GE(last.done_bytes, done_before) << "what was verified is not fetched again";
        done_before = last.done_bytes;
      }
    }
    order.fetching.pieces.clear();
    const Outcome outcome = carry_out(order);
    expect_arrived(world, outcome);
    if (!outcome.was_there) {
      EXPECT_GE(outcome.progress.resumed_bytes, done_before);
      EXPECT_EQ(outcome.progress.resumed_bytes + outcome.progress.fetched_bytes,
                world.manifest.bytes());
    }
    EXPECT_LE(fetched + outcome.progress.fetched_bytes, world.manifest.bytes() + 12 * mib);
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

// The bytes of a chunk that had come before are part of it, so a lie in them is found out.
TEST(Move, believes_no_bytes_of_an_unfinished_chunk) {
  const World world(one_file(8, 100'000), 50'000);
  const std::string incoming = incoming_folder(world.store, world.version);
  write_file(incoming + "/tree/part.bin", std::string(100'000, 'x'));
  const MoveOrder order = world.order();
  {
    const base::Descriptor folder = *open_folder(incoming);
    const ChunkTable table(world.manifest);
    const auto ledger = Ledger::open(folder.get(), "ledger", table, boot_name());
    ASSERT_TRUE(ledger->add_written(0, 20'000));
    ASSERT_TRUE(ledger->add_written(1, 50'000));
  }
  const Outcome outcome = carry_out(order);
  expect_arrived(world, outcome);
  EXPECT_EQ(outcome.bad_chunks_in_all, 0U) << "no replica is to blame";
}

TEST(Move, reads_again_what_was_verified_before_the_machine_was_down) {
  const World world(one_file(9, 100'000), 25'000);
  const std::string incoming = incoming_folder(world.store, world.version);
  write_file(incoming + "/tree/part.bin", world.tree.at("part.bin"));
  flip_byte(incoming + "/tree/part.bin", 30'000);
  {
    const base::Descriptor folder = *open_folder(incoming);
    const ChunkTable table(world.manifest);
    const auto ledger = Ledger::open(folder.get(), "ledger", table, "another run");
    for (std::uint64_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(ledger->add_verified(i, table.digest(i)));
    }
  }
  const Outcome outcome = carry_out(world.order());
  expect_arrived(world, outcome);
  EXPECT_EQ(outcome.progress.resumed_bytes, 50'000);
  EXPECT_EQ(outcome.progress.fetched_bytes, 50'000);
}

TEST(Move, is_one_mover_at_a_time) {
  const World world(one_file(10, 2 * mib), 512 * kib);
  MoveOrder order = world.order();
  order.fetching.pieces = {piece_from_now(0s, 60s, 2 * mib)};
  auto mover = MoverProcess::start(mover_program(), order);
  ASSERT_TRUE(mover);
  while (!mover->next()) {
    pollfd output{mover->descriptor(), POLLIN, 0};
    ::poll(&output, 1, 10'000);
  }
  const Outcome second = carry_out(order);
  ASSERT_TRUE(second.trouble);
  EXPECT_EQ(second.trouble->code, "conflict");
  mover->stop();
  std::optional<Outcome> outcome;
  while (!mover->is_over()) {
    pollfd output{mover->descriptor(), POLLIN, 0};
    ::poll(&output, 1, 10'000);
    while (const auto message = mover->next()) {
      if (const auto* last = std::get_if<Outcome>(&*message)) outcome = *last;
    }
  }
  ASSERT_TRUE(outcome && outcome->trouble);
  EXPECT_EQ(outcome->trouble->message, "stopped before it was done");
  order.fetching.pieces.clear();
  expect_arrived(world, carry_out(order));
}

TEST(Move, stops_when_nobody_listens) {
  const World world(one_file(11, 2 * mib), 512 * kib);
  MoveOrder order = world.order();
  order.fetching.pieces = {piece_from_now(0s, 600s, mib / 8)};
  pid_t pid = 0;
  {
    auto mover = MoverProcess::start(mover_program(), order);
    ASSERT_TRUE(mover);
    pid = mover->pid();
  }
  EXPECT_NE(::kill(pid, 0), 0);
  std::error_code error;
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    const std::string line = read_file(process.path().string() + "/environ");
    EXPECT_EQ(line.find(world.north), std::string::npos) << "an rclone is left";
  }
}

}  // namespace
}  // namespace weir::mover::test
