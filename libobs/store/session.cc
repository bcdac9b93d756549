#include "libobs/store/session.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libobs/store/attribute_keys.h"
#include "libobs/store/catalog.h"
#include "libobs/store/catalog_blobs.h"
#include "libobs/store/count_tables.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/duckdb_has.h"
#include "libobs/store/duckdb_quantile.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/fresh_rows.h"
#include "libobs/store/log_counter.h"
#include "libobs/store/newest.h"
#include "libobs/store/pins.h"
#include "libobs/store/reader_catalog.h"
#include "libobs/store/rollup_scan.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/scan_plan.h"
#include "libobs/store/snapshot_damage.h"
#include "libobs/store/table_function.h"

namespace obs::store {
namespace {

// A part can vanish between the catalog's answer and our link to it, when a merge comes between;
// the next snapshot is then right, unless merges keep coming.
constexpr int kAttempts = 5;

// What the views of each signal read.
using Files = std::array<std::vector<PartFile>, model::kSignalCount>;

// What DuckDB may take where it can spill what is more. A writer and whoever asks shall live
// together in 768 MB, and the writer takes half of that at full load.
constexpr std::string_view kSpillingMemory = "256MB";

DuckdbOptions with_limit(DuckdbOptions options) {
  const bool can_spill = !options.temp_directory.empty();
  if (options.memory_limit.empty() && can_spill) options.memory_limit = kSpillingMemory;
  return options;
}

using SourceList = std::vector<std::shared_ptr<const TableSource>>;

// As many shares as there are cores that can read one at a time; one at least.
std::vector<std::vector<std::string>> share_out(std::vector<std::string> rollups) {
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::vector<std::string>> shares(std::clamp<std::size_t>(rollups.size(), 1, cores));
  for (std::size_t i = 0; i < rollups.size(); ++i) {
    shares[i % shares.size()].push_back(std::move(rollups[i]));
  }
  return shares;
}

class StoreSession final : public Session {
 public:
  StoreSession(Fs& fs, std::string dir, Sqlite catalog, std::unique_ptr<DuckdbDatabase> database,
               std::unique_ptr<DuckdbConnection> connection, TableFunction rows)
      : dir_(dir),
        catalog_(std::move(catalog)),
        planner_(fs, catalog_),
        pins_(fs, dir),
        damage_(fs, dir),
        fresh_(fs, std::move(dir)),
        database_(std::move(database)),
        connection_(std::move(connection)),
        rows_(std::move(rows)) {}

  // Views read the ends of parts, so that damage there shows here.
  Result<void> refresh(const SnapshotFilter& filter) override {
    auto done = refresh_once(filter);
    if (done || done.error().code == Errc::kUnavailable || find_damage().empty()) return done;
    return refresh_once(filter);
  }

  Result<void> refresh_once(const SnapshotFilter& filter) {
    for (int attempt = 1;; ++attempt) {
      auto taken =
          take_snapshot(filter, attempt == kAttempts ? SnapshotDamage::Missing::kIsDamage
                                                     : SnapshotDamage::Missing::kMayBeMerged);
      if (taken) break;
      if (taken.error().code != Errc::kNotFound || attempt == kAttempts) {
        return fail(std::move(taken).error().during("read store " + dir_));
      }
    }
    for (const model::Signal signal : model::kSignals) {
      OBS_TRY_VOID(make_view(signal, filter));
    }
    return {};
  }

  Result<ScanExplanation> narrow(model::Signal signal, const ScanFilter& filter) override {
    ScanExplanation explanation;
    read_slices(signal, planner_.plan(signal, parts_, filter, explanation), filter);
    OBS_TRY_VOID(define_view(std::string(view_of(signal)), signal, {}));
    return explanation;
  }

  Result<std::string> make_scan_view(model::Signal signal, const ScanFilter& filter,
                                     std::span<const std::string> columns,
                                     std::span<const std::string> keys,
                                     ScanExplanation& explanation) override {
    read_slices(signal, planner_.plan(signal, parts_, filter, explanation), filter);
    std::string name = std::string(view_of(signal)) + "_scan";
    OBS_TRY_VOID(define_view(name, signal, keys, columns));
    return name;
  }

