#include "backend/local/forgotten.h"

#include <fcntl.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "backend/local/runner/system.h"
#include "base/descriptor.h"

namespace weir::backend::local {
namespace {

constexpr std::size_t files_kept = 16;

base::Result<std::set<RankKey>> read_keys(const std::string& path) {
  std::set<RankKey> keys;
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
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
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', at);
    if (newline == std::string::npos) break;  // torn by a power loss
    if (const auto key = parse_rank_key(std::string_view(text).substr(at, newline - at))) {
      keys.insert(keys.end(), *key);
    }
    at = newline + 1;
  }
  return keys;
}

}  // namespace

base::Result<bool> Forgotten::contains(const RankKey& key) {
  return WEIR_TRY(keys_beside(key))->contains(key);
}

base::Status Forgotten::add(const RankKey& key) {
  Keys* const keys = WEIR_TRY(keys_beside(key));
  if (keys->contains(key)) return {};
  const std::string path = layout_.forgotten(key);
  const base::Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return base::fail_errno("open " + path, errno);
  if (!write_all(file.get(), to_text(key) + "\n")) return base::fail_errno("write " + path, errno);
  keys->insert(key);
  return {};
}

base::Result<Forgotten::Keys*> Forgotten::keys_beside(const RankKey& key) {
  std::string path = layout_.forgotten(key);
  const auto known = known_.find(path);
  if (known != known_.end()) return &known->second;
  Keys keys = WEIR_TRY(read_keys(path));
  if (order_read_.size() >= files_kept) {
    known_.erase(order_read_.front());
    order_read_.pop_front();
  }
  order_read_.push_back(path);
  return &(known_[std::move(path)] = std::move(keys));
}

}  // namespace weir::backend::local
