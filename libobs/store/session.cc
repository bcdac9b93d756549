#include "libobs/store/session.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libobs/store/catalog.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/fresh_rows.h"
#include "libobs/store/pins.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/snapshot_damage.h"
#include "libobs/store/store_files.h"
#include "libobs/store/table_function.h"

namespace obs::store {
namespace {

// A part can vanish between the catalog's answer and our link to it, when a merge comes between;
// the next snapshot is then right, unless merges keep coming.
constexpr int kAttempts = 5;

Result<Sqlite> open_catalog(const std::string& path) {
  OBS_TRY(Sqlite beside_writer, Sqlite::open(path, Sqlite::Mode::kRead));
  if (beside_writer.query_integer("SELECT count(*) FROM store")) return beside_writer;
  // SQLite shares its memory with the writer through a file; where we may not make that one, there
  // is hopefully no writer.
  OBS_TRY(Sqlite alone, Sqlite::open(path, Sqlite::Mode::kImmutable));
  OBS_TRY([[maybe_unused]] const auto rows, alone.query_integer("SELECT count(*) FROM store"));
  return alone;
}

// The parts of the snapshot by signal, as files to read.
using Files = std::array<std::vector<PartFile>, model::kSignalCount>;

class StoreSession final : public Session {
 public:
  StoreSession(Fs& fs, std::string dir, Sqlite catalog, std::unique_ptr<DuckdbDatabase> database,
               std::unique_ptr<DuckdbConnection> connection, TableFunction rows)
      : dir_(dir),
        catalog_(std::move(catalog)),
        pins_(fs, dir),
        damage_(fs, dir),
        fresh_(fs, std::move(dir)),
        database_(std::move(database)),
        connection_(std::move(connection)),
        rows_(std::move(rows)) {}

  Result<void> refresh(const SnapshotFilter& filter) override {
    for (int attempt = 1;; ++attempt) {
      auto taken = take_snapshot(filter);
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

  Result<std::string> make_attribute_view(model::Signal signal,
                                          std::span<const std::string> keys) override {
    std::string name = std::string(view_of(signal)) + "_attributes";
    OBS_TRY_VOID(define_view(name, signal, keys));
    return name;
  }

  std::uint64_t last_seq() const override { return last_seq_; }
  const std::vector<std::string>& damage() const override { return damage_.sentences(); }
  std::vector<std::string> find_damage() override { return damage_.find(catalog_); }
  Connection& connection() override { return *connection_; }
  Result<void> lock_down() override { return database_->lock_down(dir_); }

 private:
  // The WAL first, then the catalog: what is flushed in between is in both, and dropped here; the
  // other way round it could be in neither.
  Result<void> take_snapshot(const SnapshotFilter& filter) {
    OBS_TRY_VOID(fresh_.map());
    OBS_TRY(CatalogState state, read_catalog(catalog_));
    std::vector<Part> parts = std::move(state.parts);
    const auto is_outside = [&](const Part& part) {
      return !may_match(filter, part.min_time, part.max_time, part.max_seq);
    };
    parts.erase(std::remove_if(parts.begin(), parts.end(), is_outside), parts.end());
    OBS_TRY_VOID(damage_.leave_out(catalog_, filter, parts));
    OBS_TRY(auto paths, pins_.pin(parts));
    fresh_.settle(state.applied_segment);
    damage_.add(fresh_.damage());
    last_seq_ = std::max(state.next_seq - 1, fresh_.last_seq());
    for (auto& list : files_) list.clear();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      files_[static_cast<std::size_t>(parts[i].signal)].push_back(
          {std::move(paths[i]), std::move(parts[i].hot), parts[i].schema});
    }
    return {};
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

  Result<void> define_view(const std::string& name, model::Signal signal,
                           std::span<const std::string> keys) {
    const auto place = static_cast<std::size_t>(signal);
    return connection_->execute(
        fmt::format("CREATE OR REPLACE TEMP VIEW {} AS {}", to_sql_identifier(name),
                    select_from(signal, files_[place], offers_[place].sql(), keys)));
  }

  const std::string dir_;
  Sqlite catalog_;
  Pins pins_;
  SnapshotDamage damage_;
  FreshRows fresh_;
  std::unique_ptr<DuckdbDatabase> database_;
  std::unique_ptr<DuckdbConnection> connection_;
  TableFunction rows_;
  Files files_;
  std::array<TableFunction::Offer, model::kSignalCount> offers_;
  std::uint64_t last_seq_ = 0;
};

Result<std::string> find_store(Fs& fs, const std::string& dir) {
  OBS_TRY(const DirectoryKind kind, inspect_directory(fs, dir));
  if (kind == DirectoryKind::kMissing) {
    return fail(Errc::kNotFound, fmt::format("there is no directory {}", dir));
  }
  if (kind == DirectoryKind::kEmpty) {
    return fail(Errc::kInvalidArgument, fmt::format("{} is an empty directory, not a store", dir));
  }
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::canonical(dir, error);
  if (error) return fail_errno(error.value(), "find directory " + dir);
  return canonical.string();
}

Result<std::unique_ptr<Session>> open_session(Fs& fs, const std::string& given,
                                              const DuckdbOptions& options) {
  OBS_TRY(std::string dir, find_store(fs, given));
  OBS_TRY(Sqlite catalog, open_catalog(join_path(dir, kCatalogFile)));
  OBS_TRY(auto database, DuckdbDatabase::open(options));
  OBS_TRY(auto connection, database->connect_raw());
  OBS_TRY(TableFunction rows, TableFunction::install(*connection));
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
