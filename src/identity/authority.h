// A control plane's own certificate authority: it says who may speak for which site, for a while.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "identity/key_pair.h"

namespace weir::identity {

// Who a certificate is for.
struct Subject {
  std::string spiffe_id;
  bool serves = false;  // it may also stand for a server
};

// SHA-256 of the public key that a request (PEM) has certified, hexadecimal, as
// CertificateFacts::key has it. Fails: invalid, as certify.
[[nodiscard]] base::Result<std::string> key_of_request(std::string_view request_pem);

class Authority {
 public:
  // A new one that certifies itself, for ten years. Fails: input_output.
  [[nodiscard]] static base::Result<Authority> make(std::string_view trust_domain, base::Time now);
  // Fails: invalid, also where the key is not the certificate's.
  [[nodiscard]] static base::Result<Authority> open(std::string_view key_pem,
                                                    std::string_view certificate_pem);

  [[nodiscard]] std::string key_pem() const { return key_.to_pem(); }
  [[nodiscard]] const std::string& certificate_pem() const { return certificate_pem_; }

  // Certifies the key of a request (PEM) for this subject, from a little before now (clocks differ)
  // until then. Whatever else the request asks for is not read.
  // Fails: invalid, the request is none, is not signed by its own key, or its key is too weak;
  //        input_output.
  [[nodiscard]] base::Result<std::string> certify(std::string_view request_pem,
                                                  const Subject& subject, base::Time now,
                                                  base::Duration lasts) const;

 private:
  Authority(KeyPair key, std::string certificate_pem)
      : key_(std::move(key)), certificate_pem_(std::move(certificate_pem)) {}

  KeyPair key_;
  std::string certificate_pem_;
};

}  // namespace weir::identity
