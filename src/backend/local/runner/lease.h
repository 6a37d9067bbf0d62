// A sign of life that the site's agent renews, as the work itself sees it.
//
// An agent that died cannot stop what another site may run again by then; so the work ends itself.
// The lease is a small file whose text changes with each renewal. Ages are measured by this
// machine's steady clock since the text was seen to change, and before that by the stamps that the
// folder's own file server gave: clocks of two machines are never compared.
#pragma once

#include <cstdint>
#include <string>

namespace weir::backend::local {

class Lease {
 public:
  // `fresh_file` was written at about `now_us`, in the lease's own file system.
  Lease(std::string path, std::int64_t fence_after_us, std::int64_t now_us, int fresh_file);

  // Whether it was not renewed for `fence_after_us`. Where there is no file it never was renewed,
  // and counts from the beginning.
  [[nodiscard]] bool is_over(std::int64_t now_us);

 private:
  std::string path_;
  std::int64_t fence_after_us_;
  std::string text_;
  std::int64_t renewed_us_;
};

}  // namespace weir::backend::local
