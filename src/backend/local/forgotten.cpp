#include "backend/local/forgotten.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "backend/local/descriptor.h"
#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

constexpr std::size_t jobs_kept = 256;

}  // namespace

base::Result<bool> Forgotten::contains(const RankKey& key) {
  return WEIR_TRY(keys_of(key.job))->contains(key);
}

base::Status Forgotten::add(const RankKey& key) {
  std::set<RankKey>* keys = WEIR_TRY(keys_of(key.job));
  if (keys->contains(key)) return {};
  const std::string path = path_of(key.job);
  constexpr int how = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
  Descriptor file(::open(path.c_str(), how, 0600));
  if (!file && errno == ENOENT) {
    if (::mkdir(layout_.job_logs(key.job).c_str(), 0700) != 0 && errno != EEXIST) {
      return base::fail_errno("make folder " + layout_.job_logs(key.job), errno);
    }
    file = Descriptor(::open(path.c_str(), how, 0600));
  }
  if (!file) return base::fail_errno("open " + path, errno);
  if (!write_all(file.get(), text_in_job(key) + "\n")) {
    return base::fail_errno("write " + path, errno);
  }
  keys->insert(key);
  return {};
}

base::Result<std::set<RankKey>*> Forgotten::keys_of(std::uint64_t job) {
  const auto known = known_.find(job);
  if (known != known_.end()) return &known->second;
  std::set<RankKey> keys = WEIR_TRY(read(job));
  if (order_read_.size() >= jobs_kept) {
    known_.erase(order_read_.front());
    order_read_.pop_front();
  }
  order_read_.push_back(job);
  return &(known_[job] = std::move(keys));
}

base::Result<std::set<RankKey>> Forgotten::read(std::uint64_t job) const {
  std::set<RankKey> keys;
  const std::string path = path_of(job);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file && errno == ENOENT) return keys;
  if (!file) return base::fail_errno("open " + path, errno);
  std::string text;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail_errno("read " + path, errno);
    if (count == 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  const std::string job_part = std::to_string(job) + "_";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', at);
    if (newline == std::string::npos) break;  // torn by a power loss: it was never acted on
    const base::Result<RankKey> key = parse_rank_key(job_part + text.substr(at, newline - at));
    if (key) keys.insert(*key);
    at = newline + 1;
  }
  return keys;
}

std::string Forgotten::path_of(std::uint64_t job) const {
  return layout_.job_logs(job) + "/forgotten";
}

}  // namespace weir::backend::local
