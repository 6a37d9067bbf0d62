// Empty folders and records kept for the next ranks.
//
// On some file systems making and removing a file costs as much as starting a process (ext4 without
// a journal looks through all it deleted lately); renaming one costs next to nothing.
//
// A runner that comes too late may hold a record that serves another rank by now. It finds its own
// work folder gone under its name, after it got the lock and before it writes a word (runner's
// claim()), so it leaves the record as it is.
#pragma once

#include <string>
#include <vector>

namespace weir::backend::local {

class Spares {
 public:
  explicit Spares(std::string folder) : folder_(std::move(folder)) {}

  // Takes in what an earlier server kept.
  void find();
  // Move a spare one to `path`. False where there is none, or it did not work.
  [[nodiscard]] bool take_folder(const std::string& path) { return take(folders_, path); }
  [[nodiscard]] bool take_record(const std::string& path) { return take(records_, path); }
  // Keeps the folder at `path` if it is as good as new: empty, ours alone, without attributes of
  // its own. False where it is not, or enough are kept; it then stays where it is.
  [[nodiscard]] bool give_folder(const std::string& path);
  // Keeps the record at `path`, without what it says.
  [[nodiscard]] bool give_record(const std::string& path);

 private:
  [[nodiscard]] static bool take(std::vector<std::string>& kept, const std::string& path);
  [[nodiscard]] bool move_here(const std::string& path, std::string& spare);

  std::string folder_;
  std::vector<std::string> folders_;
  std::vector<std::string> records_;
  unsigned long given_ = 0;
};

}  // namespace weir::backend::local
