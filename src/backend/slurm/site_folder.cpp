#include "backend/slurm/site_folder.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include "backend/local/runner/order_file.h"
#include "backend/local/runner/system.h"
#include "base/descriptor.h"
#include "base/hash.h"
#include "base/json.h"

namespace weir::backend::slurm {
namespace {

// The new text takes the old one's place whole.
base::Status put_file(const std::string& path, std::string_view text, mode_t mode = 0600) {
  const std::string next = path + ".new";
  base::Descriptor file(
      ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file) return base::fail_errno("open " + next, errno);
  if (!local::write_all(file.get(), text) || ::fsync(file.get()) != 0) {
    return base::fail_errno("write " + next, errno);
  }
  file.close();
  if (::rename(next.c_str(), path.c_str()) != 0) return base::fail_errno("rename " + next, errno);
  return {};
}

// A name is on the disk only when its folder is.
base::Status sync_folder(const std::string& folder) {
  const base::Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || ::fsync(opened.get()) != 0) return base::fail_errno("sync " + folder, errno);
  return {};
}

std::string withdrawn(const std::string& order) { return order + ".withdrawn"; }

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string hex(std::uint64_t number) {
  std::array<char, 20> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

}  // namespace

base::Status SiteFolder::create() {
  WEIR_TRY_STATUS(layout_.create());
  for (const std::string& folder : {orders(), notes(), root_ + "/said", root_ + "/bin"}) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
      return base::fail_errno("make folder " + folder, errno);
    }
  }
  const std::string path = root_ + "/instance";
  instance_ = local::read_small_file(path);
  if (!instance_.empty()) return {};
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random) {
    return base::fail_errno("make an instance's name", errno);
  }
  instance_ = hex(random);
  WEIR_TRY_STATUS(put_file(path, instance_));
  return sync_folder(root_);
}

base::Result<std::string> SiteFolder::install_runner(const std::string& program) const {
  const std::string bytes = local::read_small_file(program);
  if (bytes.empty()) return base::fail_errno("read " + program, errno);
  const std::string path =
      root_ + "/bin/weir-runner-" + base::to_hex(base::sha256(bytes)).substr(0, 16);
  if (!is_there(path)) WEIR_TRY_STATUS(put_file(path, bytes, 0700));
  return path;
}

std::string SiteFolder::order(const RankKey& key) const { return orders() + "/" + to_text(key); }
std::string SiteFolder::note(const RankKey& key) const { return notes() + "/" + to_text(key); }
std::string SiteFolder::said(const RankKey& key) const { return root_ + "/said/" + to_text(key); }

base::Status SiteFolder::put_note(const RankKey& key, const Note& note_now) const {
  WEIR_TRY_STATUS(put_file(note(key), base::to_json(note_now)));
  return sync_folder(notes());
}

base::Status SiteFolder::put_order(const RankKey& key, const local::RunnerOrder& made) const {
  WEIR_TRY_STATUS(put_file(order(key), local::encode(made)));
  return sync_folder(orders());
}

std::optional<Note> SiteFolder::read_note(const RankKey& key) const {
  auto read = base::from_json<Note>(local::read_small_file(note(key)));
  return read ? std::optional<Note>(std::move(*read)) : std::nullopt;
}

bool SiteFolder::order_waits(const RankKey& key) const { return is_there(order(key)); }

bool SiteFolder::withdraw(const RankKey& key) const {
  const std::string path = order(key);
  return ::rename(path.c_str(), withdrawn(path).c_str()) == 0;
}

bool SiteFolder::was_withdrawn(const RankKey& key) const { return is_there(withdrawn(order(key))); }

bool SiteFolder::was_taken(const RankKey& key) const {
  return is_there(local::taken_order(order(key)));
}

base::Status SiteFolder::put_stop(const RankKey& key, const local::StopOrder& stop) const {
  return put_file(layout_.stop(key), local::stop_text(stop));
}

base::Status SiteFolder::renew_lease() const { return local::renew_lease(lease()); }

void SiteFolder::remove(const RankKey& key) const {
  const std::string path = order(key);
  for (const std::string& file : {path, withdrawn(path), local::taken_order(path), path + ".new",
                                  note(key), said(key), layout_.stop(key)}) {
    ::unlink(file.c_str());
  }
}

}  // namespace weir::backend::slurm
