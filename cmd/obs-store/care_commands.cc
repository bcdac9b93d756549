#include "cmd/obs-store/care_commands.h"

#include <fmt/format.h>

#include "cmd/obs-store/choice.h"
#include "cmd/obs-store/report.h"
#include "libobs/base/fs.h"
#include "libobs/store/backup.h"
#include "libobs/store/stats.h"
#include "libobs/store/verify.h"

namespace obs::store_command {
namespace {

using model::Value;
using store::ColumnType;

Value to_value(std::uint64_t number) { return Value::integer(static_cast<std::int64_t>(number)); }

std::vector<Value> to_row(const store::SignalStats& stats) {
  const auto when = [&](Timestamp time) {
    return stats.rows == 0 ? Value() : Value::integer(time);
  };
  const std::uint64_t at_rest = stats.rows - stats.wal_rows;
  const double bytes = static_cast<double>(stats.bytes);
  return {Value::string(model::to_string(stats.signal)),
          to_value(stats.rows),
          to_value(stats.wal_rows),
          to_value(stats.parts),
          to_value(stats.bytes),
          at_rest == 0 ? Value() : Value::number(bytes / static_cast<double>(at_rest)),
          when(stats.oldest),
          when(stats.newest),
          to_value(stats.services)};
}

}  // namespace

Result<void> run_care(const CareOptions& options) {
  const std::string& command = options.command;
  if (command == "stats") return show_stats(options);
  if (command == "verify") return verify(options);
  if (command == "backup") return back_up(options);
  if (command == "restore") return restore(options);
  if (command == "import") return import_files(options);
  if (command == "export") return export_records(options);
  return change(options);
}

Result<void> show_stats(const CareOptions& options) {
  OBS_TRY(const std::string dir, parse_directory(options.store));
  const auto stats = store::collect_stats(system_fs(), dir);
  if (!stats) return fail(about_directory(stats.error()));
  std::vector<std::vector<Value>> rows;
  for (const store::SignalStats& signal : stats->signals) {
    rows.push_back(to_row(signal));
    rows.back().push_back(to_value(stats->wal_bytes));
    rows.back().push_back(to_value(stats->catalog_bytes));
  }
  return print_rows(options.output,
                    {{"signal", ColumnType::kText},
                     {"rows", ColumnType::kInt},
                     {"wal_rows", ColumnType::kInt},
                     {"parts", ColumnType::kInt},
                     {"bytes", ColumnType::kInt},
                     {"bytes_a_row", ColumnType::kDouble},
                     {"oldest", ColumnType::kTimestamp},
                     {"newest", ColumnType::kTimestamp},
                     {"services", ColumnType::kInt},
                     {"store_wal_bytes", ColumnType::kInt},
                     {"store_catalog_bytes", ColumnType::kInt}},
                    rows);
}

namespace {

// Through the writer, if one lives.
Result<void> repair(const std::string& dir) {
  Registry registry;
  OBS_TRY(const auto access, open_access(dir, registry, store::StoreAccess::Missing::kRefuse));
  store::CareRequest request;
  request.task = store::CareRequest::Task::kRepair;
  Result<store::CareCounts> counts = store::CareCounts();
  {
    ProgressLine progress("repair");
    counts = access->run(request, progress.teller());
  }
  if (!counts) return fail(std::move(counts).error().during("repair"));
  OBS_TRY_VOID(access->close());
  const auto count = [&](std::string_view name) { return store::find_count(*counts, name); };
  fmt::print(stderr,
             "obs-store: of {} parts {} were set aside; {} indexes, {} cubes and the rollups of {} "
             "parts were made anew\n",
             count("parts"), count("parts_set_aside"), count("indexes_rebuilt"),
             count("cubes_rebuilt"), count("rollups_rebuilt"));
  return {};
}

}  // namespace

Result<void> verify(const CareOptions& options) {
  OBS_TRY(const std::string dir, parse_directory(options.store));
  if (options.repair) OBS_TRY_VOID(repair(dir));
  Result<store::Verdict> verdict = store::Verdict();
  {
    ProgressLine progress("verify");
    verdict = store::verify_store(system_fs(), dir, {}, progress.teller());
  }
  if (!verdict) return fail(about_directory(std::move(verdict).error()));
  std::vector<std::vector<Value>> rows;
  for (const store::Problem& problem : verdict->problems) {
    rows.push_back({Value::string(problem.path),
                    problem.offset ? to_value(*problem.offset) : Value(),
                    Value::string(problem.what)});
  }
  if (!rows.empty()) {
    OBS_TRY_VOID(print_rows(
        options.output,
        {{"path", ColumnType::kText}, {"offset", ColumnType::kInt}, {"problem", ColumnType::kText}},
        rows));
  }
  const std::string summary = fmt::format(
      "{} parts with {} rows in {} bytes, {} WAL segments with {} records, the catalog: ",
      verdict->parts, verdict->rows, verdict->bytes, verdict->segments, verdict->wal_rows);
  if (!rows.empty()) {
    return fail(Errc::kMalformed, summary + fmt::format("{} problems", rows.size()));
  }
  fmt::print(stderr, "obs-store: {}all is well\n", summary);
  return {};
}

namespace {

Result<void> print_backup(const CareOptions& options, const store::BackupCounts& counts,
                          bool restored) {
  store::CareCounts all;
  for (const model::Signal signal : model::kSignals) {
    all.emplace_back(model::to_string(signal), counts.rows[static_cast<std::size_t>(signal)]);
  }
  all.emplace_back("parts", counts.parts);
  all.emplace_back("bytes", counts.bytes);
  if (!restored) {
    all.emplace_back("files_linked", counts.linked);
    all.emplace_back("files_copied", counts.copied);
    all.emplace_back("files_removed", counts.removed);
  }
  return print_counts(options.output, all);
}

}  // namespace

// The access is kept until the backup is made: where no writer lives, we are it, and nobody changes
// the store meanwhile.
Result<void> back_up(const CareOptions& options) {
  OBS_TRY(const std::string dir, parse_directory(options.store));
  OBS_TRY(const std::string dest, parse_directory(options.backup));
  Registry registry;
  OBS_TRY(const auto access, open_access(dir, registry, store::StoreAccess::Missing::kRefuse));
  OBS_TRY_VOID(access->run({}, {}));
  Result<store::BackupCounts> counts = store::BackupCounts();
  {
    ProgressLine progress("backup");
    counts = store::backup_store(system_fs(), system_clock(), dir, dest, progress.teller());
  }
  if (!counts) return fail(about_directory(std::move(counts).error()));
  OBS_TRY_VOID(access->close());
  return print_backup(options, *counts, false);
}

Result<void> restore(const CareOptions& options) {
  OBS_TRY(const std::string dest, parse_directory(options.store));
  OBS_TRY(const std::string backup, parse_directory(options.backup));
  Result<store::BackupCounts> counts = store::BackupCounts();
  {
    ProgressLine progress("restore");
    counts = store::restore_store(system_fs(), backup, dest, progress.teller());
  }
  if (!counts) return fail(about_directory(std::move(counts).error()));
  return print_backup(options, *counts, true);
}

}  // namespace obs::store_command
