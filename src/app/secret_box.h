// Seals tenants' secrets, so that the journal and its copies hold no clear text.
//
// XSalsa20-Poly1305 (libsodium's secretbox) under one random key, kept in a file of the data folder
// that only the server's user may read. Who holds both the folder and its key holds the secrets:
// this guards copies of the journal, not the machine.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::app {

class SecretBox {
 public:
  // Reads the key, or makes one (mode 0600) where there is none.
  // Fails: input_output; refused where others may read the file.
  [[nodiscard]] static base::Result<SecretBox> open(const std::string& key_path);
  ~SecretBox();
  SecretBox(SecretBox&& other) noexcept = default;
  SecretBox& operator=(SecretBox&& other) noexcept = default;
  SecretBox(const SecretBox&) = delete;
  SecretBox& operator=(const SecretBox&) = delete;

  // A fresh nonce and the sealed bytes.
  [[nodiscard]] std::string seal(std::string_view clear) const;
  // Fails: invalid, where it was not sealed under this key or was changed.
  [[nodiscard]] base::Result<std::string> unseal(std::string_view sealed) const;

 private:
  explicit SecretBox(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

}  // namespace weir::app
