#include "tests/kubernetes_stand_in/kubelet.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "backend/kubernetes/amounts.h"
#include "backend/kubernetes/json_reading.h"
#include "tests/kubernetes_stand_in/controllers.h"
#include "tests/kubernetes_stand_in/memory.h"

namespace weir::kubernetes_stand_in {
namespace {

using backend::kubernetes::find_at;
using backend::kubernetes::list_at;
using backend::kubernetes::number_at;

const Resource& pods() { return *find_resource("", "pods"); }

std::string file_text(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

// $(NAME) stands for a variable of the container, where there is one; $$ for $.
std::string expanded(const std::string& text, const std::map<std::string, std::string>& variables) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      out += text[i];
    } else if (text[i + 1] == '$') {
      out += '$';
      ++i;
    } else if (text[i + 1] == '(') {
      const std::size_t end = text.find(')', i);
      const std::string name = end == std::string::npos ? "" : text.substr(i + 2, end - i - 2);
      const auto found = variables.find(name);
      if (found == variables.end()) {
        out += text[i];
      } else {
        out += found->second;
        i = end;
      }
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string from_base64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                    text.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL);
  bytes.resize(size);
  return bytes;
}

json::value first_container(const json::object& pod) {
  return list_at(json::value(pod), {"spec", "containers"}).front();
}

}  // namespace

Kubelet::~Kubelet() {
  for (const auto& [uid, container] : containers_) {
    if (container.pid == 0 || container.wait_status) continue;
    ::kill(-container.pid, SIGKILL);
    ::waitpid(container.pid, nullptr, 0);
    kill_marked(uid);
  }
}

const std::vector<Kubelet::LogLine>* Kubelet::log_of(const std::string& pod_uid) const {
  const auto found = containers_.find(pod_uid);
  if (found == containers_.end() || found->second.pid == 0) return nullptr;
  return &found->second.log;
}

bool Kubelet::kill(const std::string& pod_uid) {
  const auto found = containers_.find(pod_uid);
  if (found == containers_.end() || found->second.pid == 0 || found->second.wait_status) {
    return false;
  }
  return ::kill(found->second.pid, SIGKILL) == 0;
}

std::vector<json::object> Kubelet::run() {
  std::vector<json::object> to_remove;
  for (json::object& pod : store_.list(pods(), "")) {
    const json::value whole = pod;
    if (text(whole, {"spec", "nodeName"}).empty()) {
      if (find_at(whole, {"metadata", "deletionTimestamp"}) != nullptr) to_remove.push_back(pod);
      continue;
    }
    if (look_after(pod)) to_remove.push_back(pod);
  }
  return to_remove;
}

void Kubelet::write_status(json::object& pod, json::object state, const std::string& phase) {
  const json::value container = first_container(pod);
  json::object& status = child(pod, "status");
  status["phase"] = phase;
  status["containerStatuses"] =
      json::array{{{"name", container.at("name")},
                   {"state", state},
                   {"lastState", json::object()},
                   {"ready", state.contains("running")},
                   {"restartCount", 0},
                   {"image", container.at("image")},
                   {"imageID", state.contains("waiting") ? "" : "stand-in"}}};
  pod = store_.update(pods(), pod);
}

