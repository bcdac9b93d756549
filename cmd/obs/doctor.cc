#include "cmd/obs/doctor.h"

#include <fmt/format.h>

#include "libobs/app/run.h"
#include "libobs/app/stdout.h"

namespace obs::suite {
namespace {

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk: return "ok";
    case Verdict::kWarn: return "warn";
    case Verdict::kFail: break;
  }
  return "FAIL";
}

}  // namespace

Result<bool> run_doctor(const DoctorOptions& options) {
  app::Stdout out;
  bool healthy = true;
  Result<void> written;
  const Report report = [&](Verdict verdict, std::string_view what) {
    healthy = healthy && verdict != Verdict::kFail;
    if (written) written = out.write(fmt::format("{:<5} {}\n", to_text(verdict), what));
    // A check may take seconds; what is known is shown.
    if (written) written = out.flush();
  };
  check_programs(report);
  check_duckdb(report);
  check_store(options.store.empty() ? app::default_store() : options.store, report);
  if (!options.redis.empty()) check_redis(options.redis, report);
  check_port(options.http, report);
  if (options.grpc != "none") check_port(options.grpc, report);
  check_clock(report);
  check_limits(report);
  if (!written) return fail(std::move(written).error());
  return healthy;
}

}  // namespace obs::suite