  Result<std::optional<Timestamp>> find_newest_start(model::Signal signal, const ScanFilter& filter,
                                                     std::span<const std::string> keys,
                                                     const std::string& condition, bool is_whole,
                                                     std::uint64_t newest) override {
    return store::find_newest_start(
        planner_, parts_, filter, {signal, newest, is_whole},
        [&](std::span<const PartSlice> slices) -> Result<std::optional<Timestamp>> {
          read_slices(signal, {slices.begin(), slices.end()}, filter);
          return find_last_of_newest(signal, keys, condition, newest);
        });
  }

  Result<LogCounts> count_logs(const ScanFilter& filter) override {
    return store::count_logs(planner_, parts_, filter,
                             [this](const CountRows& rows) { return count_rows(rows); });
  }

  Result<std::string> make_attribute_view(model::Signal signal, std::span<const std::string> keys,
                                          std::span<const std::string> json_keys) override {
    std::string name = std::string(view_of(signal)) + "_attributes";
    OBS_TRY_VOID(define_view(name, signal, keys, {}, json_keys));
    return name;
  }

  Result<Rollup> rollup(RollupKind kind) override {
    return scan_rollup(kind == RollupKind::kEdges ? kEdgesBlob : kSpanMetricsBlob, catalog_,
                       *connection_, rolled_parts({}), fresh_spans());
  }

  Result<void> make_count_view(CountTable table, const ScanFilter& filter) override {
    OBS_TRY(auto sources, count(table, filter));
    std::vector<TableFunction::Offer> offers;
    std::string select;
    for (auto& source : sources) {
      offers.push_back(rows_.offer(std::move(source)));
      select += fmt::format("{}SELECT * FROM {}", select.empty() ? "" : " UNION ALL ",
                            offers.back().sql());
    }
    OBS_TRY_VOID(
        connection_->execute(fmt::format("CREATE OR REPLACE TEMP VIEW {} AS {}",
                                         to_sql_identifier(count_table_name(table)), select)));
    std::swap(count_offers_[static_cast<std::size_t>(table)], offers);
    return {};
  }

  std::uint64_t last_seq() const override { return last_seq_; }
  const std::vector<std::string>& damage() const override { return damage_.sentences(); }
  std::vector<std::string> find_damage() override { return damage_.find(catalog_); }
  Connection& connection() override { return *connection_; }
  Result<void> lock_down() override { return database_->lock_down(dir_); }

 private:
  // The WAL first, then the catalog: what is flushed in between is in both, and dropped here; the
  // other way round it could be in neither.
  Result<void> take_snapshot(const SnapshotFilter& filter, SnapshotDamage::Missing missing) {
    OBS_TRY_VOID(fresh_.map());
    OBS_TRY(CatalogState state, read_catalog(catalog_));
    std::vector<Part> parts = std::move(state.parts);
    const auto is_outside = [&](const Part& part) {
      return !may_match(filter, part.min_time, part.max_time, part.max_seq);
    };
    parts.erase(std::remove_if(parts.begin(), parts.end(), is_outside), parts.end());
    OBS_TRY_VOID(damage_.leave_out(catalog_, filter, missing, parts));
    OBS_TRY(auto paths, pins_.pin(parts));
    fresh_.settle(state.applied_segment);
    damage_.add(fresh_.damage());
    last_seq_ = std::max(state.next_seq - 1, fresh_.last_seq());
    parts_.clear();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      parts_.push_back({std::move(parts[i]), std::move(paths[i])});
    }
    planner_.keep(parts_);
    known_keys_.reset();
    for (auto& list : files_) list.clear();
    searches_ = {};
    search_offers_.clear();
    for (const SnapshotPart& part : parts_) add_file(part, std::nullopt);
    return {};
  }

  void add_file(const SnapshotPart& part, std::optional<std::vector<std::uint32_t>> blocks) {
    files_[static_cast<std::size_t>(part.part.signal)].push_back(
        {part.path, part.part.hot, part.part.schema, std::move(blocks), part.part.id});
  }