bool Kubelet::look_after(json::object pod) {
  const json::value whole = pod;
  const std::string uid = text(whole, {"metadata", "uid"});
  const bool is_leaving = find_at(whole, {"metadata", "deletionTimestamp"}) != nullptr;
  const std::int64_t grace =
      number_at(whole, {"metadata", "deletionGracePeriodSeconds"})
          .value_or(number_at(whole, {"spec", "terminationGracePeriodSeconds"}).value_or(30));
  auto found = containers_.find(uid);
  if (found == containers_.end()) {
    if (is_leaving || has_ended(pod)) return is_leaving;
    found = containers_.try_emplace(uid).first;
    found->second.uid = uid;
    found->second.folder = folder_ + "/" + uid;
    child(pod, "status")["startTime"] = now_text();
  }
  Container& container = found->second;
  if (container.pid == 0) {
    if (is_leaving) return true;
    if (!has_ended(pod)) begin(container, pod);
    return false;
  }
  if (container.wait_status) return is_leaving;
  write_told(container, pod);
  const auto limit = number_at(whole, {"spec", "activeDeadlineSeconds"});
  const bool is_over = limit && Clock::now() - container.started >= std::chrono::seconds(*limit);
  if (is_over && !container.is_over_limit) {
    container.is_over_limit = true;
    json::object& status = child(pod, "status");
    status["phase"] = "Failed";
    status["reason"] = "DeadlineExceeded";
    status["message"] = "Pod was active on the node longer than the specified deadline";
    pod = store_.update(pods(), pod);
    tell_to_end(container,
                number_at(whole, {"spec", "terminationGracePeriodSeconds"}).value_or(30));
  }
  if (is_leaving) tell_to_end(container, grace);
  keep_memory(container, pod);
  if (container.kill_at && Clock::now() >= *container.kill_at) ::kill(container.pid, SIGKILL);
  read_output(container, false);
  int wait_status = 0;
  if (::waitpid(container.pid, &wait_status, WNOHANG) != container.pid) return false;
  container.wait_status = wait_status;
  reap(container);
  const int code =
      WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
  json::object ended = {{"exitCode", code},
                        {"reason", code == 0                     ? "Completed"
                                   : container.was_out_of_memory ? "OOMKilled"
                                                                 : "Error"},
                        {"startedAt", container.started_at},
                        {"finishedAt", now_text()}};
  const std::string words = file_text(container.words_path).substr(0, 4096);
  if (!words.empty()) ended["message"] = words;
  const bool is_failed = code != 0 || container.is_over_limit;
  write_status(pod, {{"terminated", std::move(ended)}}, is_failed ? "Failed" : "Succeeded");
  return is_leaving;
}

std::string Kubelet::placed(const Container& container, const json::object& pod,
                            std::string text_given) const {
  const json::value spec = first_container(pod);
  for (const json::value& mount : list_at(spec, {"volumeMounts"})) {
    replace_all(text_given, text(mount, {"mountPath"}),
                container.folder + "/" + text(mount, {"name"}));
  }
  replace_all(text_given, text(spec, {"terminationMessagePath"}), container.words_path);
  return text_given;
}

void Kubelet::begin(Container& container, json::object& pod) {
  const json::value spec = first_container(pod);
  const std::string image = text(spec, {"image"});
  if (image.starts_with("registry.invalid/")) {
    const bool is_late = Clock::now() - container.waiting_since > std::chrono::milliseconds(50);
    json::object waiting = {{"reason", "ErrImagePull"},
                            {"message",
                             "rpc error: code = Unknown desc = failed to resolve "
                             "reference \"" +
                                 image + "\": no such host"}};
    if (is_late) {
      waiting = {{"reason", "ImagePullBackOff"},
                 {"message", "Back-off pulling image \"" + image + "\""}};
    }
    return write_status(pod, {{"waiting", std::move(waiting)}}, "Pending");
  }
  std::map<std::string, std::string> variables;
  for (const json::value& env : list_at(spec, {"env"})) {
    const std::string name = text(env, {"name"});
    if (find_at(env, {"valueFrom"}) == nullptr) {
      variables[name] = expanded(text(env, {"value"}), variables);
      continue;
    }
    const std::string secret_name = text(env, {"valueFrom", "secretKeyRef", "name"});
    const std::string key = text(env, {"valueFrom", "secretKeyRef", "key"});
    const json::object* const secret =
        store_.find(*find_resource("", "secrets"), namespace_of(pod), secret_name);
    const json::value value = secret != nullptr ? json::value(*secret) : json::value();
    if (find_at(value, {"data", key}) == nullptr) {
      return write_status(pod,
                          {{"waiting",
                            {{"reason", "CreateContainerConfigError"},
                             {"message", "secret \"" + secret_name + "\" not found"}}}},
                          "Pending");
    }
    variables[name] = from_base64(text(value, {"data", key}));
  }
  container.words_path = container.folder + "/last-words";
  std::filesystem::create_directories(container.folder);
  for (const json::value& mount : list_at(spec, {"volumeMounts"})) {
    std::filesystem::create_directories(container.folder + "/" + text(mount, {"name"}));
  }
  std::ofstream(container.words_path).flush();
  write_told(container, pod);
  std::vector<std::string> command;
  for (const std::string_view part : {"command", "args"}) {
    for (const json::value& word : list_at(spec, {part})) {
      command.push_back(placed(container, pod, expanded(std::string(word.as_string()), variables)));
    }
  }
  std::vector<std::string> environment = {"PATH=/usr/local/bin:/usr/bin:/bin",
                                          "WEIR_STAND_IN_POD=" + container.uid};
  for (const auto& [name, value] : variables) {
    environment.push_back(name + "=" + placed(container, pod, value));
  }
  hand_out_devices(container, pod);
  if (const auto devices = container.devices.find("nvidia.com/gpu");
      devices != container.devices.end()) {
    environment.push_back(
        fmt::format("NVIDIA_VISIBLE_DEVICES=GPU-{}", fmt::join(devices->second, ",GPU-")));
  }
  std::string folder = placed(container, pod, text(spec, {"workingDir"}));
  if (folder.empty()) folder = container.folder;
  int pipe[2] = {-1, -1};
  if (::pipe2(pipe, O_CLOEXEC) != 0) return;
  container.output = base::Descriptor(pipe[0]);
  const base::Descriptor write_end(pipe[1]);
  ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], 1);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], 2);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);  // a port stays held by whom has it open
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (std::string& variable : environment) envp.push_back(variable.data());
  envp.push_back(nullptr);
  pid_t pid = 0;
  const int error = command.empty() ? ENOENT
                                    : ::posix_spawn(&pid, argv[0], &actions, &attributes,
                                                    argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    return write_status(pod,
                        {{"terminated",
                          {{"exitCode", 128},
                           {"reason", "StartError"},
                           {"message", "failed to create containerd task"},
                           {"startedAt", "1970-01-01T00:00:00Z"},
                           {"finishedAt", now_text()}}}},
                        "Failed");
  }
  container.pid = pid;
  container.started = Clock::now();
  container.started_at = now_text();
  write_status(pod, {{"running", {{"startedAt", container.started_at}}}}, "Running");
}

