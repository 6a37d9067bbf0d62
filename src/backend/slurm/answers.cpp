#include "backend/slurm/answers.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <functional>
#include <optional>

#include "backend/slurm/host_list.h"

namespace weir::backend::slurm {
namespace {

constexpr std::size_t job_fields = 9;

// Calls `take` with each part between separators.
void split(std::string_view text, char separator,
           const std::function<void(std::string_view)>& take) {
  while (true) {
    const std::size_t at = text.find(separator);
    take(text.substr(0, at));
    if (at == std::string_view::npos) return;
    text.remove_prefix(at + 1);
  }
}

template <typename Number>
Number number_of(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The values of one line "Key=value Key=value", where values may hold blanks and "=". The first of
// a key counts: what people word freely (a reason, a comment) stands behind what is read here.
class Fields {
 public:
  explicit Fields(std::string_view line) {
    std::string_view key;
    std::size_t value_at = 0;
    std::size_t at = 0;
    while (at < line.size()) {
      const std::size_t blank = std::min(line.find(' ', at), line.size());
      const std::string_view word = line.substr(at, blank - at);
      const std::size_t equals = word.find('=');
      if (equals != std::string_view::npos && is_key(word.substr(0, equals))) {
        keep(key, line.substr(value_at, at - value_at));
        key = word.substr(0, equals);
        value_at = at + equals + 1;
      }
      at = blank + 1;
    }
    keep(key, line.substr(std::min(value_at, line.size())));
  }

  [[nodiscard]] std::string_view operator[](std::string_view key) const {
    const auto found = values_.find(key);
    return found == values_.end() || found->second == "(null)" ? std::string_view() : found->second;
  }

 private:
  static bool is_key(std::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    });
  }
  void keep(std::string_view key, std::string_view value) {
    if (key.empty()) return;
    while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
    values_.emplace(key, value);
  }

  std::map<std::string_view, std::string_view> values_;
};

std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> words;
  split(list, ',', [&](std::string_view word) {
    if (!word.empty()) words.emplace_back(word);
  });
  return words;
}

// "gpu:a100:2(IDX:0-1)" → "gpu:a100", 2
void take_gres(std::string_view entry, std::map<std::string, std::uint32_t>& gres) {
  if (entry.starts_with("gres:") || entry.starts_with("gres/")) entry.remove_prefix(5);
  std::string name;
  std::optional<std::uint32_t> count;
  std::string word;
  int depth = 0;
  const auto end_word = [&] {
    if (is_number(word)) {
      count = number_of<std::uint32_t>(word);
    } else if (!word.empty()) {
      name += (name.empty() ? "" : ":") + word;
    }
    word.clear();
  };
  for (const char c : entry) {
    if (c == '(') ++depth;
    if (depth == 0 && (c == ':' || c == '=')) {
      end_word();
    } else if (depth == 0) {
      word += c;
    }
    if (c == ')' && depth > 0) --depth;
  }
  end_word();
  if (!name.empty() && name != "N/A") gres[name] += count.value_or(1);
}

void take_job(std::string_view line, std::vector<Job>& jobs) {
  std::array<std::string_view, job_fields> fields;
  std::size_t count = 0;
  split(line, '|', [&](std::string_view field) {
    if (count < fields.size()) fields.at(count) = field;
    ++count;
  });
  if (count != fields.size() || !is_number(fields[0])) return;
  Job job;
  job.number = number_of<JobNumber>(fields[0]);
  job.state = job_state_of(fields[1]);
  job.state_name = fields[1];
  job.cpus = number_of<std::uint32_t>(fields[2]);
  job.memory_mib = parse_mebibytes(fields[3]);
  job.gres = parse_gres(fields[4]);
  job.nodes = fields[5];
  job.reason = fields[6];
  job.comment = fields[7];
  job.name = fields[8];
  if (job.number != 0) jobs.push_back(std::move(job));
}

}  // namespace

std::vector<Job> parse_jobs(std::string_view text) {
  std::vector<Job> jobs;
  split(text, '\n', [&](std::string_view line) { take_job(line, jobs); });
  return jobs;
}

std::vector<NodeFacts> parse_nodes(std::string_view text) {
  std::vector<NodeFacts> nodes;
  split(text, '\n', [&](std::string_view line) {
    const Fields fields(line);
    NodeFacts node;
    node.name = fields["NodeName"];
    if (node.name.empty()) return;
    node.state = fields["State"];
    // Newer versions keep processors back for themselves, and say what is left.
    const std::string_view usable = fields["CPUEfctv"];
    node.cpus = number_of<std::uint32_t>(usable.empty() ? fields["CPUTot"] : usable);
    node.cpus_used = number_of<std::uint32_t>(fields["CPUAlloc"]);
    const auto reserved = number_of<std::uint64_t>(fields["MemSpecLimit"]);
    const auto memory = number_of<std::uint64_t>(fields["RealMemory"]);
    node.memory_mib = memory - std::min(memory, reserved);
    node.memory_used_mib = number_of<std::uint64_t>(fields["AllocMem"]);
    node.gres = parse_gres(fields["Gres"]);
    node.gres_used = parse_gres(fields["GresUsed"]);
    node.features = words_of(fields["ActiveFeatures"]);
    node.partitions = words_of(fields["Partitions"]);
    nodes.push_back(std::move(node));
  });
  return nodes;
}

