#include "cli/slurm/batch_script.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/quantity.h"
#include "cli/slurm/amounts.h"
#include "cli/slurm/batch_run.h"

namespace weir::cli::slurm {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

// What was asked for, before it is put together.
struct Asked {
  Batch batch;
  std::optional<std::int64_t> tasks, tasks_per_node, cpus_per_task, memory, memory_per_cpu;
  std::string devices;  // "nvidia-h100:2"
  RunPlace place;
  std::string wrapped;  // --wrap
};

Status wrong(std::string message, std::string hint = {}) {
  return base::fail(ErrorCode::invalid, std::move(message), {}, std::move(hint));
}
Status not_here(std::string message, std::string hint) {
  return base::fail(ErrorCode::refused, std::move(message), {}, std::move(hint));
}

Status read_count(std::string_view value, std::optional<std::int64_t>& into) {
  const auto number = whole(value);
  if (!number || *number < 1 || *number > std::numeric_limits<std::int32_t>::max()) {
    return wrong("`" + std::string(value) + "` is not a number from 1 on");
  }
  into = *number;
  return {};
}

// "h100:2", "gpu:h100:2", "gpu:2" of a --gres, or what stands behind --gpus.
Status read_devices(std::string_view value, bool of_gres, Asked& asked) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t colon = value.find(':');
    parts.emplace_back(value.substr(0, colon));
    if (colon == std::string_view::npos) break;
    value.remove_prefix(colon + 1);
  }
  if (of_gres) parts.erase(parts.begin());
  std::string count = "1";
  if (!parts.empty() && whole(parts.back())) {
    count = parts.back();
    parts.pop_back();
  }
  if (parts.size() != 1 || parts.front().empty()) {
    return not_here(
        "names no model of device, and Weir has many",
        "say which: --gres=gpu:nvidia-h100:" + count + "; those there are: weir devices");
  }
  asked.devices = parts.front() + ":" + count;
  return {};
}

Status read_gres(std::string_view value, Asked& asked) {
  if (value == "none") return {};
  if (value.find(',') != std::string_view::npos) {
    return not_here("asks for several kinds of devices at once", "ask for one of them");
  }
  return read_devices(value, /*of_gres=*/true, asked);
}

Status read_gpus(std::string_view value, Asked& asked) {
  return read_devices(value, /*of_gres=*/false, asked);
}

Status read_nodes(std::string_view value, Asked&) {
  const auto least = whole(value.substr(0, value.find('-')));
  if (!least || *least < 1) return wrong("`" + std::string(value) + "` is no number of nodes");
  if (*least > 1) {
    return not_here(
        "a script on several nodes starts its other tasks by srun, which Weir does not have",
        "a job file with `nodes: " + std::to_string(*least) +
            "` starts its command on each of them: weir submit");
  }
  return {};
}

// "[{R|B}:]SIG[@SECONDS]"
Status read_signal(std::string_view value, Asked& asked) {
  if (value.size() > 1 && value[1] == ':') value.remove_prefix(2);
  const std::size_t at = value.find('@');
  const auto number = model::signal_number(value.substr(0, at));
  constexpr std::int64_t usual_seconds = 60;
  const auto before =
      at == std::string_view::npos ? std::optional(usual_seconds) : whole(value.substr(at + 1));
  if (!number || !before || *before < 0) {
    return wrong("`" + std::string(value) + "` is no signal", "write it like USR1@120");
  }
  asked.batch.notice = model::NoticeForm{*number, std::chrono::seconds(*before)};
  return {};
}

Status read_time(std::string_view value, Asked& asked) {
  const auto time = WEIR_TRY(parse_slurm_time(value));
  asked.batch.job.time.reset();
  if (time) asked.batch.job.time = base::format_duration_exact(*time);
  return {};
}

Status read_memory(std::string_view value, std::optional<std::int64_t>& into) {
  if (value == "0") {
    return not_here("asks for all memory of a node, whatever that is", "say how much: --mem=16G");
  }
  into = WEIR_TRY(parse_slurm_memory(value));
  return {};
}