void Kubelet::keep_memory(Container& container, const json::object& pod) {
  const auto limit = backend::kubernetes::parse_amount(
      text(first_container(pod), {"resources", "limits", "memory"}));
  if (!limit || resident_bytes(container.pid) <= *limit) return;
  container.was_out_of_memory = true;
  kill_largest(container.pid);
}

// Files of the downward API: annotations, as they are now.
void Kubelet::write_told(const Container& container, const json::object& pod) const {
  const json::value whole = pod;
  for (const json::value& volume : list_at(whole, {"spec", "volumes"})) {
    for (const json::value& item : list_at(volume, {"downwardAPI", "items"})) {
      const std::string path = text(item, {"fieldRef", "fieldPath"});
      constexpr std::string_view begin = "metadata.annotations['";
      if (!path.starts_with(begin)) continue;
      const std::string name = path.substr(begin.size(), path.size() - begin.size() - 2);
      const std::string file =
          container.folder + "/" + text(volume, {"name"}) + "/" + text(item, {"path"});
      const std::string value = text(whole, {"metadata", "annotations", name});
      if (file_text(file) != value) std::ofstream(file) << value;
    }
  }
}

void Kubelet::tell_to_end(Container& container, std::int64_t grace_seconds) {
  const Clock::time_point kill_at = Clock::now() + std::chrono::seconds(grace_seconds);
  if (!container.kill_at) {
    ::kill(container.pid, SIGTERM);
    container.kill_at = kill_at;
  } else {
    container.kill_at = std::min(*container.kill_at, kill_at);
  }
}

void Kubelet::reap(Container& container) {
  kill_marked(container.uid);
  read_output(container, true);
  container.output.close();
}

void Kubelet::read_output(Container& container, bool is_end) {
  char buffer[64 * 1024];
  for (;;) {
    const ssize_t count = ::read(container.output.get(), buffer, sizeof buffer);
    if (count <= 0) break;
    container.partial.append(buffer, static_cast<std::size_t>(count));
  }
  for (std::size_t end = 0; (end = container.partial.find('\n')) != std::string::npos;) {
    container.log.push_back({now_ns(), container.partial.substr(0, end + 1)});
    container.partial.erase(0, end + 1);
  }
  if (is_end && !container.partial.empty()) {
    container.log.push_back({now_ns(), std::exchange(container.partial, "")});
  }
}

// Processes of a container that went to other groups and sessions.
void Kubelet::kill_marked(const std::string& uid) {
  const std::string mark = "WEIR_STAND_IN_POD=" + uid + std::string(1, '\0');
  bool any = true;
  for (int round = 0; any && round < 100; ++round) {
    any = false;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
      const pid_t pid = std::atoi(entry.path().filename().c_str());
      if (pid <= 1 || file_text(entry.path() / "environ").find(mark) == std::string::npos) continue;
      any = ::kill(pid, SIGKILL) == 0 || any;
    }
    if (any) ::usleep(1000);
  }
}

}  // namespace weir::kubernetes_stand_in
