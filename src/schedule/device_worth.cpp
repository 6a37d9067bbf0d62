// The prices at which the fewest devices serve all usual shares (schedule/scarcity.h).
#include <algorithm>
#include <map>

#include "schedule/scarcity.h"

namespace weir::schedule {
namespace {

__extension__ using Wide = __int128;

constexpr std::size_t whole = model::whole_device_milli;
constexpr int bits = 44;
constexpr Wide one = Wide{1} << bits;
constexpr Wide tiny = Wide{1} << 12;  // what rounding may come to
constexpr int columns_most = 500;

Wide times(Wide a, Wide b) { return (a * b) >> bits; }
Wide over(Wide a, Wide b) { return (a << bits) / b; }

// A way to cut a device: how many shares of each size.
using Pattern = std::vector<std::int64_t>;

// The sizes that are asked for, and how often. Devices are counted in parts of all ranks, so that
// numbers stay small.
struct Shares {
  std::vector<std::size_t> sizes;
  std::vector<Wide> wanted;
};

Shares shares_of(const UsualWork& usual) {
  std::map<std::size_t, std::int64_t> ranks;
  for (const UsualDemand& demand : usual.demands) {
    const model::ResourceOption& option = demand.options.front();
    if (option.is_share()) ranks[option.device_milli] += demand.ranks;
  }
  Shares shares;
  for (const auto& [size, count] : ranks) {
    shares.sizes.push_back(size);
    shares.wanted.push_back(over(count, usual.ranks));
  }
  return shares;
}

// What each amount left is worth at these prices, and how to cut a whole device best.
std::vector<Wide> worth_at(const Shares& shares, const std::vector<Wide>& prices, Pattern& best) {
  std::vector<Wide> worth(whole + 1, 0);
  std::vector<std::size_t> taken(whole + 1, shares.sizes.size());
  for (std::size_t left = 1; left <= whole; ++left) {
    worth[left] = worth[left - 1];
    for (std::size_t j = 0; j < shares.sizes.size(); ++j) {
      if (shares.sizes[j] > left) break;
      const Wide with = worth[left - shares.sizes[j]] + prices[j];
      if (with <= worth[left]) continue;
      worth[left] = with;
      taken[left] = j;
    }
  }
  best.assign(shares.sizes.size(), 0);
  for (std::size_t left = whole; left > 0;) {
    if (taken[left] == shares.sizes.size()) {
      --left;
    } else {
      ++best[taken[left]];
      left -= shares.sizes[taken[left]];
    }
  }
  return worth;
}

// The inverse of the basis, and how often each of its patterns is cut.
class Basis {
 public:
  explicit Basis(const Shares& shares) {
    const std::size_t sizes = shares.sizes.size();
    inverse_.assign(sizes, std::vector<Wide>(sizes, 0));
    cuts_.resize(sizes);
    for (std::size_t i = 0; i < sizes; ++i) {
      inverse_[i][i] = one / static_cast<std::int64_t>(whole / shares.sizes[i]);
      cuts_[i] = times(shares.wanted[i], inverse_[i][i]);
    }
  }

  [[nodiscard]] std::vector<Wide> prices() const {
    std::vector<Wide> prices(cuts_.size(), 0);
    for (const std::vector<Wide>& row : inverse_) {
      for (std::size_t j = 0; j < row.size(); ++j) prices[j] += row[j];
    }
    return prices;
  }

  // Takes a pattern in. False: none goes out for it.
  bool enter(const Pattern& pattern) {
    std::vector<Wide> column(cuts_.size(), 0);
    for (std::size_t i = 0; i < cuts_.size(); ++i) {
      for (std::size_t j = 0; j < cuts_.size(); ++j) column[i] += inverse_[i][j] * pattern[j];
    }
    std::size_t out = cuts_.size();
    for (std::size_t i = 0; i < cuts_.size(); ++i) {
      if (column[i] <= tiny) continue;
      if (out == cuts_.size() || over(cuts_[i], column[i]) < over(cuts_[out], column[out])) out = i;
    }
    if (out == cuts_.size()) return false;
    for (Wide& each : inverse_[out]) each = over(each, column[out]);
    cuts_[out] = over(cuts_[out], column[out]);
    for (std::size_t i = 0; i < cuts_.size(); ++i) {
      if (i == out) continue;
      for (std::size_t j = 0; j < cuts_.size(); ++j) {
        inverse_[i][j] -= times(column[i], inverse_[out][j]);
      }
      cuts_[i] = std::max<Wide>(0, cuts_[i] - times(column[i], cuts_[out]));
    }
    return true;
  }

 private:
  std::vector<std::vector<Wide>> inverse_;
  std::vector<Wide> cuts_;
};

}  // namespace

std::vector<std::int32_t> device_worth(const UsualWork& usual) {
  std::vector<std::int32_t> thousandths(whole + 1, 0);
  const Shares shares = shares_of(usual);
  if (shares.sizes.empty()) return thousandths;
  Basis basis(shares);
  std::vector<Wide> worth;
  Pattern pattern;
  for (int column = 0; column < columns_most; ++column) {
    worth = worth_at(shares, basis.prices(), pattern);
    if (worth[whole] <= one + tiny || !basis.enter(pattern)) break;
  }
  // Prices are made such that a whole device is worth 1, however it is cut.
  for (std::size_t left = 0; left <= whole; ++left) {
    const Wide of_whole = worth[whole] == 0 ? 0 : worth[left] * Wide{whole} * 2 / worth[whole];
    thousandths[left] = static_cast<std::int32_t>((of_whole + 1) / 2);
  }
  return thousandths;
}

}  // namespace weir::schedule
