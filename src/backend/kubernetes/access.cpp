#include "backend/kubernetes/access.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"
#include "base/document.h"

namespace weir::backend::kubernetes {
namespace {

using base::Document;
using base::ErrorCode;
using base::fail;

std::string text_in(const Document* map, std::string_view key) {
  const Document* const found = map != nullptr ? map->find(key) : nullptr;
  if (found == nullptr || found->is(base::DocumentKind::list) ||
      found->is(base::DocumentKind::map)) {
    return "";
  }
  return std::string(found->text());
}

// The item called `name` of a list of things with names, and in it the member `inner`.
base::Result<const Document*> named(const Document& root, std::string_view list,
                                    std::string_view inner, const std::string& name) {
  const Document* const items = root.find(list);
  if (items != nullptr && items->is(base::DocumentKind::list)) {
    for (const Document& item : items->items()) {
      if (text_in(&item, "name") == name) return item.find(inner);
    }
  }
  return fail(ErrorCode::not_found,
              "the kubeconfig has no " + std::string(inner) + " called \"" + name + "\"");
}

base::Result<std::string> from_base64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), "\n\r ", &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    return fail(ErrorCode::invalid, "the kubeconfig holds data that is not base64");
  }
  bytes.resize(size);
  return bytes;
}

// What stands under "name-data" in base64, or in the file under "name".
base::Result<std::string> data_or_file(const Document* map, const std::string& name,
                                       const std::string& folder) {
  const std::string data = text_in(map, name + "-data");
  if (!data.empty()) return from_base64(data);
  const std::string file = text_in(map, name);
  if (file.empty()) return std::string();
  return read_text_file(file.starts_with('/') ? file : folder + "/" + file);
}

}  // namespace

base::Result<std::string> read_text_file(const std::string& path) {
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) return fail(ErrorCode::not_found, "there is no file " + path);
  if (!file) return base::fail_errno("open " + path, errno);
  std::string text;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail_errno("read " + path, errno);
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

base::Result<Access> access_of_service_account(const std::string& folder, const std::string& host,
                                               const std::string& port) {
  if (host.empty() || port.empty()) {
    return fail(ErrorCode::not_found,
                "this is no pod: the environment names no host and port of a cluster");
  }
  Access access;
  const bool is_version_six = host.find(':') != std::string::npos;
  access.server = "https://" + (is_version_six ? "[" + host + "]" : host) + ":" + port;
  access.token_file = folder + "/token";
  access.authority = WEIR_TRY(read_text_file(folder + "/ca.crt"));
  access.name_space = WEIR_TRY(read_text_file(folder + "/namespace"));
  static_cast<void>(WEIR_TRY(read_text_file(access.token_file)));
  return access;
}

base::Result<Access> access_of_kubeconfig(std::string_view text, const std::string& folder,
                                          const std::string& context) {
  const Document root = WEIR_TRY(base::parse_yaml(text, "kubeconfig"));
  const std::string name = context.empty() ? text_in(&root, "current-context") : context;
  const Document* const chosen = WEIR_TRY(named(root, "contexts", "context", name));
  const Document* const cluster =
      WEIR_TRY(named(root, "clusters", "cluster", text_in(chosen, "cluster")));
  const Document* const user = WEIR_TRY(named(root, "users", "user", text_in(chosen, "user")));
  Access access;
  access.server = text_in(cluster, "server");
  if (access.server.empty()) return fail(ErrorCode::invalid, "the kubeconfig names no server");
  access.name_space = text_in(chosen, "namespace");
  access.authority = WEIR_TRY(data_or_file(cluster, "certificate-authority", folder));
  access.certificate = WEIR_TRY(data_or_file(user, "client-certificate", folder));
  access.key = WEIR_TRY(data_or_file(user, "client-key", folder));
  access.token = text_in(user, "token");
  access.token_file = text_in(user, "tokenFile");
  if (!access.token_file.empty() && !access.token_file.starts_with('/')) {
    access.token_file = folder + "/" + access.token_file;
  }
  if (user != nullptr &&
      (user->find("exec") != nullptr || user->find("auth-provider") != nullptr)) {
    return fail(ErrorCode::invalid, "the kubeconfig has a program run for its token", "",
                "give Weir a service account of its own, and its token");
  }
  return access;
}

}  // namespace weir::backend::kubernetes
