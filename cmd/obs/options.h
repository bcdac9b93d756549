// The command line of obs(1).

#pragma once

#include <optional>
#include <string>

#include "cmd/obs/doctor.h"
#include "cmd/obs/key.h"
#include "cmd/obs/up.h"
#include "libobs/app/run.h"

namespace obs::suite {

struct SuiteOptions {
  static constexpr std::string_view kName = "obs";
  static constexpr std::string_view kSummary =
      "Run the suite on this machine, check an installation, or run one of its programs";

  enum class Command { kUp, kDoctor, kKey };
  Command command = Command::kUp;
  UpOptions up;
  DoctorOptions doctor;
  KeyOptions key;

  void declare(CLI::App& app);
};

}  // namespace obs::suite
