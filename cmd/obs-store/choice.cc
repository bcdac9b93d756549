#include "cmd/obs-store/choice.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/query/views.h"

namespace obs::store_command {
namespace {

struct Counted {
  std::uint64_t matching = 0;
  std::uint64_t total = 0;
};

std::string condition_of(const CareOptions& options, const store::RecordChoice& choice) {
  std::string all = "true";
  if (!options.service.empty()) all += " AND service = " + store::to_sql_string(options.service);
  if (!choice.condition.empty()) all += fmt::format(" AND ({})", choice.condition);
  return all;
}

Result<std::uint64_t> count_where(query::Reader& reader, model::Signal signal,
                                  const std::string& condition, std::string_view given) {
  const query::View& view = query::view_of(signal);
  const std::string sql = fmt::format("SELECT count(*) FROM {} AS {} WHERE {}",
                                      query::full_name(view), view.name, condition);
  OBS_TRY(const auto rows, reader.run(sql, given));
  std::span<const model::Value> row;
  OBS_TRY(const bool more, rows->next(row));
  return more ? static_cast<std::uint64_t>(row[0].as_int()) : 0;
}

// Of one snapshot; apart, since what is WHERE may be skipped by its index.
Result<Counted> count(query::Reader& reader, model::Signal signal, const std::string& condition,
                      std::string_view given) {
  Counted counted;
  OBS_TRY(counted.matching, count_where(reader, signal, condition, given));
  OBS_TRY(counted.total, count_where(reader, signal, "true", given));
  return counted;
}

}  // namespace

Error about_directory(Error error) {
  if (error.code == Errc::kInvalidArgument) error.code = Errc::kIo;
  return error;
}

Result<std::unique_ptr<query::Reader>> open_reader(const CareOptions& options,
                                                   const std::string& dir) {
  query::ReaderOptions reader;
  reader.dir = dir;
  reader.project = options.project_or_default();
  OBS_TRY(auto opened, query::Reader::open(system_fs(), system_clock(), std::move(reader)));
  OBS_TRY_VOID(opened->refresh());
  return opened;
}

// Without --signal a condition is about the signals that have its columns.
Result<CheckedChoice> check_choice(const CareOptions& options, const std::string& dir) {
  CheckedChoice checked;
  OBS_TRY(const auto given, parse_signals(options.signals));
  OBS_TRY(const auto reader, open_reader(options, dir));
  if (!options.where.empty()) {
    auto condition = reader->compile_condition(options.where);
    if (!condition) return fail(std::move(condition).error().during("--where"));
    checked.choice.condition = condition->sql;
  }
  checked.choice.project = options.project_or_default();
  if (!options.service.empty()) checked.choice.service = options.service;
  const std::string condition = condition_of(options, checked.choice);
  std::optional<Error> failure;
  for (const model::Signal signal : model::kSignals) {
    store::RecordChoice among;
    among.signals = given;
    if (!among.has(signal)) continue;
    const auto counted = count(*reader, signal, condition, options.where);
    if (!counted) {
      failure = counted.error();
      if (!given.empty() || failure->code != Errc::kInvalidArgument) break;
      continue;
    }
    checked.choice.signals.push_back(signal);
    checked.matching += counted->matching;
    checked.total += counted->total;
  }
  const bool fits = !checked.choice.signals.empty() && (given.empty() || !failure);
  if (fits) return checked;
  return fail(std::move(*failure).during("--where"));
}

Result<void> refuse_everything(const CheckedChoice& checked, bool yes) {
  if (yes || checked.matching < checked.total || checked.total == 0) return {};
  return fail(
      Errc::kInvalidArgument,
      fmt::format("that is every one of {} records; say --yes if you mean it", checked.total));
}

Result<std::unique_ptr<store::StoreAccess>> open_access(const std::string& dir, Registry& registry,
                                                        store::StoreAccess::Missing missing) {
  auto access = store::StoreAccess::open(system_fs(), system_clock(), dir, registry, {}, missing);
  if (access) return access;
  return fail(about_directory(std::move(access).error()));
}

}  // namespace obs::store_command