  // The views of the signal are to read these; they have to be defined anew.
  void read_slices(model::Signal signal, std::span<const PartSlice> slices) {
    searches_[static_cast<std::size_t>(signal)] = {};
    files_[static_cast<std::size_t>(signal)].clear();
    for (const PartSlice& slice : slices) add_file(parts_[slice.part], slice.blocks);
  }
  // And of them only what the filter wants.
  void read_slices(model::Signal signal, std::vector<PartSlice> slices, const ScanFilter& filter) {
    Search search = planner_.take_searched(signal, parts_, filter, slices);
    read_slices(signal, slices);
    searches_[static_cast<std::size_t>(signal)] = std::move(search);
  }

  Result<std::optional<Timestamp>> find_last_of_newest(model::Signal signal,
                                                       std::span<const std::string> keys,
                                                       const std::string& condition,
                                                       std::uint64_t newest) {
    OBS_TRY(const std::string view, make_attribute_view(signal, keys, {}));
    OBS_TRY(const auto rows,
            connection_->query(
                fmt::format("SELECT count(*), min(time) FROM (SELECT time FROM {} AS {} WHERE {} "
                            "ORDER BY time DESC LIMIT {})",
                            view, to_sql_identifier(view_of(signal)), condition, newest)));
    std::span<const model::Value> row;
    OBS_TRY(const bool more, rows->next(row));
    if (!more || static_cast<std::uint64_t>(row[0].as_int()) < newest) {
      return std::optional<Timestamp>();
    }
    return std::optional<Timestamp>(row[1].as_int());
  }

  // nullptr: there is nothing to read.
  Result<std::unique_ptr<RowStream>> count_rows(const CountRows& rows) {
    const auto place = static_cast<std::size_t>(model::Signal::kLogs);
    read_slices(model::Signal::kLogs, rows.slices);
    const std::string fresh = rows.with_fresh ? offers_[place].sql() : std::string();
    if (files_[place].empty() && fresh.empty()) return std::unique_ptr<RowStream>();
    return connection_->query(fmt::format(
        "SELECT epoch_ns(time) - (epoch_ns(time) % {0} + {0}) % {0} AS minute, service, severity, "
        "count(*) FROM ({1}) WHERE {2} GROUP BY ALL",
        kMinute, select_from(model::Signal::kLogs, files_[place], fresh), rows.condition));
  }

  // DuckDB runs one thread a source.
  Result<SourceList> count(CountTable table, const ScanFilter& filter) {
    if (table == CountTable::kLogCounts) {
      OBS_TRY(LogCounts counts, count_logs(filter));
      return SourceList{make_log_count_source(std::move(counts))};
    }
    const std::string_view kind = table == CountTable::kEdges ? kEdgesBlob : kSpanMetricsBlob;
    OBS_TRY(auto rollups,
            read_rollups(kind, catalog_, *connection_, rolled_parts(filter), fresh_spans()));
    SourceList sources;
    for (std::vector<std::string>& share : share_out(std::move(rollups))) {
      sources.push_back(make_rollup_source(table, std::move(share), filter));
    }
    return sources;
  }

  // Those with minutes that overlap the filter's times.
  std::vector<RolledPart> rolled_parts(const ScanFilter& filter) const {
    std::vector<RolledPart> spans;
    for (const auto& [part, path] : parts_) {
      if (part.signal != model::Signal::kSpans) continue;
      if (filter.since && minute_of(part.max_time) < minute_of(*filter.since)) continue;
      if (filter.until && part.min_time >= *filter.until) continue;
      spans.push_back({part.id, {path, part.hot, part.schema}});
    }
    return spans;
  }

  std::string fresh_spans() const {
    return offers_[static_cast<std::size_t>(model::Signal::kSpans)].sql();
  }

  Result<void> make_view(model::Signal signal, const SnapshotFilter& filter) {
    FreshBatches batches = fresh_.find(signal, filter);
    TableFunction::Offer offer;
    if (!batches.empty()) {
      offer = rows_.offer(std::make_shared<const FreshScan>(signal, std::move(batches)));
    }
    // The view before this one still names the offer before.
    std::swap(offers_[static_cast<std::size_t>(signal)], offer);
    return define_view(std::string(view_of(signal)), signal, {});
  }

