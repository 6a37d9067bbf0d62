// Bodies of requests and answers that are the gateway's own: lists around the views of the model,
// and the orders that are no input by themselves.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/time.h"
#include "model/identity.h"
#include "model/ids.h"
#include "model/network.h"
#include "model/power.h"
#include "model/price.h"
#include "model/view.h"

namespace weir::gateway {

// ---- jobs

// What may still change of a job; a field left out stays as it is.
struct JobChange {
  std::optional<std::string> name;
  std::optional<std::int32_t> priority;
  std::optional<base::Duration> time_limit;
  std::optional<std::uint32_t> array_at_once;
};
WEIR_DESCRIBE(JobChange, name, priority, time_limit, array_at_once)

struct JobHistory {
  model::JobId id;
  std::vector<model::HistoryEntry> entries;
};
WEIR_DESCRIBE(JobHistory, id, entries)

// Bytes of a log. Where they are no UTF-8, U+FFFD stands for them; the offsets count the true ones.
struct LogEntry {
  std::string stream;  // setup, platform, program
  std::uint32_t task = 0;
  std::uint32_t attempt = 0;
  std::uint32_t rank = 0;
  std::int64_t offset = 0;       // of the first byte
  std::int64_t next_offset = 0;  // where to read on
  std::string text;
};
WEIR_DESCRIBE(LogEntry, stream, task, attempt, rank, offset, next_offset, text)

struct LogList {
  std::vector<LogEntry> entries;
  bool more = false;  // a log was cut here by the limit of one answer: read on from next_offset
};
WEIR_DESCRIBE(LogList, entries, more)

struct ExecOrder {
  std::string command;
  std::uint32_t task = 0;
  std::uint32_t rank = 0;

  static constexpr std::array<std::string_view, 1> required_fields{"command"};
};
WEIR_DESCRIBE(ExecOrder, command, task, rank)

// ---- sites

struct SiteList {
  std::vector<model::SiteView> sites;
};
WEIR_DESCRIBE(SiteList, sites)

struct NodeList {
  std::vector<model::NodeView> nodes;
};
WEIR_DESCRIBE(NodeList, nodes)

// Exactly one of less_milliwatts (than it draws now) and target_milliwatts (at most).
struct PowerOrder {
  static constexpr std::array<std::string_view, 2> required_fields{"site", "until"};
  std::string site;
  std::optional<std::int64_t> less_milliwatts;
  std::optional<std::int64_t> target_milliwatts;
  std::optional<base::Time> from;  // left out: from now on
  base::Time until;
};
WEIR_DESCRIBE(PowerOrder, site, less_milliwatts, target_milliwatts, from, until)

struct PowerRequestList {
  std::vector<model::PowerRequestView> requests;
};
WEIR_DESCRIBE(PowerRequestList, requests)

struct DeviceList {
  std::vector<model::DeviceView> devices;
};
WEIR_DESCRIBE(DeviceList, devices)

// ---- data

struct DatasetList {
  std::vector<model::DatasetView> datasets;
};
WEIR_DESCRIBE(DatasetList, datasets)

// A version as it is to be. What is left out is not said: a dataset without labels is internal and
// may lie wherever that is allowed.
struct DatasetOrder {
  static constexpr std::array<std::string_view, 1> required_fields{"bytes"};
  std::uint32_t version = 0;  // 0: the next
  std::int64_t bytes = 0;
  std::string manifest;
  model::DatasetLabels labels;
  std::vector<model::ReplicaRule> rules;
  std::vector<model::Replica> replicas;
};
WEIR_DESCRIBE(DatasetOrder, version, bytes, manifest, labels, rules, replicas)

struct TransferList {
  std::vector<model::TransferView> transfers;
};
WEIR_DESCRIBE(TransferList, transfers)

struct LinkList {
  std::vector<model::SitePlace> sites;
  std::vector<model::LinkView> links;
};
WEIR_DESCRIBE(LinkList, sites, links)

// ---- tenants

// What work costs, and the device models of the sites that have no price: they cost nothing.
struct PriceList {
  model::PriceTable prices;
  std::vector<std::string> without_price;
};
WEIR_DESCRIBE(PriceList, prices, without_price)

struct TenantList {
  std::vector<model::TenantView> tenants;
};
WEIR_DESCRIBE(TenantList, tenants)

// ---- identity

struct TokenOrder {
  std::string tenant;
  std::string principal;
  model::Role role = model::Role::user;

  static constexpr std::array<std::string_view, 2> required_fields{"tenant", "principal"};
};
WEIR_DESCRIBE(TokenOrder, tenant, principal, role)

// The only time a token's text is told.
struct NewToken {
  model::TokenId id;
  std::string token;
  std::string tenant;
  std::string principal;
  model::Role role = model::Role::user;
};
WEIR_DESCRIBE(NewToken, id, token, tenant, principal, role)

struct TokenList {
  std::vector<model::TokenView> tokens;
};
WEIR_DESCRIBE(TokenList, tokens)

struct SecretValue {
  std::string value;

  static constexpr std::array<std::string_view, 1> required_fields{"value"};
};
WEIR_DESCRIBE(SecretValue, value)

struct SecretList {
  std::vector<std::string> names;
};
WEIR_DESCRIBE(SecretList, names)

// ---- about Weir itself

struct Health {
  std::string status;
};
WEIR_DESCRIBE(Health, status)

struct ReasonView {
  model::Reason reason = model::Reason::none;
  model::Party party = model::Party::nobody;
  bool retry_helps = false;
  std::string sentence;
};
WEIR_DESCRIBE(ReasonView, reason, party, retry_helps, sentence)

struct ReasonList {
  std::vector<ReasonView> reasons;
};
WEIR_DESCRIBE(ReasonList, reasons)

// An invitation for the agent of a site.
struct SiteInvitation {
  base::Duration token_lasts = std::chrono::hours(1);
  base::Duration lease = std::chrono::seconds(60);  // without a word for so long its work is lost
  std::string trust_domain = {};                    // of its agents' certificates; "": the server's
};
WEIR_DESCRIBE(SiteInvitation, token_lasts, lease, trust_domain)

struct SiteToken {
  std::string site;
  std::string token;
  base::Time until;
  std::string url;  // where its agent dials in
};
WEIR_DESCRIBE(SiteToken, site, token, until, url)

struct StandingOrder {
  model::SiteStanding standing = model::SiteStanding::active;
};
WEIR_DESCRIBE(StandingOrder, standing)

}  // namespace weir::gateway
