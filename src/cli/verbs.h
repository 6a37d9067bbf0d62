// The verbs. Each is given what the user said and ends with an exit code (exit_codes.h).
#pragma once

#include <string>
#include <vector>

#include "app/serve.h"
#include "cli/options.h"
#include "model/view.h"

namespace weir::cli {

int verb_run(const Common& common, const RunFlags& flags);
int verb_submit(const Common& common, const JobFlags& flags);
int verb_plan(const Common& common, const JobFlags& flags);

int verb_ls(const Common& common, const ListFlags& flags);
int verb_show(const Common& common, const std::string& job);
int verb_explain(const Common& common, const std::string& job);
int verb_history(const Common& common, const std::string& job);  // "": finished jobs
int verb_logs(const Common& common, const LogFlags& flags);
int verb_exec(const Common& common, const ExecFlags& flags);
int verb_wait(const Common& common, const WaitFlags& flags);

int verb_cancel(const Common& common, const std::vector<std::string>& jobs);
int verb_hold(const Common& common, const std::vector<std::string>& jobs);
int verb_release(const Common& common, const std::vector<std::string>& jobs);
int verb_update(const Common& common, const UpdateFlags& flags);

int verb_sites(const Common& common);
int verb_nodes(const Common& common);
int verb_devices(const Common& common);

int verb_site(const Common& common, const SiteFlags& flags);
int verb_token(const Common& common, const TokenFlags& flags);
int verb_tenant(const Common& common, const TenantFlags& flags);
int verb_policy(const Common& common, const TableFlags& flags);
int verb_throughput(const Common& common, const TableFlags& flags);
int verb_price(const Common& common, const TableFlags& flags);
int verb_power(const Common& common, const TableFlags& flags);
int verb_power_request(const Common& common, const PowerFlags& flags);
int verb_links(const Common& common, const TableFlags& flags);
int verb_datasets(const Common& common, const DatasetFlags& flags);
int verb_transfers(const Common& common);
void print_transfers(const std::vector<model::TransferView>& transfers);
int verb_secret(const Common& common, const SecretFlags& flags);
int verb_journal(const Common& common, const JournalFlags& flags);

int verb_sim(const Common& common, const SimFlags& flags);
int verb_sim_compare(const Common& common, const SimFlags& flags);
int verb_what_if(const Common& common, const WhatIfFlags& flags);

// Reads the words of a command line and runs the verb.
int run_command_line(int argument_count, char** arguments);

}  // namespace weir::cli
