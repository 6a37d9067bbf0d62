#include "cli/job_input.h"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "backend/workdir/pack.h"
#include "base/read.h"
#include "cli/data_words.h"
#include "cli/output.h"
#include "cli/shell_words.h"

namespace weir::cli {

namespace {

using base::ErrorCode;
using model::JobFile;

constexpr std::size_t file_bytes_max = 1 << 20;

// All of it, or one byte more than is taken.
std::string read_some(std::istream& stream) {
  std::string text(file_bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

base::Result<std::string> read_text(const std::string& path) {
  std::error_code error;
  if (path != "-" && std::filesystem::is_directory(path, error)) {
    return base::fail(ErrorCode::invalid, path + " is a folder", "", "name the job file in it");
  }
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  if (!file) {
    const int reason = errno;
    if (reason != ENOENT) return base::fail_errno("cannot read " + path, reason);
    return base::fail(ErrorCode::not_found, "there is no file " + path, "",
                      "a command goes behind two dashes: weir run -- " + path);
  }
  std::string text = read_some(path == "-" ? std::cin : file);
  if (text.size() > file_bytes_max) {
    return base::fail(ErrorCode::too_large, path + " is larger than 1MiB: is it a job file?");
  }
  return text;
}

// What a job is called after its command: the program's name, where that is a plain word.
std::string name_of(const std::string& command) {
  const std::string program = command.substr(0, command.find_first_of(" \t\r\n;|&()<>"));
  const std::string name = std::filesystem::path(program).filename().string();
  constexpr std::size_t name_bytes_max = 64;
  const bool plain = name.size() <= name_bytes_max && std::ranges::all_of(name, [](char c) {
                       return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
                     });
  return plain ? name : "";
}

// Reads the value of a flag as the job file would.
template <typename T>
bool overrule(const std::optional<std::string>& flag, const char* name, T& target,
              std::vector<base::Error>& problems) {
  if (!flag) return false;
  std::string json;
  base::write_json(json, *flag);
  const auto document = base::parse_json(json);
  base::Result<T> value = base::fail(ErrorCode::invalid, "cannot be read");
  if (document) value = read_value(*document, std::type_identity<T>{});
  if (value) {
    target = *std::move(value);
    return true;
  }
  base::Error error = value.error();
  error.field = std::string("--") + name;
  problems.push_back(std::move(error));
  return false;
}

template <typename T>
void overrule(const std::optional<std::string>& flag, const char* name, std::optional<T>& target,
              std::vector<base::Error>& problems) {
  T value{};
  if (overrule(flag, name, value, problems)) target = std::move(value);
}

void overrule_resources(const JobFlags& flags, JobFile& job, std::vector<base::Error>& problems) {
  overrule(flags.nodes, "nodes", job.nodes, problems);
  overrule(flags.cpus, "cpus", job.resources.cpus, problems);
  overrule(flags.memory, "memory", job.resources.memory, problems);
  overrule(flags.devices, "devices", job.resources.devices, problems);
  overrule(flags.array, "array", job.array, problems);
  // What a flag says holds for every alternative.
  for (auto* alternatives : {&job.resources.any_of, &job.resources.ordered}) {
    for (model::ResourceAlternative& one : *alternatives) {
      if (flags.cpus) one.cpus.reset();
      if (flags.memory) one.memory.reset();
      if (flags.devices) one.devices.reset();
    }
  }
}

template <typename T>
void overrule_limit(const std::optional<std::string>& flag, const char* name,
                    base::Result<T> (*parse)(std::string_view), std::optional<T>& target,
                    std::vector<base::Error>& problems) {
  if (!flag) return;
  base::Result<T> value = parse(*flag);
  if (value) {
    target = *std::move(value);
    return;
  }
  base::Error error = value.error();
  error.field = name;
  problems.push_back(std::move(error));
}

// What is read and left stands beside the file's; where it may run, instead of it.
void overrule_data(const JobFlags& flags, JobFile& job, std::vector<base::Error>& problems) {
  for (const std::string& text : flags.inputs) job.data.inputs.push_back(read_input(text));
  for (const std::string& text : flags.outputs) {
    auto output = read_output(text);
    if (output) {
      job.data.outputs.push_back(*std::move(output));
    } else {
      problems.push_back(std::move(output).error());
    }
  }
  if (!flags.where_sites.empty()) job.where.sites.names = flags.where_sites;
  if (!flags.residency.empty()) job.where.residency.names = flags.residency;
}

void overrule_by(const JobFlags& flags, JobFile& job, std::vector<base::Error>& problems) {
  overrule_resources(flags, job, problems);
  overrule_limit(flags.time, "--time", &base::parse_duration, job.limits.time, problems);
  overrule_limit(flags.deadline, "--deadline", &base::parse_time, job.limits.deadline, problems);
  overrule(flags.objective, "objective", job.objective, problems);
  std::optional<base::Duration> delay;
  overrule_limit(flags.max_delay, "--max-delay", &base::parse_duration, delay, problems);
  if (delay) job.flexibility.max_delay = *delay;
  if (flags.name) job.name = *flags.name;
  if (flags.project) job.project = *flags.project;
  if (flags.priority) job.priority = *flags.priority;
  if (flags.setup) job.setup = *flags.setup;
  for (const std::string& pair : flags.env) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) {
      problems.push_back(
          {ErrorCode::invalid, "`" + pair + "` has no =", "--env", "write --env NAME=VALUE", {}});
      continue;
    }
    job.env[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  for (const std::string& name : flags.secrets) job.secrets.push_back(name);
  overrule_data(flags, job, problems);
}

}  // namespace

JobReading read_job_input(const JobFlags& flags) {
  JobReading reading;
  const auto wrong = [&](base::Error error) { reading.problems.push_back(std::move(error)); };
  JobFile& job = reading.input.job;
  std::filesystem::path around = ".";
  if (!flags.file.empty() && !flags.command.empty()) {
    wrong(
        {ErrorCode::invalid, "a job file and a command were given", "", "give one of the two", {}});
    return reading;
  }
  if (!flags.file.empty()) {
    const auto text = read_text(flags.file);
    if (!text) {
      wrong(text.error());
      return reading;
    }
    reading.problems = model::check_job_file(*text, flags.file == "-" ? "<stdin>" : flags.file);
    if (!reading.problems.empty()) return reading;
    job = *model::parse_job_file(*text, flags.file);
    if (flags.file != "-") around = std::filesystem::path(flags.file).parent_path();
  } else if (!flags.command.empty()) {
    job.run = shell_line(flags.command);
    job.name = name_of(flags.command.front());
  } else {
    wrong({ErrorCode::invalid,
           "neither a job file nor a command was given",
           "",
           "weir run job.yaml, or weir run -- COMMAND",
           {}});
    return reading;
  }
  overrule_by(flags, job, reading.problems);
  // A folder in the file is meant from where the file is; one in a flag from where the user is.
  if (flags.workdir) {
    reading.input.workdir = *flags.workdir;
  } else if (!job.workdir.empty() && !job.workdir.starts_with("sha256:")) {
    reading.input.workdir = (around / job.workdir).string();
  }
  if (!reading.input.workdir.empty()) job.workdir.clear();
  if (!reading.problems.empty()) return reading;
  if (const auto spec = model::to_spec(job); !spec) wrong(spec.error());
  return reading;
}

base::Status upload_workdir(Client& client, JobInput& input) {
  if (input.workdir.empty()) return {};
  std::string folder = (std::filesystem::temp_directory_path() / "weir-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return base::fail_errno("mkdtemp " + folder, errno);
  const auto remove = [&](base::Status status) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    return status;
  };
  const std::string archive = folder + "/workdir.tar.zst";
  const auto packed = backend::workdir::pack(input.workdir, archive);
  if (!packed) {
    base::Error error = packed.error();
    if (error.field.empty()) error.field = "workdir";
    return remove(base::fail(std::move(error)));
  }
  const std::string target = "/v1/blobs/" + packed->sha256;
  const auto there = client.exists(target);
  if (!there) return remove(base::fail(there.error()));
  if (!*there) {
    if (is_terminal(STDERR_FILENO)) {
      std::cerr << paint(Colour::dim, "uploading " + input.workdir + ", " +
                                          base::format_bytes(packed->archive_bytes))
                << "\n";
    }
    if (auto sent = client.upload(target, archive); !sent) return remove(std::move(sent));
  }
  input.job.workdir = "sha256:" + packed->sha256;
  return remove({});
}

}  // namespace weir::cli
