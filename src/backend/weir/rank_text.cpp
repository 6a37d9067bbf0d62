#include "backend/weir/rank_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "backend/local/order_for_runner.h"
#include "base/descriptor.h"
#include "base/hash.h"
#include "base/json.h"
#include "model/job_file.h"

namespace weir::backend::inner {
namespace {

constexpr std::string_view own_names = "WEIR_";
// The line that begins a log; the words after them are a pid and a folder, or a sentence.
constexpr std::string_view begun_line = "weir: process ";
constexpr std::string_view folder_words = " in ";
constexpr std::string_view trouble_line = "weir: cannot begin: ";

std::string quoted(std::string_view word) {
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

// The devices are the inner Weir's to hand out: what it says of them is so.
bool is_ours_to_say(std::string_view name) {
  return name.starts_with(own_names) && name != "WEIR_DEVICES";
}

std::string exports(const RankOrder& order, const Naming& naming) {
  std::string text;
  for (const auto& [name, value] : order.environment) {
    if (is_ours_to_say(name)) text += "export " + name + "=" + quoted(value) + "\n";
  }
  for (const auto& [name, value] : order.secrets) {
    const std::string stored = naming.secret(order.key, name);
    if (value.empty()) {
      text += "export " + name + "=\n";
    } else {
      text += "export " + name + "=\"$" + stored + "\"; unset " + stored + "\n";
    }
  }
  return text;
}

std::string links(const RankOrder& order) {
  std::string text;
  for (const auto& [at, target] : order.inputs) {
    const auto fail = [&](const std::string& why) {
      return " { printf '" + std::string(trouble_line) + "%s\\n' " +
             quoted("input `" + at + "`: " + why) + "; exit " + std::to_string(code_of_trouble) +
             "; }\n";
    };
    text += "[ -e " + quoted(target) + " ] ||" + fail("there is nothing at " + target);
    if (const auto slash = at.rfind('/'); slash != std::string::npos) {
      text += "mkdir -p -- " + quoted(at.substr(0, slash)) + " || " +
              fail("there is no room for it in the job's folder").substr(1);
    }
    text += "ln -s -- " + quoted(target) + " " + quoted(at) + " ||" +
            fail("the job's own folder has something there already");
  }
  return text;
}

// A script with its own first line is run as a file; shell text goes on in the same shell, so that
// signals reach what they are meant for.
std::string body(const std::string& text, const std::string& file) {
  if (!text.starts_with("#!")) return text;
  const std::string mark = "WEIR_END_" + base::to_hex(base::sha256(text)).substr(0, 16);
  return "cat >\"$PWD/" + file + "\" <<'" + mark + "'\n" + text +
         (text.ends_with('\n') ? "" : "\n") + mark + "\nchmod 700 \"$PWD/" + file +
         "\"; exec \"$PWD/" + file + "\"\n";
}

model::MemoryForm memory_of(const RankOrder& order) {
  return {base::Range{order.memory_bytes.value_or(0), order.memory_bytes.value_or(0)}};
}

// A share of a device is said by a variable alone: to the order it is one of them.
std::uint32_t device_milli(const RankOrder& order) {
  const auto share = order.environment.find("WEIR_DEVICE_SHARE");
  if (share == order.environment.end()) return model::whole_device_milli;
  double part = 1;
  const std::string& text = share->second;
  std::from_chars(text.data(), text.data() + text.size(), part);
  return static_cast<std::uint32_t>(part * model::whole_device_milli + 0.5);
}

model::ResourcesForm resources_of(const RankOrder& order) {
  const std::int64_t cpus = std::max(order.cpu_count, 1U);
  model::ResourcesForm resources;
  resources.cpus = model::CpusForm{base::Range{cpus, cpus}};
  if (order.memory_bytes) resources.memory = memory_of(order);
  if (order.devices.empty()) return resources;
  model::DevicesForm devices;
  for (const auto& [model_name, count] : order.devices) {
    devices.counts.push_back({model_name, count});
  }
  devices.device_milli = device_milli(order);
  resources.devices = devices;
  return resources;
}

model::JobFile job_of(const RankOrder& order, const Naming& naming) {
  model::JobFile job;
  job.name = naming.job(order.key);
  job.project = naming.project();
  job.resources = resources_of(order);
  constexpr base::Duration limit_least = std::chrono::seconds(1);
  if (order.time_limit) job.limits.time = std::max(*order.time_limit, limit_least);
  // Whether to try again is for the outer Weir to say.
  job.retry.events.clear();
  job.retry.max = 0;
  if (order.notice_signal > 0) {
    job.retry.notice = model::NoticeForm{order.notice_signal, order.notice_before};
  }
  for (const auto& [name, value] : order.environment) {
    if (!name.starts_with(own_names) && !order.secrets.contains(name)) job.env[name] = value;
  }
  for (const auto& [name, value] : order.secrets) {
    if (!value.empty()) job.secrets.push_back(naming.secret(order.key, name));
  }
  if (const NodeName node = parse_node_name(order.node); !node.site.empty()) {
    job.where.sites.names = {node.site};
  }
  return job;
}

// Whoever packed it may have named it so; the inner Weir holds the bytes against the name.
base::Result<std::string> sha256_of(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const std::string stem = name.substr(0, name.find('.'));
  if (base::digest_from_hex(stem) && ::access(path.c_str(), R_OK) == 0) return stem;
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return base::fail_errno("open " + path, errno);
  base::Sha256 sum;
  std::array<char, 65'536> bytes{};
  for (;;) {
    const ssize_t count = ::read(file.get(), bytes.data(), bytes.size());
    if (count < 0) return base::fail_errno("read " + path, errno);
    if (count == 0) return base::to_hex(sum.digest());
    sum.add({bytes.data(), static_cast<std::size_t>(count)});
  }
}

}  // namespace

std::string Naming::job(const RankKey& key) const { return jobs() + to_text(key); }

std::optional<RankKey> Naming::key_of(std::string_view job) const {
  const std::string start = jobs();
  if (!job.starts_with(start)) return std::nullopt;
  const auto key = parse_rank_key(job.substr(start.size()));
  return key ? std::optional(*key) : std::nullopt;
}

std::string Naming::idempotency(const RankKey& key) const {
  return "weir-" + instance + "-" + site + "-" + to_text(key);
}

std::string Naming::secret(const RankKey& key, const std::string& name) const {
  std::string text = "WX_" + instance + "_" + to_text(key) + "_" + name;
  std::replace(text.begin(), text.end(), '.', '_');
  return text;
}

NodeName parse_node_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {"", std::string(text)};
  return {std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

std::string node_name(std::string_view site, std::string_view node) {
  return std::string(site).append("/").append(node);
}

base::Result<Parcel> parcel_of(const RankOrder& order, const Naming& naming) {
  if (std::string fault = local::fault_of(order); !fault.empty()) {
    return base::fail(base::ErrorCode::invalid, std::move(fault));
  }
  Parcel parcel;
  parcel.beside = exports(order, naming);
  const std::string line = "printf '" + std::string(begun_line) + "%s" + std::string(folder_words) +
                           "%s\\n' \"$$\" \"$PWD\"\n";
  const std::string first = parcel.beside + links(order) + line;
  const std::string name = ".weir-" + to_text(order.key);
  model::JobFile job = job_of(order, naming);
  if (!order.setup.empty()) job.setup = first + body(order.setup, name + ".setup");
  job.run = (order.setup.empty() ? first : parcel.beside + line) + body(order.run, name);
  for (const auto& [secret, value] : order.secrets) {
    if (!value.empty()) parcel.secrets[naming.secret(order.key, secret)] = value;
  }
  parcel.folder_archive = order.workdir_archive;
  if (!order.workdir_archive.empty()) {
    parcel.folder_sha256 = WEIR_TRY(sha256_of(order.workdir_archive));
    job.workdir = "sha256:" + parcel.folder_sha256;
  }
  parcel.job = base::to_json(job);
  return parcel;
}

std::optional<Head> head_of(std::string_view log_begin) {
  constexpr std::size_t line_most = 16'384;
  const std::size_t end = log_begin.find('\n');
  const std::string_view line = log_begin.substr(0, end);
  const bool may_be_ours =
      line.substr(0, begun_line.size()) == begun_line.substr(0, line.size()) ||
      line.substr(0, trouble_line.size()) == trouble_line.substr(0, line.size());
  if (!may_be_ours || line.size() > line_most) return Head{};
  if (end == std::string_view::npos) return std::nullopt;
  Head head;
  head.size = static_cast<std::int64_t>(end) + 1;
  if (line.starts_with(trouble_line)) {
    head.trouble = line.substr(trouble_line.size());
    return head;
  }
  const std::string_view rest = line.substr(begun_line.size());
  const std::size_t words = rest.find(folder_words);
  if (words == std::string_view::npos) return Head{};
  std::from_chars(rest.data(), rest.data() + words, head.pid);
  head.folder = rest.substr(words + folder_words.size());
  return head;
}

}  // namespace weir::backend::inner
