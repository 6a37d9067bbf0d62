#include "identity/certificate.h"

#include <openssl/asn1.h>

#include <algorithm>
#include <ctime>
#include <span>

#include "base/hash.h"
#include "identity/pem.h"

namespace weir::identity {
namespace {

constexpr std::string_view scheme = "spiffe://";

base::Time time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return base::Time{};
  return base::time_from_us(static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000);
}

// The one name of the subject's that is a URI; SPIFFE allows one and no more.
std::string spiffe_id_of(const X509* certificate) {
  using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string found;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    if (!found.empty()) return "";
    const ASN1_IA5STRING* const uri = name->d.uniformResourceIdentifier;
    found.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                 static_cast<std::size_t>(ASN1_STRING_length(uri)));
  }
  return found.starts_with(scheme) ? found : "";
}

template <typename Encode>
std::string encoded(Encode encode) {
  unsigned char* bytes = nullptr;
  const int size = encode(&bytes);
  if (size <= 0) return "";
  std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return out;
}

CertificateFacts facts_of(X509* certificate) {
  return {spiffe_id_of(certificate), key_hash(X509_get_X509_PUBKEY(certificate)),
          time_of(X509_get0_notBefore(certificate)), time_of(X509_get0_notAfter(certificate))};
}

}  // namespace

base::Result<CertificateFacts> facts_of_pem(std::string_view pem) {
  const Certificate certificate = WEIR_TRY(certificate_of(pem));
  return facts_of(certificate.get());
}

base::Result<CertificateFacts> facts_of_der(std::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const Certificate certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  if (!certificate) return base::fail(base::ErrorCode::invalid, "no certificate: " + why());
  return facts_of(certificate.get());
}

base::Result<std::string> fingerprint(std::string_view pem) {
  const Certificate certificate = WEIR_TRY(certificate_of(pem));
  return base::to_hex(
      base::sha256(encoded([&](unsigned char** out) { return i2d_X509(certificate.get(), out); })));
}

std::string agent_id(std::string_view trust_domain, std::string_view site) {
  return std::string(scheme) + std::string(trust_domain) + "/site/" + std::string(site) + "/agent";
}

std::string control_plane_id(std::string_view trust_domain) {
  return std::string(scheme) + std::string(trust_domain) + "/control-plane";
}

std::optional<AgentName> parse_agent_id(std::string_view spiffe_id) {
  if (!spiffe_id.starts_with(scheme)) return std::nullopt;
  const std::string_view rest = spiffe_id.substr(scheme.size());
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  constexpr std::string_view before = "/site/";
  constexpr std::string_view after = "/agent";
  const std::string_view path = rest.substr(slash);
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) ||
      !path.ends_with(after)) {
    return std::nullopt;
  }
  const std::string_view site =
      path.substr(before.size(), path.size() - before.size() - after.size());
  if (site.find('/') != std::string_view::npos || !check_trust_domain(rest.substr(0, slash))) {
    return std::nullopt;
  }
  return AgentName{std::string(rest.substr(0, slash)), std::string(site)};
}

base::Status check_trust_domain(std::string_view domain) {
  const auto fits = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '.' ||
           letter == '-' || letter == '_';
  };
  constexpr std::size_t letters_max = 255;
  if (!domain.empty() && domain.size() <= letters_max && std::ranges::all_of(domain, fits)) {
    return {};
  }
  return base::fail(base::ErrorCode::invalid, "`" + std::string(domain) + "` is no trust domain",
                    "trust_domain", "like a host's name: lab.example");
}

}  // namespace weir::identity
