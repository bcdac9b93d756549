// obs doctor: whether this installation can work, a line for each thing that could be wrong.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::suite {

struct DoctorOptions {
  std::string store;  // Empty: the default store.
  std::string redis;  // Empty: not asked.
  std::string http = "127.0.0.1:4318";
  std::string grpc = "127.0.0.1:4317";  // "none": not asked.
};

// Whoever checks says what was found. kWarn works, but not as well as it could.
enum class Verdict { kOk, kWarn, kFail };
using Report = std::function<void(Verdict, std::string_view)>;

// True when nothing is wrong. Prints to standard output.
Result<bool> run_doctor(const DoctorOptions& options);

// The checks.
void check_programs(const Report& report);
void check_duckdb(const Report& report);
void check_store(const std::string& address, const Report& report);
void check_redis(const std::string& address, const Report& report);
void check_port(const std::string& address, const Report& report);
void check_clock(const Report& report);
void check_limits(const Report& report);

}  // namespace obs::suite