std::vector<Switch> parse_switches(std::string_view text) {
  std::vector<Switch> switches;
  split(text, '\n', [&](std::string_view line) {
    const Fields fields(line);
    Switch found;
    found.name = fields["SwitchName"];
    auto nodes = expand_host_list(fields["Nodes"]);
    if (found.name.empty() || !nodes) return;
    found.level = number_of<std::uint32_t>(fields["Level"]);
    found.nodes = std::move(*nodes);
    switches.push_back(std::move(found));
  });
  return switches;
}

Settings parse_settings(std::string_view text) {
  std::string task_plugin;
  std::string constrains;
  split(text, '\n', [&](std::string_view line) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return;
    std::string_view key = line.substr(0, equals);
    std::string_view value = line.substr(equals + 1);
    while (!key.empty() && key.back() == ' ') key.remove_suffix(1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    if (key == "TaskPlugin") task_plugin = value;
    if (key == "ConstrainRAMSpace") constrains = value;
  });
  Settings settings;
  settings.limits_memory =
      task_plugin.find("cgroup") != std::string::npos && constrains.starts_with("yes");
  return settings;
}

Version parse_version(std::string_view text) {
  Version version;
  const std::size_t at = text.find_first_of("0123456789");
  if (at == std::string_view::npos) return version;
  text.remove_prefix(at);
  version.text = text.substr(0, text.find_first_of(" \r\n"));
  version.year = number_of<int>(text);
  const std::size_t dot = text.find('.');
  if (dot != std::string_view::npos) version.month = number_of<int>(text.substr(dot + 1));
  return version;
}

JobNumber parse_job_number(std::string_view text) {
  const std::string_view digits = text.substr(0, text.find_first_of(";\r\n"));
  return is_number(digits) ? number_of<JobNumber>(digits) : 0;
}

std::map<std::string, std::uint32_t> parse_gres(std::string_view text) {
  std::map<std::string, std::uint32_t> gres;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (c == '(') ++depth;
    if (c == ')' && depth > 0) --depth;
    if ((c != ',' || depth > 0) && i < text.size()) continue;
    take_gres(text.substr(begin, i - begin), gres);
    begin = i + 1;
  }
  return gres;
}

std::uint64_t parse_mebibytes(std::string_view text) {
  constexpr std::uint64_t most = std::uint64_t{1} << 40;  // an exbibyte: nobody has more
  const std::size_t unit_at = text.find_first_not_of("0123456789.");
  const char unit = unit_at == std::string_view::npos ? 'M' : text[unit_at];
  const std::uint64_t factor = unit == 'T' ? 1024 * 1024 : unit == 'G' ? 1024 : 1;
  const std::uint64_t whole = std::min(number_of<std::uint64_t>(text), most);
  std::uint64_t value = whole * factor;
  const std::size_t dot = text.find('.');
  if (dot < text.size() && (unit_at == std::string_view::npos || dot < unit_at)) {
    const std::string_view digits = text.substr(dot + 1, 2);
    std::uint64_t scale = 1;
    for (const char c : digits) {
      if (c < '0' || c > '9') break;
      scale *= 10;
    }
    if (scale > 1)
      value += std::min<std::uint64_t>(number_of<std::uint64_t>(digits), 99) * factor / scale;
  }
  return unit == 'K' ? (value + 1023) / 1024 : value;
}

bool is_refusal(std::string_view error_text) {
  constexpr std::string_view answered = "Batch job submission failed:";
  // With these the controller may be away, busy, or have taken the job before the answer was lost.
  constexpr std::array<std::string_view, 14> unsure = {
      "unable to contact",  "timed out",      "zero bytes",
      "temporarily",        "connection",     "socket",
      "communication",      "message send",   "message rec",
      "unexpected message", "header lengths", "standby",
      "authentication",     "submit limit"};
  // What sbatch finds wrong by itself it does not ask the controller about.
  if (error_text.find("error: Invalid ") != std::string_view::npos) return true;
  if (error_text.find(answered) == std::string_view::npos) return false;
  std::string lower;
  for (const char c : error_text) {
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return std::none_of(unsure.begin(), unsure.end(), [&](std::string_view words) {
    return lower.find(words) != std::string::npos;
  });
}

}  // namespace weir::backend::slurm
