#include "app/agent_door.h"

#include <charconv>

#include "app/files.h"
#include "gateway/machine_time.h"
#include "identity/certificate.h"

namespace weir::app {

using base::ErrorCode;

namespace {

constexpr std::size_t file_bytes_max = 64U << 10U;
// The server's own certificate is made anew at each start.
constexpr base::Duration own_certificate_lasts = std::chrono::hours(24 * 365);

base::Result<identity::Authority> authority_in(const std::string& folder,
                                               const std::string& trust_domain) {
  const std::string key_path = folder + "/authority.key";
  const std::string certificate_path = folder + "/authority.pem";
  const auto key = read_private_file(key_path, file_bytes_max);
  if (key) {
    const std::string pem = WEIR_TRY(read_private_file(certificate_path, file_bytes_max));
    return identity::Authority::open(*key, pem);
  }
  if (key.error().code != ErrorCode::not_found) return base::fail(key.error());
  auto made = WEIR_TRY(identity::Authority::make(trust_domain, gateway::machine_time()));
  // The certificate first: whoever finds the key finds both.
  WEIR_TRY_STATUS(write_private_file(certificate_path, made.certificate_pem()));
  WEIR_TRY_STATUS(write_private_file(key_path, made.key_pem()));
  return made;
}

// "127.0.0.1:9348", "[::1]:9348", ":9348"
base::Status read_address(const std::string& text, http::TlsFrontOptions& listen) {
  const std::size_t colon = text.rfind(':');
  const std::string_view port = std::string_view(text).substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), listen.port);
  if (colon == std::string::npos || error != std::errc() || end != port.data() + port.size()) {
    return base::fail(ErrorCode::invalid, "`" + text + "` is no address and port", "--agents",
                      "127.0.0.1:9348, or 0.0.0.0:9348 for every way into this machine");
  }
  if (colon > 0) listen.address = text.substr(0, colon);
  if (listen.address.starts_with('[') && listen.address.ends_with(']')) {
    listen.address = listen.address.substr(1, listen.address.size() - 2);
  }
  return {};
}

}  // namespace

base::Result<std::unique_ptr<AgentDoor>> AgentDoor::make(const std::string& data_folder,
                                                         const AgentDoorOptions& options) {
  WEIR_TRY_STATUS(identity::check_trust_domain(options.trust_domain));
  std::unique_ptr<AgentDoor> door(
      new AgentDoor(WEIR_TRY(authority_in(data_folder, options.trust_domain))));
  WEIR_TRY_STATUS(read_address(options.address, door->listen_));
  auto certifier = std::make_shared<gateway::Certifier>();
  certifier->authority = door->authority_.certificate_pem();
  certifier->trust_domain = options.trust_domain;
  certifier->control_plane = identity::control_plane_id(options.trust_domain);
  certifier->url = options.url;
  certifier->certified_until = [lasts = options.certificates_last] {
    return gateway::machine_time() + lasts;
  };
  certifier->certify = [authority = &door->authority_, lasts = options.certificates_last](
                           const std::string& request, const std::string& id) {
    return authority->certify(request, {id, /*serves=*/false}, gateway::machine_time(), lasts);
  };
  door->certifier_ = std::move(certifier);
  return door;
}

base::Status AgentDoor::open(http::HttpServer& server) {
  const auto key = WEIR_TRY(identity::KeyPair::make());
  listen_.own.key = key.to_pem();
  listen_.own.authority = authority_.certificate_pem();
  const std::string request = WEIR_TRY(key.certificate_request());
  listen_.own.certificate =
      WEIR_TRY(authority_.certify(request, {certifier_->control_plane, /*serves=*/true},
                                  gateway::machine_time(), own_certificate_lasts));
  front_ = WEIR_TRY(http::TlsFront::listen(listen_, server));
  if (certifier_->url.empty()) certifier_->url = front_->url();
  return {};
}

}  // namespace weir::app
