// The same from other machines' stores, which rclone speaks to: WebDAV with a password, and S3. No
// secret shows in a command line or in what the mover says.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include <filesystem>

#include "base/json.h"
#include "mover/process.h"
#include "mover/store.h"
#include "tests/mover/support/lab.h"

namespace weir::mover::test {
namespace {

constexpr const char* password = "only-weir-knows-this";

// Below a folder of the store: at its root rclone does not find names with a ':'.
std::string webdav(const Server& server) {
  return ":webdav,vendor=other,user=weir,url='http://127.0.0.1:" + std::to_string(server.port()) +
         "':north";
}
std::map<std::string, std::string> webdav_password() {
  return {{"RCLONE_CONFIG", "/dev/null"}, {"RCLONE_USER", "weir"}, {"RCLONE_PASS", password}};
}

Tree hard_names(std::uint64_t seed) {
  base::Random random{seed};
  return any_tree(random, 10, 200'000);
}

// Of all processes that we may look at.
bool stands_in_a_command_line(const std::string& text) {
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    if (read_file(process.path().string() + "/cmdline").find(text) != std::string::npos) {
      return true;
    }
  }
  return false;
}

struct Said {
  Outcome outcome;
  std::string all;
};
Said run_program(const Order& order) {
  Said said;
  auto mover = MoverProcess::start(mover_program(), order);
  EXPECT_TRUE(mover);
  while (!mover->is_over()) {
    EXPECT_FALSE(stands_in_a_command_line(password));
    pollfd output{mover->descriptor(), POLLIN, 0};
    ::poll(&output, 1, 10'000);
    while (const auto message = mover->next()) {
      said.all += base::to_json(*message);
      if (const auto* outcome = std::get_if<Outcome>(&*message)) said.outcome = *outcome;
    }
  }
  return said;
}

TEST(OtherStores, may_be_webdav_with_a_password) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const World world(hard_names(seed), 40'000);
    const Server server(
        {"rclone", "serve", "webdav", "--addr", "127.0.0.1:PORT", world.folder.path()},
        webdav_password());
    MoveOrder order = world.order();
    order.replicas = {{"north", webdav(server), {{"pass", password}}}};
    const Said said = run_program(order);
    EXPECT_TRUE(said.outcome.done) << said.all;
    EXPECT_TRUE(read_tree(said.outcome.folder) == world.tree);
    EXPECT_EQ(said.all.find(password), std::string::npos);
  }
}

TEST(OtherStores, say_when_the_password_is_wrong_and_not_which_it_was) {
  const World world(hard_names(1), 40'000);
  const Server server(
      {"rclone", "serve", "webdav", "--addr", "127.0.0.1:PORT", world.folder.path()},
      webdav_password());
  MoveOrder order = world.order();
  const std::string wrong = "not-the-password";
  order.replicas = {{"north", webdav(server), {{"pass", wrong}}}};
  order.fetching.patience = std::chrono::seconds(1);
  const Said said = run_program(order);
  ASSERT_TRUE(said.outcome.trouble);
  EXPECT_NE(said.outcome.trouble->message.find("401"), std::string::npos) << said.all;
  EXPECT_EQ(said.all.find(wrong), std::string::npos);
  order.replicas.push_back({"south", world.south, {}});
  EXPECT_TRUE(run_program(order).outcome.done) << "the next replica serves";
}

TEST(OtherStores, may_break_off_at_any_moment) {
  base::Random random{5};
  const World world({{"large", any_bytes(random, 4 << 20)}}, 1 << 19);
  MoveOrder order = world.order();
  order.fetching.pieces = {
      piece_from_now(std::chrono::seconds(0), std::chrono::minutes(1), 16 << 20)};
  order.fetching.stall = std::chrono::seconds(2);
  auto server =
      std::make_unique<Server>(std::vector<std::string>{"rclone", "serve", "webdav", "--addr",
                                                        "127.0.0.1:PORT", world.folder.path()},
                               webdav_password());
  order.replicas[0] = {"north", webdav(*server), {{"pass", password}}};
  const Outcome outcome = carry_out(order, [&](const Progress& progress) {
    if (progress.fetched_bytes > (1 << 20)) server.reset();
  });
  EXPECT_TRUE(outcome.done) << outcome.trouble->message;
  EXPECT_FALSE(server);
  EXPECT_TRUE(read_tree(outcome.folder) == world.tree);
  EXPECT_EQ(outcome.bad_chunks_in_all, 0U) << "nobody's bytes were damaged";
}

// ---- S3

std::string s3rver() { return WEIR_SOURCE_DIR "/tests/mover/node_modules/s3rver/bin/s3rver.js"; }

class S3 : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(s3rver()))
      GTEST_SKIP() << "s3rver is not here: scripts/setup test";
    server_ = std::make_unique<Server>(
        std::vector<std::string>{"node", s3rver(), "-d", folder_ / "s3", "-a", "127.0.0.1", "-p",
                                 "PORT", "--configure-bucket", "corpus"},
        std::map<std::string, std::string>{});
  }
  [[nodiscard]] Replica replica(const std::string& path) const {
    return {"north",
            ":s3,provider=Other,access_key_id=S3RVER,endpoint='http://127.0.0.1:" +
                std::to_string(server_->port()) + "':" + path,
            {{"secret_access_key", "S3RVER"}}};
  }
  void upload(const std::string& from, const std::string& to) const {
    const std::string command =
        "unset AWS_CA_BUNDLE; RCLONE_CONFIG=/dev/null RCLONE_CONFIG_S_TYPE=s3 "
        "RCLONE_CONFIG_S_PROVIDER=Other RCLONE_CONFIG_S_ACCESS_KEY_ID=S3RVER "
        "RCLONE_CONFIG_S_SECRET_ACCESS_KEY=S3RVER RCLONE_CONFIG_S_ENDPOINT=http://127.0.0.1:" +
        std::to_string(server_->port()) + " rclone copy '" + from + "' 's:" + to + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }

  Folder folder_;
  std::unique_ptr<Server> server_;
};

TEST_F(S3, is_a_store_as_any) {
  base::Random random{3};
  const World world({{"a/large one.bin", any_bytes(random, 3 << 20)}, {"b", "x"}, {"c/数据", "yz"}},
                    1 << 20);
  upload(world.north, "corpus/v1");
  MoveOrder order = world.order();
  order.replicas = {replica("corpus/v1")};
  const Said said = run_program(order);
  EXPECT_TRUE(said.outcome.done) << said.all;
  EXPECT_TRUE(read_tree(said.outcome.folder) == world.tree);
}

TEST_F(S3, is_repaired_from_another) {
  base::Random random{4};
  const World world({{"large", any_bytes(random, 3 << 20)}}, 1 << 20);
  flip_byte(world.north + "/large", (1 << 20) + 5);
  upload(world.north, "corpus/v1");
  MoveOrder order = world.order();
  order.replicas[0] = replica("corpus/v1");
  const Outcome outcome = carry_out(order);
  EXPECT_TRUE(outcome.done);
  EXPECT_TRUE(read_tree(outcome.folder) == world.tree);
  ASSERT_EQ(outcome.bad_chunks.size(), 1U);
  EXPECT_EQ(outcome.bad_chunks[0], (BadChunk{"north", "large", 1, false}));
}

}  // namespace
}  // namespace weir::mover::test
