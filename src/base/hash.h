// SHA-256 and bytes as hex. Identity of content, the journal's chain, and nothing secret: keys and
// signatures are libsodium's, at the shells.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/shape.h"

namespace weir::base {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest sha256(std::string_view bytes);

// The same over bytes that come in parts. digest() ends it and makes it ready for the next.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&& other) noexcept;
  Sha256& operator=(Sha256&& other) noexcept;
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view bytes);
  [[nodiscard]] Digest digest();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Lower case.
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);
[[nodiscard]] std::string to_hex(const Digest& digest);
// Either case. Fails: invalid (an odd number of digits, another letter).
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);
// Fails: invalid, also where it is not 64 digits.
[[nodiscard]] Result<Digest> digest_from_hex(std::string_view text);

// Takes as long for any two texts of one length: for tokens and their hashes.
[[nodiscard]] bool constant_time_equal(std::string_view a, std::string_view b);
[[nodiscard]] bool constant_time_equal(const Digest& a, const Digest& b);

}  // namespace weir::base
