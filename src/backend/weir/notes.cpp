#include "backend/weir/notes.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "backend/local/runner/system.h"
#include "base/descriptor.h"
#include "base/json.h"

namespace weir::backend::inner {
namespace {

// The new text takes the old one's place whole.
base::Status put_file(const std::string& path, std::string_view text, bool for_ever = false) {
  const std::string next = path + ".new";
  base::Descriptor file(
      ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return base::fail_errno("open " + next, errno);
  if (!local::write_all(file.get(), text) || (for_ever && ::fsync(file.get()) != 0)) {
    return base::fail_errno("write " + next, errno);
  }
  file.close();
  if (::rename(next.c_str(), path.c_str()) != 0) return base::fail_errno("rename " + next, errno);
  return {};
}

base::Status make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return base::fail_errno("make folder " + path, errno);
}

}  // namespace

base::Status Notes::create() {
  WEIR_TRY_STATUS(layout_.create());
  WEIR_TRY_STATUS(make_folder(root_ + "/notes"));
  WEIR_TRY_STATUS(make_folder(root_ + "/ended"));
  const std::string path = root_ + "/instance";
  instance_ = local::read_small_file(path);
  if (!instance_.empty()) return {};
  std::uint32_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random) {
    return base::fail_errno("make an instance's name", errno);
  }
  char text[16];
  std::snprintf(text, sizeof text, "%08x", random);
  instance_ = text;
  return put_file(path, instance_, true);
}

std::string Notes::mark(const RankKey& key) const { return root_ + "/ended/" + to_text(key); }
std::string Notes::note(const RankKey& key) const { return root_ + "/notes/" + to_text(key); }
std::string Notes::log_place_path(const RankKey& key) const {
  return layout_.log_prefix(key) + "job";
}

bool Notes::was_fenced(const RankKey& key) const { return ::access(mark(key).c_str(), F_OK) == 0; }

base::Status Notes::put(const RankKey& key, const Note& now) const {
  return put_file(note(key), base::to_json(now));
}

std::map<RankKey, Note> Notes::read_all() const {
  std::map<RankKey, Note> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(root_ + "/notes", error)) {
    const auto key = parse_rank_key(entry.path().filename().string());
    if (!key) continue;
    if (auto read = base::from_json<Note>(local::read_small_file(entry.path().string()))) {
      all[*key] = std::move(*read);
    }
  }
  return all;
}

base::Status Notes::put_log_place(const RankKey& key, model::JobId job) const {
  const std::string path = log_place_path(key);
  WEIR_TRY_STATUS(make_folder(path.substr(0, path.rfind('/'))));
  return put_file(path, std::to_string(job.value));
}

std::optional<model::JobId> Notes::log_place(const RankKey& key) const {
  const std::string text = local::read_small_file(log_place_path(key));
  model::JobId job;
  std::from_chars(text.data(), text.data() + text.size(), job.value);
  return job ? std::optional(job) : std::nullopt;
}

void Notes::remove(const RankKey& key) const {
  ::unlink(note(key).c_str());
  ::unlink(mark(key).c_str());
}

}  // namespace weir::backend::inner
