// GET /v1/events: what becomes true, row by row, from any row on.
//
// A row is one event; a very large one comes in parts. Each event's id is where to go on: "17"
// after row 17, "17.200" after the first 200 facts of row 17. A client that comes back with the
// last id it saw misses nothing and hears nothing twice.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/follower.h"
#include "gateway/job_tenants.h"
#include "gateway/row_feed.h"
#include "model/identity.h"

namespace weir::gateway {

// Everything up to here has been told.
struct EventCursor {
  std::uint64_t sequence = 0;    // this row whole
  std::uint64_t next_facts = 0;  // and so many facts of the next

  friend bool operator==(const EventCursor&, const EventCursor&) = default;
};
// Reads an event's id. Fails: invalid.
[[nodiscard]] base::Result<EventCursor> parse_event_id(std::string_view id);

class EventSession final : public Session {
 public:
  // `tenants` knows the jobs in the engine; others are looked up in the archive.
  EventSession(http::StreamWriter writer, Core& core, RowFeed& feed, const JobTenants& tenants,
               model::Principal by, EventCursor from);
  ~EventSession() override { feed_.remove_follower(); }

  Pumped pump() override;

 private:
  bool tell(const DurableRow& row);
  void write_part(const DurableRow& row, std::string&& facts, const std::string& id);
  [[nodiscard]] bool visible(const model::Fact& fact);
  [[nodiscard]] bool is_own(model::JobId job);

  Core& core_;
  RowFeed& feed_;
  const JobTenants& tenants_;
  model::Principal by_;
  EventCursor told_;
  std::size_t written_ = 0;              // in this pump
  std::map<model::JobId, bool> looked_;  // archived jobs that were looked up: own or not
};

}  // namespace weir::gateway
