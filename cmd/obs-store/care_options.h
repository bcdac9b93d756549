// The sub-commands of obs-store(1), which look after a store, as the command line says them.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libobs/app/run.h"
#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"

namespace obs::store_command {

struct CareOptions {
  std::string command;  // Empty: none was given.
  std::string store;
  std::string backup;              // backup, restore.
  std::vector<std::string> files;  // import.
  std::vector<std::string> signals;
  std::string project;  // Empty: "default", and for retain all.
  std::string service;
  std::string where;
  std::string max_age;
  std::string max_bytes;
  std::string since;
  std::string until;
  std::string format;  // export, import.
  std::string to = "-";
  std::string output;
  bool yes = false;
  bool repair = false;
  bool strict = false;

  std::string project_or_default() const { return project.empty() ? "default" : project; }
  void declare(CLI::App& app);

 private:
  CLI::App* declare_command(CLI::App& app, const std::string& name, const std::string& summary);
  void declare_choice(CLI::App& command, const std::string& verb);
  void declare_output(CLI::App& command);
};

// The directory an address or a plain path names. kInvalidArgument: another kind of place.
Result<std::string> parse_directory(const std::string& address);

// kInvalidArgument names the option. Empty: all.
Result<std::vector<model::Signal>> parse_signals(const std::vector<std::string>& names);
Result<std::optional<Timestamp>> parse_when(std::string_view flag, const std::string& text);

}  // namespace obs::store_command
