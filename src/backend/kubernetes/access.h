// How a cluster is reached, and who asks: read from where Kubernetes keeps such things.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::backend::kubernetes {

// Nothing of this is ever logged.
struct Access {
  std::string server;      // "https://10.0.0.1:6443", "http://127.0.0.1:8001" (kubectl proxy)
  std::string name_space;  // "" where nothing says one
  std::string token;
  std::string token_file;  // read again when it changes; goes before `token`
  // PEM text, "" where there is none.
  std::string authority;
  std::string certificate;
  std::string key;
};

// What a pod finds of its service account: `folder` holds token, ca.crt and namespace; host and
// port are those of the environment (KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT). Fails:
// not_found, this is no pod or has no service account; input_output.
[[nodiscard]] base::Result<Access> access_of_service_account(const std::string& folder,
                                                             const std::string& host,
                                                             const std::string& port);

// A kubeconfig's context, the current one where `context` is "". Files it names are read relative
// to `folder`.
// Fails: invalid, this is no kubeconfig, or it wants a program run for a token; not_found, no such
//        context, cluster or user; input_output, a file it names.
[[nodiscard]] base::Result<Access> access_of_kubeconfig(std::string_view text,
                                                        const std::string& folder,
                                                        const std::string& context);

// The whole of a file. Fails: not_found, input_output.
[[nodiscard]] base::Result<std::string> read_text_file(const std::string& path);

}  // namespace weir::backend::kubernetes
