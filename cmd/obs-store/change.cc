// compact, delete and retain: what changes a store, done by its writer.

#include <fmt/format.h>

#include "cmd/obs-store/care_commands.h"
#include "cmd/obs-store/choice.h"
#include "cmd/obs-store/report.h"
#include "libobs/base/fs.h"
#include "libobs/base/text.h"
#include "libobs/store/store_access.h"

namespace obs::store_command {
namespace {

using store::CareRequest;

Result<CareRequest> make_delete(const CareOptions& options, const std::string& dir) {
  CareRequest request;
  request.task = CareRequest::Task::kDelete;
  OBS_TRY(const CheckedChoice checked, check_choice(options, dir));
  OBS_TRY_VOID(refuse_everything(checked, options.yes));
  request.policy.choice = checked.choice;
  return request;
}

Result<void> parse_limits(const CareOptions& options, store::RetainPolicy& policy) {
  if (!options.max_age.empty()) {
    policy.max_age = parse_duration(options.max_age).value_or(0);
    if (policy.max_age <= 0) {
      return fail(Errc::kInvalidArgument,
                  fmt::format("--max-age {}: not a duration such as 30d", options.max_age));
    }
  }
  if (!options.max_bytes.empty()) {
    const auto bytes = parse_size(options.max_bytes);
    if (!bytes || *bytes == 0) {
      return fail(Errc::kInvalidArgument,
                  fmt::format("--max-bytes {}: not a size such as 100GB", options.max_bytes));
    }
    policy.max_bytes = *bytes;
  }
  if (policy.max_age > 0 || policy.max_bytes > 0) return {};
  return fail(Errc::kInvalidArgument, "retain needs --max-age, --max-bytes or both");
}

// An expression is checked as that of a delete is; without one the policy is about all records.
Result<CareRequest> make_retain(const CareOptions& options, const std::string& dir) {
  CareRequest request;
  request.task = CareRequest::Task::kRetain;
  OBS_TRY_VOID(parse_limits(options, request.policy));
  store::RecordChoice& choice = request.policy.choice;
  if (!options.where.empty()) {
    OBS_TRY(const CheckedChoice checked, check_choice(options, dir));
    OBS_TRY_VOID(refuse_everything(checked, options.yes));
    choice = checked.choice;
  } else {
    OBS_TRY(choice.signals, parse_signals(options.signals));
    if (!options.service.empty()) choice.service = options.service;
    if (!options.project.empty()) choice.project = options.project;
  }
  return request;
}

Result<CareRequest> make_request(const CareOptions& options, const std::string& dir) {
  if (options.command == "delete") return make_delete(options, dir);
  if (options.command == "retain") return make_retain(options, dir);
  CareRequest request;
  if (options.command == "forget") {
    if (!options.yes) {
      return fail(Errc::kInvalidArgument,
                  "forget: what was set aside as damaged goes for good; say --yes if that is meant "
                  "(obs-store verify names it)");
    }
    request.task = CareRequest::Task::kForget;
    return request;
  }
  request.task = CareRequest::Task::kCompact;
  return request;
}

}  // namespace

Result<void> change(const CareOptions& options) {
  OBS_TRY(const std::string dir, parse_directory(options.store));
  OBS_TRY(const CareRequest request, make_request(options, dir));
  Registry registry;
  OBS_TRY(const auto access, open_access(dir, registry, store::StoreAccess::Missing::kRefuse));
  Result<store::CareCounts> counts = store::CareCounts();
  {
    ProgressLine progress(options.command);
    counts = access->run(request, progress.teller());
  }
  if (!counts) return fail(std::move(counts).error().during(options.command));
  OBS_TRY_VOID(access->close());
  return print_counts(options.output, *counts);
}

}  // namespace obs::store_command
