// Datasets made up from a seed, replicas of them to be damaged, and what the tests of the mover
// start: other stores on loopback, and movers to be killed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "mover/mover.h"

namespace weir::mover::test {

// A folder that goes with its owner.
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Content by path.
using Tree = std::map<std::string, std::string>;

// Up to `files_most` files in folders, with names that are hard on addresses; some are empty.
[[nodiscard]] Tree any_tree(base::Random& random, std::size_t files_most, std::int64_t bytes_most);
[[nodiscard]] std::string any_bytes(base::Random& random, std::size_t size);
void write_tree(const std::string& folder, const Tree& tree);
[[nodiscard]] Tree read_tree(const std::string& folder);
[[nodiscard]] std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);
void flip_byte(const std::string& path, std::int64_t offset);
// Names in a folder, with those that begin with a dot.
[[nodiscard]] std::vector<std::string> names_in(const std::string& folder);

// Where a version is on two sites, and a third that wants it.
struct World {
  explicit World(const Tree& tree, std::int64_t chunk_bytes);
  // From north, then south, to the store; at once.
  [[nodiscard]] MoveOrder order() const;

  Folder folder;
  std::string north = folder / "north";
  std::string south = folder / "south";
  std::string store = folder / "store";
  Tree tree;
  Manifest manifest;
  base::Digest version{};
};

[[nodiscard]] base::Time now();
// So many bits a second, from now (or a while from now) on, for as long.
[[nodiscard]] RatePiece piece_from_now(base::Duration from, base::Duration length,
                                       std::int64_t bits_per_second);
[[nodiscard]] std::string mover_program();

// A program that serves, on a free port of loopback; killed with its owner.
class Server {
 public:
  // `words`: "PORT" stands for the port. Waits until it can be connected to.
  Server(std::vector<std::string> words, const std::map<std::string, std::string>& environment);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace weir::mover::test