Status read_export(std::string_view value, Asked& asked) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view word = value.substr(0, comma);
    if (word.find('=') != std::string_view::npos) {
      asked.batch.job.env.emplace_back(word);
    } else if (word != "NONE" && word != "NIL") {
      asked.batch.passed_over.push_back(
          "--export=" + std::string(word) +
          ": jobs get no variables of the shell that submits them; name them with their values");
    }
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return {};
}

// ---- the options there are

using Take = Status (*)(std::string_view value, Asked& asked);

template <auto Field>
Status job_text(std::string_view value, Asked& asked) {
  asked.batch.job.*Field = value;
  return {};
}
template <auto Field>
Status place_text(std::string_view value, Asked& asked) {
  asked.place.*Field = value;
  return {};
}
template <auto Field, bool Is = true>
Status mark(std::string_view, Asked& asked) {
  asked.batch.*Field = Is;
  return {};
}
template <auto Field>
Status count(std::string_view value, Asked& asked) {
  return read_count(value, asked.*Field);
}
template <auto Field>
Status memory(std::string_view value, Asked& asked) {
  return read_memory(value, asked.*Field);
}
Status wrapped(std::string_view value, Asked& asked) {
  asked.wrapped = value;
  return {};
}

struct Option {
  std::string_view name;
  char letter;
  bool has_value;
  Take take;                 // null: see `instead`
  std::string_view instead;  // why it is not there, and what is; with `harmless`: passed over
  bool harmless = false;
};

constexpr const char* no_mail = "Weir sends no mail";
constexpr const char* by_weir = "Weir decides it";

const auto& options() {
  static const std::array all{
      Option{"job-name", 'J', true, job_text<&JobFlags::name>, ""},
      Option{"nodes", 'N', true, read_nodes, ""},
      Option{"ntasks", 'n', true, count<&Asked::tasks>, ""},
      Option{"ntasks-per-node", 0, true, count<&Asked::tasks_per_node>, ""},
      Option{"cpus-per-task", 'c', true, count<&Asked::cpus_per_task>, ""},
      Option{"mem", 0, true, memory<&Asked::memory>, ""},
      Option{"mem-per-cpu", 0, true, memory<&Asked::memory_per_cpu>, ""},
      Option{"gres", 0, true, read_gres, ""},
      Option{"gpus", 'G', true, read_gpus, ""},
      Option{"gpus-per-node", 0, true, read_gpus, ""},
      Option{"time", 't', true, read_time, ""},
      Option{"array", 'a', true, job_text<&JobFlags::array>, ""},
      Option{"account", 'A', true, job_text<&JobFlags::project>, ""},
      Option{"chdir", 'D', true, place_text<&RunPlace::folder>, ""},
      Option{"output", 'o', true, place_text<&RunPlace::output>, ""},
      Option{"error", 'e', true, place_text<&RunPlace::error>, ""},
      Option{"signal", 0, true, read_signal, ""},
      Option{"export", 0, true, read_export, ""},
      Option{"wrap", 0, true, wrapped, ""},
      Option{"requeue", 0, false, mark<&Batch::again>, ""},
      Option{"no-requeue", 0, false, mark<&Batch::again, false>, ""},
      Option{"wait", 'W', false, mark<&Batch::waits>, ""},
      Option{"parsable", 0, false, mark<&Batch::only_number>, ""},
      Option{"test-only", 0, false, mark<&Batch::only_tested>, ""},
      Option{"hold", 'H', false, nullptr, "submit it, and then: weir hold JOB"},
      Option{"mail-type", 0, true, nullptr, no_mail, true},
      Option{"mail-user", 0, true, nullptr, no_mail, true},
      Option{"comment", 0, true, nullptr, "Weir keeps no comments", true},
      Option{"open-mode", 0, true, nullptr, "output is written anew", true},
      Option{"quiet", 'Q', false, nullptr, "there is little to be quiet about", true},
      Option{"verbose", 'v', false, nullptr, "weir explain says more", true},
      Option{"cpu-bind", 0, true, nullptr, by_weir, true},
      Option{"mem-bind", 0, true, nullptr, by_weir, true},
      Option{"hint", 0, true, nullptr, by_weir, true},
      Option{"distribution", 'm', true, nullptr, by_weir, true},
      Option{"get-user-env", 0, false, nullptr, "a job's environment is its own", true},
      Option{"partition", 'p', true, nullptr,
             "Weir has sites, and chooses the best; `where: {sites: [...]}` in a job file"},
      Option{"qos", 'q', true, nullptr, "Weir has priorities and projects; --account=PROJECT"},
      Option{"dependency", 'd', true, nullptr,
             "submit the next one when this has ended: weir wait"},
      Option{"begin", 'b', true, nullptr, "submit it then"},
      Option{"deadline", 0, true, nullptr, "`limits: {deadline: ...}` in a job file"},
      Option{"priority", 0, true, nullptr, "from 0 to 100 in a job file: `priority: 60`"},
      Option{"nice", 0, true, nullptr, "from 0 to 100 in a job file: `priority: 40`"},
      Option{"exclusive", 0, false, nullptr, "ask for all processors of a node: --cpus-per-task"},
      Option{"constraint", 'C', true, nullptr, "ask for a model of device: --gres=gpu:MODEL:1"},
      Option{"reservation", 0, true, nullptr, "Weir promises starts instead; weir explain"},
      Option{"nodelist", 'w', true, nullptr,
             "Weir chooses nodes; `where` in a job file names sites"},
      Option{"exclude", 'x', true, nullptr,
             "Weir chooses nodes; `where` in a job file names sites"},
      Option{"licenses", 'L', true, nullptr, "Weir knows of no licences"},
      Option{"gpus-per-task", 0, true, nullptr, "--gpus-per-node"},
      Option{"tmp", 0, true, nullptr, "Weir counts no scratch space"},
      Option{"input", 'i', true, nullptr, "read it in the script: < FILE"},
      Option{"uid", 0, true, nullptr, "work runs as whoever holds the token"},
  };
  return all;
}

