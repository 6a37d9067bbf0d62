// What each verb was told, as plain values: parse.cpp fills them, the verbs read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/client.h"

namespace weir::cli {

enum class Format : std::uint8_t { table, wide, json };

struct Common {
  Connection connection;
  Format format = Format::table;
  bool watch = false;
};

// A job file, or a command after `--`, and the flags that overrule it.
struct JobFlags {
  std::string file;  // "-": standard input; "": none
  std::vector<std::string> command;
  std::optional<std::string> name, cpus, memory, devices, nodes, array, time, deadline, project,
      workdir, setup, objective, max_delay;
  std::optional<std::int32_t> priority;
  std::vector<std::string> env;      // K=V
  std::vector<std::string> secrets;  // names
  std::vector<std::string> inputs;   // NAME[@VERSION][:AT]
  std::vector<std::string> outputs;  // PATH:NAME
  std::vector<std::string> where_sites, residency;
};

struct RunFlags {
  JobFlags job;
  bool yes = false;     // do not ask
  bool labels = false;  // label each line with its task and rank
  bool detach = false;  // submit and leave
};

struct ListFlags {
  bool all = false;
  std::vector<std::string> states;
  std::string name;
  std::string tenant;
  std::uint32_t limit = 50;
};

struct LogFlags {
  std::string job;
  bool follow = false;
  bool labels = false;
  std::string stream = "all";
  std::optional<std::uint32_t> rank;
  std::optional<std::uint32_t> tail;
};

struct ExecFlags {
  std::string job;
  std::uint32_t rank = 0;
  std::vector<std::string> command;
};

struct UpdateFlags {
  std::string job;
  std::optional<std::string> name, time;
  std::optional<std::int32_t> priority;
  std::optional<std::uint32_t> at_once;
};

struct WaitFlags {
  std::vector<std::string> jobs;
  std::string timeout;
};

struct TokenFlags {
  std::string action;  // create, ls, revoke
  std::string tenant = "default";
  std::string principal;
  std::string role = "user";
  std::uint64_t id = 0;
};

struct SiteFlags {
  std::string action;  // add, rotate, expire, revoke, drain, resume, retire
  std::string name;
  std::string token_lasts = "1h";
  std::string lease = "60s";
  std::string trust_domain;
};

struct TenantFlags {
  std::string action;  // ls, set, rm
  std::string path;
  std::uint32_t weight = 1;
  std::vector<std::string> limit, guarantee;  // "cpus=64", "devices=16", "nvidia-h100=8"
  std::string budget;                         // "500h/week", "500h,2000 CNY/month"
};

// policy, throughput, price, power, links
struct TableFlags {
  std::string action = "ls";  // ls, set
  std::string file;
};

struct PowerFlags {
  std::string action;  // request, requests, withdraw
  std::string site;
  std::optional<double> kw, at_most_kw;
  std::string from, lasts;
  std::optional<std::uint64_t> id;
};

struct DatasetFlags {
  std::string action = "ls";  // ls, show, add, rules, rm
  std::string name;           // NAME[@VERSION]
  std::string bytes, manifest;
  std::string site, location;
  std::string sensitivity, modality, owner, licence;
  std::vector<std::string> residency;
  std::vector<std::string> rules;  // "2 in west until 2027-06-01"
};

struct SecretFlags {
  std::string action;  // set, ls, rm
  std::string name;
};

struct SimFlags {
  std::vector<std::string> scenarios;  // files
  std::string out_folder;
  std::string journal_folder;
  std::optional<std::uint64_t> seed;
  std::uint32_t seeds = 10;
};

struct WhatIfFlags {
  std::optional<std::uint64_t> sequence;
  std::string order, backfill, placing, choice;  // "": as it is
  std::string run_times;                         // "": as expected
  std::vector<std::string> job_files;
  std::vector<std::string> without_sites;
  std::vector<std::string> nodes;
  bool check = false;
};

struct JournalFlags {
  std::string action;  // verify, replay, show
  bool check = false;
  std::uint64_t from = 0;
  std::uint32_t limit = 20;
};

}  // namespace weir::cli
