#include "backend/local/runner/lease.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

std::int64_t written_us(const struct stat& about) {
  return std::int64_t{about.st_mtim.tv_sec} * 1'000'000 + about.st_mtim.tv_nsec / 1000;
}

}  // namespace

Lease::Lease(std::string path, std::int64_t fence_after_us, std::int64_t now_us, int fresh_file)
    : path_(std::move(path)), fence_after_us_(fence_after_us), renewed_us_(now_us) {
  struct stat lease{};
  struct stat fresh{};
  text_ = read_small_file(path_);
  if (::stat(path_.c_str(), &lease) != 0 || ::fstat(fresh_file, &fresh) != 0) return;
  renewed_us_ -= std::max<std::int64_t>(written_us(fresh) - written_us(lease), 0);
}

bool Lease::is_over(std::int64_t now_us) {
  std::string text = read_small_file(path_);
  if (!text.empty() && text != text_) {
    text_ = std::move(text);
    renewed_us_ = now_us;
  }
  return now_us - renewed_us_ >= fence_after_us_;
}

}  // namespace weir::backend::local
