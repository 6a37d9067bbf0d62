#include "tests/mover/support/lab.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "mover/clock.h"
#include "mover/file.h"

namespace weir::mover::test {

namespace fs = std::filesystem;

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "weir-mover-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}
Folder::~Folder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

std::string any_bytes(base::Random& random, std::size_t size) {
  std::string bytes;
  bytes.reserve(size + 8);
  while (bytes.size() < size) {
    const std::uint64_t eight = random.next();
    bytes.append(reinterpret_cast<const char*>(&eight), sizeof eight);
  }
  bytes.resize(size);
  return bytes;
}

Tree any_tree(base::Random& random, std::size_t files_most, std::int64_t bytes_most) {
  const std::vector<std::string> parts{"a",       "b c",  "%2F",   "q?x=1&y", "#1",
                                       "[x:]",    "数据", "a+b",   "semi;",   "quote'\"",
                                       "back\\s", "...",  "-flag", "~",       "a-b"};
  Tree tree;
  const std::size_t count = 1 + static_cast<std::size_t>(random.below(files_most));
  for (std::size_t i = 0; i < count; ++i) {
    std::string path;
    for (std::uint64_t depth = random.below(3); depth > 0; --depth) {
      path += parts[static_cast<std::size_t>(random.below(parts.size()))] + "/";
    }
    // No name of a file is one of a folder.
    path += parts[static_cast<std::size_t>(random.below(parts.size()))] + std::to_string(i);
    const std::int64_t size = random.chance(1, 8) ? 0 : random.between(1, bytes_most);
    tree[path] = any_bytes(random, static_cast<std::size_t>(size));
  }
  return tree;
}

void write_file(const std::string& path, const std::string& bytes) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_tree(const std::string& folder, const Tree& tree) {
  fs::create_directories(folder);
  for (const auto& [path, bytes] : tree) write_file(folder + "/" + path, bytes);
}

Tree read_tree(const std::string& folder) {
  Tree tree;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    tree[entry.path().lexically_relative(folder).string()] = read_file(entry.path().string());
  }
  return tree;
}

void flip_byte(const std::string& path, std::int64_t offset) {
  fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(offset);
  const char byte = static_cast<char>(file.get() ^ 0x10);
  file.seekp(offset);
  file.put(byte);
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

World::World(const Tree& content, std::int64_t chunk_bytes) : tree(content) {
  write_tree(north, tree);
  write_tree(south, tree);
  const base::Result<Manifest> made = make_manifest(north, chunk_bytes);
  EXPECT_TRUE(made) << (made ? "" : made.error().text());
  manifest = made.value_or(Manifest{});
  version = identity_of(manifest);
}

MoveOrder World::order() const {
  MoveOrder order;
  order.manifest = manifest;
  order.replicas = {{"north", north, {}}, {"south", south, {}}};
  order.store = store;
  order.permit = {"corpus", version,
                  "east",   model::Sensitivity::internal,
                  {"cn"},   now() + std::chrono::hours(1)};
  order.standing = {"east", "cn", "cn-east", model::Sensitivity::confidential, {}};
  return order;
}

base::Time now() { return wall_clock(); }

RatePiece piece_from_now(base::Duration from, base::Duration length, std::int64_t bits_per_second) {
  const base::Time begin = now() + from;
  return {begin, begin + length, bits_per_second};
}

std::string mover_program() { return WEIR_BINARY_DIR "/weir-mover"; }

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = ::htons(port);
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  return address;
}

// Free a moment ago; nothing else on this machine asks for that very one.
std::uint16_t free_port() {
  const base::Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return 0;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ::ntohs(address.sin_port);
}

bool answers(std::uint16_t port) {
  const base::Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  const sockaddr_in address = loopback(port);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Server::Server(std::vector<std::string> words,
               const std::map<std::string, std::string>& environment)
    : port_(free_port()) {
  for (std::string& word : words) {
    if (const std::size_t at = word.find("PORT"); at != std::string::npos) {
      word.replace(at, 4, std::to_string(port_));
    }
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  process_ = ::fork();
  if (process_ == 0) {
    ::unsetenv("AWS_CA_BUNDLE");
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    if (std::freopen("/dev/null", "w", stdout) == nullptr) ::_exit(1);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(1);
    ::execvp(arguments.front(), arguments.data());
    ::_exit(127);
  }
  const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!answers(port_)) {
    if (std::chrono::steady_clock::now() > give_up_at ||
        ::waitpid(process_, nullptr, WNOHANG) != 0) {
      ADD_FAILURE() << words.front() << " does not serve";
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Server::~Server() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

}  // namespace weir::mover::test