const Option* by_name(std::string_view name) {
  const auto at = std::ranges::find(options(), name, &Option::name);
  return at == options().end() ? nullptr : &*at;
}
const Option* by_letter(char letter) {
  const auto at = std::ranges::find(options(), letter, &Option::letter);
  return letter == 0 || at == options().end() ? nullptr : &*at;
}

// ---- words

class Reader {
 public:
  explicit Reader(std::string folder) { asked_.place.folder = std::move(folder); }

  // Up to the first that is no option; returns its number.
  std::size_t read(std::span<const std::string> words, const base::Place& place) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string& word = words[i];
      if (word.size() < 2 || word.front() != '-') return i;
      if (word == "--") return i + 1;
      const bool is_long = word[1] == '-';
      const std::size_t equals = is_long ? word.find('=') : std::string::npos;
      const std::string name = is_long ? word.substr(2, equals - 2) : std::string(1, word[1]);
      const Option* const option = is_long ? by_name(name) : by_letter(word[1]);
      const std::string said = is_long ? "--" + name : "-" + name;
      if (option == nullptr) {
        complain({ErrorCode::invalid, "is no option of sbatch that Weir knows", said, {}, place});
        continue;
      }
      std::string value;
      const bool attached = is_long ? equals != std::string::npos : word.size() > 2;
      if (attached) {
        value = word.substr(is_long ? equals + 1 : 2);
      } else if (option->has_value) {
        if (i + 1 == words.size()) {
          complain({ErrorCode::invalid, "says nothing behind it", said, {}, place});
          break;
        }
        value = words[++i];
      }
      take(*option, said, value, place);
    }
    return words.size();
  }

  void read_lines(const std::string& script, const std::string& file) {
    base::Place place{file, 0, 1};
    std::size_t begin = 0;
    while (begin < script.size()) {
      const std::size_t end = std::min(script.find('\n', begin), script.size());
      const std::string_view line = std::string_view(script).substr(begin, end - begin);
      begin = end + 1;
      ++place.line;
      if (line.starts_with("#SBATCH")) {
        (void)read(words_of(line.substr(std::string_view("#SBATCH").size())), place);
      } else if (!line.empty() && line.front() != '#') {
        return;  // what comes behind the first command is none of sbatch's
      }
    }
  }

  void complain(Error error) { problems_.push_back(std::move(error)); }
  Asked& asked() { return asked_; }
  std::vector<Error>& problems() { return problems_; }

  // Words of a line, with quotes; a `#` that begins a word ends it.
  static std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = 0;
    for (const char c : line) {
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else {
          word += c;
        }
      } else if (c == '"' || c == '\'') {
        quote = c;
        in_word = true;
      } else if (c == ' ' || c == '\t' || c == '\r') {
        if (in_word) words.push_back(std::exchange(word, {}));
        in_word = false;
      } else if (c == '#' && !in_word) {
        break;
      } else {
        word += c;
        in_word = true;
      }
    }
    if (in_word) words.push_back(word);
    return words;
  }

 private:
  void take(const Option& option, const std::string& said, const std::string& value,
            const base::Place& place) {
    if (option.take == nullptr) {
      if (option.harmless) {
        asked_.batch.passed_over.push_back("--" + std::string(option.name) + ": " +
                                           std::string(option.instead));
      } else {
        complain(
            {ErrorCode::refused, "is not there in Weir", said, std::string(option.instead), place});
      }
      return;
    }
    const Status status = option.take(value, asked_);
    if (status) return;
    Error error = status.error();
    error.field = said;
    error.place = place;
    complain(std::move(error));
  }

  Asked asked_;
  std::vector<Error> problems_;
};

