#include "cli/slurm/batch_run.h"

#include "base/hash.h"
#include "cli/shell_words.h"

namespace weir::cli::slurm {

namespace {

// "'out-'\"$SLURM_JOB_ID\"'.txt'": the pattern as a word of the shell.
std::string path_word(const std::string& pattern) {
  std::string text;
  std::string plain;
  const auto flush = [&] {
    if (!plain.empty()) text += quoted(plain);
    plain.clear();
  };
  const auto variable = [&](const char* name) {
    flush();
    text += std::string("\"$") + name + '"';
  };
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (pattern[i] != '%') {
      plain += pattern[i];
      continue;
    }
    ++i;
    switch (next) {
      case 'j':
        variable("SLURM_JOB_ID");
        break;
      case 'A':
        variable("SLURM_ARRAY_JOB_ID");
        break;
      case 'a':
        variable("SLURM_ARRAY_TASK_ID");
        break;
      case 'x':
        variable("SLURM_JOB_NAME");
        break;
      case 'u':
        variable("SLURM_JOB_USER");
        break;
      case 'N':
        variable("SLURMD_NODENAME");
        break;
      case '%':
        plain += '%';
        break;
      default:
        plain += '%';
        if (next != '\0') plain += next;
    }
  }
  flush();
  return text.empty() ? "''" : text;
}

// A line that ends the script where it stands in the text, and is none of its own.
std::string end_mark(const std::string& script) {
  return "END_OF_SCRIPT_" + base::to_hex(base::sha256(script)).substr(0, 16);
}

}  // namespace

std::string run_text(const std::string& script, const std::vector<std::string>& arguments,
                     const RunPlace& place) {
  const std::string usual = place.is_array ? "slurm-%A_%a.out" : "slurm-%j.out";
  const std::string output = path_word(place.output.empty() ? usual : place.output);
  const std::string mark = end_mark(script);
  std::string text;
  text += "export SLURM_JOB_ID=\"$WEIR_JOB_ID\" SLURM_JOBID=\"$WEIR_JOB_ID\"\n";
  text += "export SLURM_JOB_NAME=\"$WEIR_JOB_NAME\" SLURM_JOB_USER=\"$(id -un)\"\n";
  text += "export SLURMD_NODENAME=\"$WEIR_NODE\" SLURM_JOB_NODELIST=\"$WEIR_NODE_LIST\"\n";
  text += "export SLURM_NNODES=1 SLURM_JOB_NUM_NODES=1 SLURM_NODEID=0 SLURM_PROCID=0\n";
  text += "export SLURM_NTASKS=" + std::to_string(place.tasks) +
          " SLURM_NPROCS=" + std::to_string(place.tasks) +
          " SLURM_CPUS_PER_TASK=" + std::to_string(place.cpus_per_task) +
          " SLURM_CPUS_ON_NODE=\"$WEIR_CPUS\"\n";
  text += "export SLURM_SUBMIT_DIR=" + quoted(place.folder) + "\n";
  if (place.is_array) {
    text += "export SLURM_ARRAY_JOB_ID=\"$WEIR_JOB_ID\"";
    text += " SLURM_ARRAY_TASK_ID=\"$WEIR_ARRAY_INDEX\"\n";
  }
  text += "kept=$(mktemp -d) || exit\n";
  text += "cat >\"$kept/slurm_script\" <<'" + mark + "'\n" + script;
  if (!script.ends_with('\n')) text += '\n';
  text += mark + "\n";
  text += "chmod 700 \"$kept/slurm_script\"\n";
  text += "cd -- " + quoted(place.folder) + " || exit\n";
  // To the file and to Weir's log: tee reads a pipe each, and the script's own code is the job's.
  text += "mkfifo \"$kept/out\"";
  if (!place.error.empty()) text += " \"$kept/err\"";
  text += "\ntee -- " + output + " <\"$kept/out\" &\n";
  std::string errors = "2>&1";
  if (!place.error.empty()) {
    text += "tee -- " + path_word(place.error) + " <\"$kept/err\" >&2 &\n";
    errors = "2>\"$kept/err\"";
  }
  text += "\"$kept/slurm_script\"";
  for (const std::string& argument : arguments) text += ' ' + quoted(argument);
  text += " >\"$kept/out\" " + errors + "\ncode=$?\nwait\nrm -rf -- \"$kept\"\nexit \"$code\"\n";
  return text;
}

}  // namespace weir::cli::slurm