  // Of the keys those that none of the files has. A part that went from the catalog since the
  // snapshot may have any.
  Result<std::vector<std::string>> find_absent(std::span<const PartFile> files,
                                               std::span<const std::string> keys,
                                               std::span<const std::string> json_keys) {
    std::vector<std::string> absent;
    if (files.empty() || (keys.empty() && json_keys.empty())) return absent;
    if (!known_keys_) {
      OBS_TRY(auto blobs, read_blobs(catalog_, kKeysBlob));
      known_keys_.emplace(std::make_move_iterator(blobs.begin()),
                          std::make_move_iterator(blobs.end()));
    }
    for (const auto& list : {keys, json_keys}) {
      for (const std::string& key : list) {
        const bool is_there = std::any_of(files.begin(), files.end(), [&](const PartFile& file) {
          const auto known = known_keys_->find(file.id);
          return known == known_keys_->end() || may_have_key(known->second, key);
        });
        if (!is_there) absent.push_back(key);
      }
    }
    return absent;
  }

  Result<void> define_view(const std::string& name, model::Signal signal,
                           std::span<const std::string> keys,
                           std::span<const std::string> columns = {},
                           std::span<const std::string> json_keys = {}) {
    const auto place = static_cast<std::size_t>(signal);
    const std::string fresh = offers_[place].sql();
    std::string select;
    TableFunction::Offer found;
    if (const Search& search = searches_[place]; !search.groups.empty()) {
      found = rows_.offer(make_search_source(search, keys, json_keys));
      select = select_found(found.sql(), signal, keys, columns, json_keys);
    }
    if (select.empty() || !files_[place].empty() || !fresh.empty()) {
      OBS_TRY(const auto absent, find_absent(files_[place], keys, json_keys));
      select += (select.empty() ? "" : " UNION ALL ") +
                select_from(signal, files_[place], fresh, {keys, json_keys, absent}, columns);
    }
    OBS_TRY_VOID(connection_->execute(
        fmt::format("CREATE OR REPLACE TEMP VIEW {} AS {}", to_sql_identifier(name), select)));
    search_offers_[name] = std::move(found);
    return {};
  }

  const std::string dir_;
  Sqlite catalog_;
  ScanPlanner planner_;
  Pins pins_;
  SnapshotDamage damage_;
  FreshRows fresh_;
  std::unique_ptr<DuckdbDatabase> database_;
  std::unique_ptr<DuckdbConnection> connection_;
  TableFunction rows_;
  std::vector<SnapshotPart> parts_;
  // By part, read when they are first asked for. A part's never change.
  std::optional<std::map<std::int64_t, std::string>> known_keys_;
  Files files_;
  std::array<TableFunction::Offer, model::kSignalCount> offers_;
  std::array<Search, model::kSignalCount> searches_;
  std::map<std::string, TableFunction::Offer> search_offers_;  // By view.
  std::array<std::vector<TableFunction::Offer>, kCountTables> count_offers_;
  std::uint64_t last_seq_ = 0;
};

Result<std::unique_ptr<Session>> open_session(Fs& fs, const std::string& given,
                                              const DuckdbOptions& options) {
  OBS_TRY(std::string dir, find_store(fs, given));
  OBS_TRY(Sqlite catalog, open_reader_catalog(dir));
  OBS_TRY(auto database, DuckdbDatabase::open(with_limit(options)));
  OBS_TRY(auto connection, database->connect_raw());
  // Each statement binds a file a few times, and reading its footer is what that costs.
  OBS_TRY_VOID(connection->execute("SET parquet_metadata_cache = true"));
  OBS_TRY(TableFunction rows, TableFunction::install(*connection));
  OBS_TRY_VOID(install_has(*connection));
  OBS_TRY_VOID(install_weighted_quantile(*connection));
  return std::make_unique<StoreSession>(fs, std::move(dir), std::move(catalog), std::move(database),
                                        std::move(connection), std::move(rows));
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(Fs& fs, std::string dir,
                                               const DuckdbOptions& options) {
  auto session = open_session(fs, dir, options);
  if (!session) return fail(std::move(session).error().during("open store " + dir));
  return session;
}

}  // namespace obs::store
