#include "model/job_file.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/read.h"
#include "model/job_data.h"

namespace weir::model {

using base::Document;
using base::Error;
using base::ErrorCode;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr std::uint32_t nodes_max = 100'000;
constexpr std::uint32_t array_tasks_max = 1'000'000;
constexpr std::uint64_t steps_most = 1'000'000'000'000;
constexpr std::int64_t micro_steps = 1'000'000;  // in a step

constexpr std::size_t text_max = 256 << 10;

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  };
  if (name.empty() || !letter(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

Status check_env(const std::map<std::string, std::string>& env, const std::string& field) {
  for (const auto& [name, value] : env) {
    const std::string at = field + "." + name;
    if (!is_variable_name(name)) {
      return fail(ErrorCode::invalid, "`" + name + "` is no name of an environment variable", at,
                  "use letters, digits and _, not beginning with a digit");
    }
    if (name.starts_with("WEIR_")) {
      return fail(ErrorCode::invalid, "names that begin with WEIR_ are set by Weir itself", at,
                  "choose another name");
    }
    if (value.find('\0') != std::string::npos) {
      return fail(ErrorCode::invalid, "holds a zero byte", at);
    }
  }
  return {};
}

Status check_text(const std::string& text, const std::string& field) {
  if (text.size() > text_max) {
    return fail(ErrorCode::too_large,
                "is " + std::to_string(text.size()) + " bytes long, at most " +
                    std::to_string(text_max) + " are taken",
                field, "put it into a script in the workdir");
  }
  if (text.find('\0') != std::string::npos) {
    return fail(ErrorCode::invalid, "holds a zero byte", field);
  }
  return {};
}

Status check_label(const std::string& text, const std::string& field) {
  const bool good = text.size() <= 128 && std::none_of(text.begin(), text.end(), [](char c) {
                      return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
                    });
  if (good) return {};
  return fail(ErrorCode::invalid, "is not one line of at most 128 bytes", field);
}

Result<ResourceOption> option_of(const ResourcesForm& around, const ResourceAlternative& form,
                                 const std::string& field) {
  ResourceOption option;
  const CpusForm cpus = form.cpus.value_or(around.cpus.value_or(CpusForm{}));
  const MemoryForm memory = form.memory.value_or(around.memory.value_or(MemoryForm{}));
  constexpr std::int64_t cpus_max = 1'000'000;
  if (cpus.range.least < 1 || cpus.range.most.value_or(1) > cpus_max ||
      cpus.range.least > cpus_max) {
    return fail(ErrorCode::invalid, text_of(cpus) + " is not between 1 and 1000000",
                field + "cpus");
  }
  option.cpus = static_cast<std::uint32_t>(cpus.range.least);
  if (cpus.range.most && *cpus.range.most != cpus.range.least) {
    option.cpus_most = static_cast<std::uint32_t>(*cpus.range.most);
  }
  option.memory_bytes = memory.range.least;
  constexpr std::int64_t memory_least = 1 << 20;
  if (option.memory_bytes != 0 && option.memory_bytes < memory_least) {
    return fail(ErrorCode::invalid,
                std::to_string(option.memory_bytes) + " bytes of memory hold no program",
                field + "memory", "sizes take a unit: 512MiB, 4GiB");
  }
  if (memory.range.most && *memory.range.most != memory.range.least) {
    option.memory_bytes_most = *memory.range.most;
  }
  const DevicesForm devices = form.devices.value_or(around.devices.value_or(DevicesForm{}));
  option.devices = devices.counts;
  option.device_milli = devices.device_milli;
  option.env = around.env;
  for (const auto& [name, value] : form.env) option.env[name] = value;
  WEIR_TRY_STATUS(check_env(option.env, field + "env"));
  return option;
}

Result<std::vector<ResourceOption>> options_of(const ResourcesForm& form) {
  if (!form.any_of.empty() && !form.ordered.empty()) {
    return fail(ErrorCode::invalid, "cannot stand beside `any_of`", "resources.ordered",
                "keep one of the two");
  }
  const bool any = !form.any_of.empty();
  const auto& alternatives = any ? form.any_of : form.ordered;
  std::vector<ResourceOption> options;
  if (alternatives.empty()) {
    options.push_back(WEIR_TRY(option_of(form, {}, "resources.")));
  }
  constexpr std::size_t alternatives_max = 32;
  if (alternatives.size() > alternatives_max) {
    return fail(ErrorCode::too_large, "has more than 32 alternatives",
                any ? "resources.any_of" : "resources.ordered");
  }
  for (std::size_t i = 0; i < alternatives.size(); ++i) {
    const std::string field =
        std::string("resources.") + (any ? "any_of" : "ordered") + "[" + std::to_string(i) + "].";
    options.push_back(WEIR_TRY(option_of(form, alternatives[i], field)));
  }
  return options;
}

Result<std::string> workdir_of(const std::string& text) {
  if (text.empty()) return text;
  constexpr std::string_view prefix = "sha256:";
  const std::string_view digest =
      std::string_view(text).substr(std::min(prefix.size(), text.size()));
  const bool hex = digest.size() == 64 && std::all_of(digest.begin(), digest.end(), [](char c) {
                     return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                   });
  if (text.starts_with(prefix) && hex) return std::string(digest);
  return fail(ErrorCode::invalid, "`" + text + "` is no uploaded folder", "workdir",
              "upload it with PUT /v1/blobs/{sha256} and write sha256:…; `weir run` does both");
}

Status check_limits(const JobFile& file) {
  if (file.nodes.count < 1 || std::max(file.nodes.count, file.nodes.most) > nodes_max) {
    return fail(ErrorCode::invalid,
                text_of(file.nodes) + " is not between 1 and " + std::to_string(nodes_max),
                "nodes");
  }
  if (file.priority < 0 || file.priority > 100) {
    return fail(ErrorCode::invalid, std::to_string(file.priority) + " is not between 0 and 100",
                "priority");
  }
  if (file.array && file.array->spec.size() > array_tasks_max) {
    return fail(ErrorCode::too_large,
                "has " + std::to_string(file.array->spec.size()) + " tasks, at most " +
                    std::to_string(array_tasks_max) + " are taken",
                "array", "split it into several jobs");
  }
  if (file.limits.time && *file.limits.time < base::Duration(1'000'000)) {
    return fail(ErrorCode::invalid,
                "`" + base::format_duration_exact(*file.limits.time) + "` is less than a second",
                "limits.time", "write it like 30m, 24h or 7d");
  }
  constexpr base::Duration delay_most = std::chrono::hours(24 * 366);
  if (file.flexibility.max_delay < base::Duration(0) || file.flexibility.max_delay > delay_most) {
    return fail(ErrorCode::invalid,
                "`" + base::format_duration_exact(file.flexibility.max_delay) +
                    "` is not between 0 and a year",
                "flexibility.max_delay", "write it like 6h; leave it out if it may not wait");
  }
  if (file.flexibility.pausable && !file.retry.checkpoint_every) {
    return fail(ErrorCode::invalid,
                "needs retry.checkpoint_every: what is paused goes on from its last checkpoint",
                "flexibility.pausable", "add retry: {checkpoint_every: 30m}, or leave it out");
  }
  constexpr std::uint32_t retries_max = 100;
  if (file.retry.max > retries_max) {
    return fail(ErrorCode::invalid, std::to_string(file.retry.max) + " is not between 0 and 100",
                "retry.max");
  }
  if (file.steps && (*file.steps == 0 || *file.steps > steps_most)) {
    return fail(ErrorCode::invalid, std::to_string(*file.steps) + " is not between 1 and 10^12",
                "steps", "leave it out where nobody knows");
  }
  const auto& every = file.retry.checkpoint_every;
  if (every && *every < std::chrono::seconds(1)) {
    return fail(ErrorCode::invalid,
                "`" + base::format_duration_exact(*every) + "` is less than a second",
                "retry.checkpoint_every", "write it like 30m; leave it out if there are none");
  }
  if (file.kind == JobKind::service) {
    return fail(ErrorCode::refused, "not supported yet: service", "kind", "write `kind: task`");
  }
  return {};
}

Status check_names(const JobFile& file) {
  WEIR_TRY_STATUS(check_label(file.name, "name"));
  WEIR_TRY_STATUS(check_label(file.project, "project"));
  WEIR_TRY_STATUS(check_env(file.env, "env"));
  for (std::size_t i = 0; i < file.secrets.size(); ++i) {
    const std::string field = "secrets[" + std::to_string(i) + "]";
    if (!is_variable_name(file.secrets[i]) || file.secrets[i].starts_with("WEIR_")) {
      return fail(ErrorCode::invalid, "`" + file.secrets[i] + "` is no name of a secret", field,
                  "a secret is named like an environment variable: HF_TOKEN");
    }
    if (file.env.contains(file.secrets[i])) {
      return fail(ErrorCode::invalid, "`" + file.secrets[i] + "` stands under `env` too", field,
                  "keep one of the two");
    }
  }
  WEIR_TRY_STATUS(check_text(file.setup, "setup"));
  WEIR_TRY_STATUS(check_text(file.run, "run"));
  const bool blank = file.run.find_first_not_of(" \t\r\n") == std::string::npos;
  if (blank) return fail(ErrorCode::invalid, "is empty: there is nothing to run", "run");
  return {};
}

Error located(Error error, const Document& document) {
  if (error.place.line == 0) error.place = base::at_path(document, error.field).place();
  return error;
}

// How a field is written, for those who gave it another kind of value.
struct FieldForm {
  std::string_view field;
  std::string_view hint;
};
constexpr std::array field_forms{
    FieldForm{"", "a job file holds fields, `run: COMMAND` at least"},
    FieldForm{"flexibility", "write it like {max_delay: 6h}"},
    FieldForm{"data", "write it like {inputs: [{dataset: corpus, at: data}]}"},
    FieldForm{"env", "write it like {LR: \"3e-4\"}"},
    FieldForm{"limits", "write it like {time: 24h}"},
    FieldForm{"objective", "write finish, cost, carbon or weights like {cost: 1, finish: 0.5}"},
    FieldForm{"priority", "write a number from 0 to 100, without quotes"},
    FieldForm{"resources", "write it like {cpus: 4, memory: 8GiB}"},
    FieldForm{"resources.any_of", "write it like [{cpus: 8}, {cpus: 4}]"},
    FieldForm{"resources.ordered", "write it like [{cpus: 8}, {cpus: 4}]"},
    FieldForm{"retry", "write it like {events: [preempted], max: 3}"},
    FieldForm{"retry.events", "write it like [preempted, site-lost]"},
    FieldForm{"run", "several commands stand line by line below `run: |`"},
    FieldForm{"secrets", "write it like [HF_TOKEN]"},
    FieldForm{"setup", "several commands stand line by line below `setup: |`"},
    FieldForm{"where", "write it like {sites: [\"north-*\"], residency: CN}"},
    FieldForm{"limits.deadline", "write it like 2026-12-01T08:00+08:00"},
};

// Fields as Slurm, SkyPilot, dstack and kubectl have them, or one level off.
struct OtherName {
  std::string_view name;
  std::string_view ours;
};
constexpr std::array other_names{
    OtherName{"accelerators", "resources.devices"},
    OtherName{"account", "project"},
    OtherName{"checkpoint_every", "retry.checkpoint_every"},
    OtherName{"cmd", "run"},
    OtherName{"command", "run"},
    OtherName{"commands", "run"},
    OtherName{"cpu", "resources.cpus"},
    OtherName{"cpus", "resources.cpus"},
    OtherName{"devices", "resources.devices"},
    OtherName{"environment", "env"},
    OtherName{"envs", "env"},
    OtherName{"gpu", "resources.devices"},
    OtherName{"gpus", "resources.devices"},
    OtherName{"job_name", "name"},
    OtherName{"limits.timeout", "limits.time"},
    OtherName{"limits.walltime", "limits.time"},
    OtherName{"max_delay", "flexibility.max_delay"},
    OtherName{"mem", "resources.memory"},
    OtherName{"memory", "resources.memory"},
    OtherName{"num_nodes", "nodes"},
    OtherName{"resources.accelerators", "resources.devices"},
    OtherName{"resources.gpu", "resources.devices"},
    OtherName{"resources.gpus", "resources.devices"},
    OtherName{"retry.on", "retry.events"},
    OtherName{"script", "run"},
    OtherName{"time", "limits.time"},
    OtherName{"timeout", "limits.time"},
    OtherName{"walltime", "limits.time"},
    OtherName{"working_dir", "workdir"},
};

// The sentence made to stand by itself, with the nearest thing that would work.
Error advised(Error error) {
  const auto hint_from = [&](const auto& table, auto name, auto hint) {
    const auto found = std::find_if(table.begin(), table.end(), [&](const auto& row) {
      return std::invoke(name, row) == error.field;
    });
    return found == table.end() ? std::string() : std::string(std::invoke(hint, *found));
  };
  if (error.message == "unknown field") {
    const std::string ours = hint_from(other_names, &OtherName::name, &OtherName::ours);
    if (!ours.empty()) error.hint = "did you mean `" + ours + "`?";
  } else if (error.message == "not supported yet") {
    error.message += ": " + error.field;
    error.hint = hint_from(field_forms, &FieldForm::field, &FieldForm::hint);
    if (error.hint.empty()) error.hint = "leave it out";
  } else if (error.message == "is missing") {
    const std::string name = error.field.substr(error.field.rfind('.') + 1);
    error.hint = "add `" + name + (name == "run" ? ": COMMAND`" : ": …`");
  } else if (error.hint.empty() && error.message.starts_with("is ")) {
    error.hint = hint_from(field_forms, &FieldForm::field, &FieldForm::hint);
  }
  return error;
}

// An empty text reads as null, which asks for defaults; a job has no default for what it runs.
Result<JobFile> read_form(const Document& document) {
  if (document.is(base::DocumentKind::null)) {
    Error error{ErrorCode::invalid, "is empty", {}, std::string(field_forms.front().hint), {}};
    error.place = document.place();
    return fail(std::move(error));
  }
  auto file = base::read_document<JobFile>(document);
  if (!file) return fail(advised(std::move(file).error()));
  return file;
}

}  // namespace

Result<JobSpec> to_spec(const JobFile& file) {
  WEIR_TRY_STATUS(check_limits(file));
  WEIR_TRY_STATUS(check_names(file));
  JobSpec spec;
  spec.name = file.name.empty() ? "job" : file.name;
  spec.kind = file.kind;
  spec.project = file.project;
  spec.priority = file.priority;
  spec.nodes = file.nodes.count;
  spec.nodes_most = file.nodes.most;
  spec.options = WEIR_TRY(options_of(file.resources));
  spec.ordered = !file.resources.ordered.empty();
  if (file.array) spec.array = file.array->spec;
  spec.time_limit = file.limits.time;
  spec.deadline = file.limits.deadline;
  spec.retry.events = file.retry.events;
  spec.retry.max = file.retry.max;
  if (file.retry.notice) {
    spec.retry.notice_signal = file.retry.notice->signal;
    spec.retry.notice_before = file.retry.notice->before;
  }
  spec.checkpoint_every = file.retry.checkpoint_every;
  if (file.steps) spec.steps_micro = static_cast<std::int64_t>(*file.steps) * micro_steps;
  spec.objective = file.objective.weights;
  spec.max_delay = file.flexibility.max_delay;
  spec.pausable = file.flexibility.pausable;
  spec.env = file.env;
  spec.secrets = file.secrets;
  spec.workdir = WEIR_TRY(workdir_of(file.workdir));
  spec.setup = file.setup;
  spec.run = file.run;
  WEIR_TRY_STATUS(read_data(file, spec));
  return spec;
}

Result<JobFile> parse_job_file(std::string_view yaml, std::string file_name) {
  const Document document = WEIR_TRY(base::parse_yaml(yaml, std::move(file_name)));
  return read_form(document);
}

std::vector<Error> check_job_file(std::string_view yaml, std::string file_name) {
  const auto document = base::parse_yaml(yaml, std::move(file_name));
  if (!document) return {document.error()};
  std::vector<Error> errors = base::check_document<JobFile>(*document);
  for (Error& error : errors) error = advised(std::move(error));
  if (!errors.empty()) return errors;
  auto file = read_form(*document);
  if (!file) return {std::move(file).error()};
  file->workdir.clear();
  auto spec = to_spec(*file);
  if (!spec) errors.push_back(located(std::move(spec).error(), *document));
  return errors;
}

Result<JobSpec> read_job(const Document& document) {
  const JobFile file = WEIR_TRY(read_form(document));
  auto spec = to_spec(file);
  if (!spec) return fail(located(std::move(spec).error(), document));
  return spec;
}

}  // namespace weir::model
