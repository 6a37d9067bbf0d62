#include "app/secret_box.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "app/files.h"

namespace weir::app {

namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

base::Result<SecretBox> SecretBox::open(const std::string& key_path) {
  if (sodium_init() < 0) {
    return base::fail(base::ErrorCode::input_output, "the system gives no random numbers");
  }
  auto key = read_private_file(key_path, crypto_secretbox_KEYBYTES);
  if (key && key->size() == crypto_secretbox_KEYBYTES) return SecretBox(*std::move(key));
  if (key) {
    return base::fail(base::ErrorCode::refused, key_path + " holds no key of Weir's");
  }
  if (key.error().code != base::ErrorCode::not_found) return base::fail(std::move(key).error());
  std::string fresh(crypto_secretbox_KEYBYTES, '\0');
  randombytes_buf(fresh.data(), fresh.size());
  WEIR_TRY_STATUS(write_private_file(key_path, fresh));
  return SecretBox(std::move(fresh));
}

SecretBox::~SecretBox() { sodium_memzero(key_.data(), key_.size()); }

std::string SecretBox::seal(std::string_view clear) const {
  std::string sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + clear.size(), '\0');
  auto* out = reinterpret_cast<unsigned char*>(sealed.data());
  randombytes_buf(out, crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, bytes_of(clear), clear.size(), out,
                        bytes_of(key_));
  return sealed;
}

base::Result<std::string> SecretBox::unseal(std::string_view sealed) const {
  constexpr std::size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (sealed.size() >= overhead) {
    std::string clear(sealed.size() - overhead, '\0');
    const std::string_view box = sealed.substr(crypto_secretbox_NONCEBYTES);
    if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(clear.data()), bytes_of(box),
                                   box.size(), bytes_of(sealed), bytes_of(key_)) == 0) {
      return clear;
    }
  }
  return base::fail(base::ErrorCode::invalid, "a secret was sealed under another key", "",
                    "store it again: weir secret set NAME");
}

}  // namespace weir::app
