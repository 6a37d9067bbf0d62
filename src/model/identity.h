// Who asks: tokens, roles, and the principal a token stands for.
#pragma once

#include <cstdint>
#include <string>

#include "base/describe.h"
#include "base/time.h"
#include "model/ids.h"

namespace weir::model {

// Each role may do what the ones before it may.
enum class Role : std::uint8_t {
  viewer,    // look at the tenant's jobs
  user,      // submit and steer the tenant's jobs
  operator_  // everything, across tenants: tokens, sites, the journal
};
WEIR_DESCRIBE_ENUM(Role, viewer, user, operator_)

// A bearer token as it is kept: its SHA-256, never itself. Tokens are 256 random bits, so that a
// plain hash cannot be searched.
struct Token {
  TokenId id;
  std::string hash;  // SHA-256 in hexadecimal
  std::string tenant;
  std::string principal;
  Role role = Role::user;
  base::Time created;
  bool revoked = false;

  friend bool operator==(const Token&, const Token&) = default;
};
WEIR_DESCRIBE(Token, id, hash, tenant, principal, role, created, revoked)

// Who a request comes from, once its token was found to hold.
struct Principal {
  std::string tenant;
  std::string name;
  Role role = Role::viewer;

  friend bool operator==(const Principal&, const Principal&) = default;
};
WEIR_DESCRIBE(Principal, tenant, name, role)

}  // namespace weir::model
