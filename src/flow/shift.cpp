#include "flow/shift.h"

#include <algorithm>
#include <optional>

#include "base/check.h"

namespace weir::flow {

using base::Duration;
using base::Time;

namespace {

struct Piece {
  std::int64_t value = 0;
  Span span;
};

// The window cut at every change.
std::vector<Piece> pieces_of(const Outlook& outlook, Span window) {
  std::vector<Piece> pieces;
  for (Time from = window.from; from < window.until;) {
    const Time until = std::min(outlook.next_change(from), window.until);
    pieces.push_back({outlook.at(from), {from, until}});
    from = until;
  }
  return pieces;
}

// The cheapest of these pieces that last so long together, in order of time, neighbours joined.
// Where not all of a piece is wanted, its beginning is taken.
std::vector<Span> cheapest_of(std::vector<Piece> pieces, Duration length) {
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.value < b.value; });
  std::vector<Span> taken;
  for (const Piece& piece : pieces) {
    if (length <= Duration(0)) break;
    const Duration part = std::min(length, piece.span.until - piece.span.from);
    taken.push_back({piece.span.from, piece.span.from + part});
    length -= part;
  }
  std::sort(taken.begin(), taken.end(),
            [](const Span& a, const Span& b) { return a.from < b.from; });
  std::vector<Span> joined;
  for (const Span& span : taken) {
    if (!joined.empty() && joined.back().until == span.from) {
      joined.back().until = span.until;
    } else {
      joined.push_back(span);
    }
  }
  return joined;
}

}  // namespace

void add_turning_points(const Outlook& outlook, Span starts, Duration length,
                        std::vector<Time>& to) {
  for (Time at = outlook.next_change(starts.from); at < starts.until;
       at = outlook.next_change(at)) {
    to.push_back(at);
  }
  for (Time at = outlook.next_change(starts.from + length); at < starts.until + length;
       at = outlook.next_change(at)) {
    to.push_back(at - length);
  }
}

Time cheapest_start(const Outlook& outlook, Time earliest, Time latest, Duration length,
                    const Patience& patience) {
  WEIR_CHECK(earliest <= latest && length > Duration(0), "there is a time to start in");
  std::vector<Time> starts{earliest, latest};
  add_turning_points(outlook, {earliest, latest}, length, starts);
  Time best = earliest;
  std::optional<Sum> least;
  for (const Time start : starts) {
    const Sum cost = outlook.sum(start, start + length) +
                     static_cast<Sum>(patience.waiting) * (start - earliest).count();
    if (least && (cost > *least || (cost == *least && start >= best))) continue;
    least = cost;
    best = start;
  }
  return best;
}

std::vector<Span> cheapest_spans(const Outlook& outlook, Span window, Duration length,
                                 const Patience& patience) {
  WEIR_CHECK(length > Duration(0) && window.until - window.from >= length,
             "the window has room for the work");
  const std::vector<Piece> pieces = pieces_of(outlook, window);
  if (patience.waiting == 0) return cheapest_of(pieces, length);
  // Whoever ends within the n-th piece takes from those before it what is cheapest, and of the n-th
  // no more than is worth ending later for.
  std::vector<Span> best;
  Sum least = 0;
  Duration room{};
  for (std::size_t n = 0; n < pieces.size(); ++n) {
    room += pieces[n].span.until - pieces[n].span.from;
    if (room < length) continue;
    std::vector<Piece> some(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(n) + 1);
    some.back().value += patience.waiting;
    std::vector<Span> spans = cheapest_of(std::move(some), length);
    const Sum cost = cost_of(outlook, spans) + static_cast<Sum>(patience.waiting) *
                                                   (spans.back().until - window.from).count();
    if (!best.empty() && cost >= least) continue;
    least = cost;
    best = std::move(spans);
  }
  return best;
}

Sum cost_of(const Outlook& outlook, const std::vector<Span>& spans) {
  Sum cost = 0;
  for (const Span& span : spans) cost += outlook.sum(span.from, span.until);
  return cost;
}

}  // namespace weir::flow