// Processors and memory of its one node.
Status put_together(Asked& asked) {
  JobFlags& job = asked.batch.job;
  const std::int64_t tasks = asked.tasks.value_or(asked.tasks_per_node.value_or(1));
  const std::int64_t each = asked.cpus_per_task.value_or(1);
  const std::int64_t cpus = tasks * each;  // each below 2^31
  job.cpus = std::to_string(cpus);
  if (asked.memory_per_cpu) {
    if (*asked.memory_per_cpu > std::numeric_limits<std::int64_t>::max() / cpus) {
      return base::fail(ErrorCode::invalid, "comes to more memory than there is", "--mem-per-cpu");
    }
    asked.memory = *asked.memory_per_cpu * cpus;
  }
  if (asked.memory) job.memory = std::to_string(*asked.memory) + "B";
  if (!asked.devices.empty()) job.devices = asked.devices;
  asked.place.tasks = tasks;
  asked.place.cpus_per_task = each;
  return {};
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

BatchReading read_batch(std::span<const std::string> words, const std::string& folder,
                        const ReadFile& read_file) {
  // The lines of the script first, so that the words overrule them.
  Reader first(folder);
  const std::size_t behind = first.read(words, {});
  Reader reader(folder);
  std::string script;
  std::string name = "wrap";
  if (first.asked().wrapped.empty()) {
    const std::string file = behind < words.size() ? words[behind] : "-";
    auto text = read_file(file);
    if (!text) {
      BatchReading failed;
      failed.problems.push_back(std::move(text).error());
      return failed;
    }
    script = *std::move(text);
    if (!script.starts_with("#!")) {
      reader.complain({ErrorCode::invalid,
                       "does not begin with `#!` and the path of a shell",
                       {},
                       "#!/bin/sh",
                       {file, 1, 1}});
    }
    name = file == "-" ? "sbatch" : base_name(file);
    reader.read_lines(script, file);
  } else if (behind < words.size()) {
    reader.complain(
        {ErrorCode::invalid, "comes with a script; it is one or the other", "--wrap", {}, {}});
  }
  (void)reader.read(words, {});
  Asked& asked = reader.asked();
  if (auto whole_job = put_together(asked); !whole_job) {
    reader.complain(std::move(whole_job).error());
  }
  if (!asked.wrapped.empty()) script = "#!/bin/sh\n" + asked.wrapped + "\n";
  if (!asked.batch.job.name) asked.batch.job.name = name;
  std::vector<std::string> arguments;
  for (std::size_t i = behind + 1; i < words.size(); ++i) arguments.push_back(words[i]);
  asked.place.is_array = asked.batch.job.array.has_value();
  asked.batch.job.command = {run_text(script, arguments, asked.place)};
  BatchReading reading{std::move(asked.batch), std::move(reader.problems())};
  return reading;
}

}  // namespace weir::cli::slurm
