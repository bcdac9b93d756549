#include "libobs/store/verify.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "libobs/store/catalog.h"
#include "libobs/store/catalog_blobs.h"
#include "libobs/store/cube.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/part_damage.h"
#include "libobs/store/part_index.h"
#include "libobs/store/pins.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/reader_catalog.h"
#include "libobs/store/replay.h"
#include "libobs/store/rollup.h"
#include "libobs/store/store_files.h"
#include "libobs/store/wal_segments.h"

namespace obs::store {
namespace {

class Verifier {
 public:
  Verifier(Fs& fs, std::string dir, Sqlite& catalog, DuckdbConnection& connection)
      : fs_(fs), dir_(std::move(dir)), catalog_(catalog), connection_(connection) {}

  // What there is; points need their series to be read.
  void set_parts(std::vector<Part> parts) { parts_ = std::move(parts); }
  Verdict take() { return std::move(verdict_); }

  Result<void> check_catalog() {
    const auto answer = catalog_.query_text("PRAGMA integrity_check");
    const std::string what = answer ? *answer : answer.error().message;
    if (what != "ok") add(std::string(kCatalogFile), {}, what);
    return {};
  }

  // `file` is where the part can be read as long as we like. Series before their points.
  void check_part(const Part& part, const std::string& file) {
    ++verdict_.parts;
    if (!is_series(part)) verdict_.rows += part.rows;
    verdict_.bytes += part.bytes;
    const bool is_good = check_bytes(part, file);
    if (!is_good && is_series(part)) bad_series_ = true;
    if (is_good && can_read(part)) {
      if (auto read = check_rows(part, file); !read) add(part.path, {}, read.error().message);
    }
    check_index(part);
    check_blobs(part);
  }

  Result<void> check_wal(std::uint64_t applied) {
    OBS_TRY(const auto segments, map_segments(fs_, dir_, applied));
    for (const WalSegment& segment : segments) check_segment(segment);
    return {};
  }

  Result<void> check_set_aside() {
    OBS_TRY(const auto parts, read_set_aside(catalog_));
    for (const SetAsidePart& aside : parts) {
      add(aside.part.path, aside.offset, "was set aside: " + aside.sentence());
    }
    const auto segments = fs_.list(join_path(dir_, kDamagedDir));
    if (!segments) return {};
    for (const DirEntry& entry : *segments) {
      add(join_path(kDamagedDir, entry.name), {},
          "was set aside: not all of it could be read. Remove it when you have looked at it");
    }
    return {};
  }

 private:
  // Points are read with their series. Where one of those is damaged, that is what is wrong, and
  // their own checksums must do.
  bool can_read(const Part& part) const {
    return part.signal != model::Signal::kMetrics || is_series(part) || !bad_series_;
  }

  void add(std::string path, std::optional<std::uint64_t> offset, std::string what) {
    verdict_.problems.push_back({std::move(path), offset, std::move(what)});
  }

  // False: its bytes are not those that were written, and what they say is of no interest.
  bool check_bytes(const Part& part, const std::string& file) {
    Part here = part;
    here.path = file;
    const auto hashes = read_blob(catalog_, part.id, kBlockHashes);
    const auto damage = find_damage(fs_, dir_, here, hashes ? *hashes : std::string());
    if (damage) add(part.path, damage->offset, damage->reason);
    return !damage;
  }

  // A hash over whole rows makes DuckDB decode every value.
  Result<void> check_rows(const Part& part, const std::string& path) {
    std::vector<PartFile> files = to_files(dir_, part, parts_);
    files.front().path = path;
    const std::string relation = is_series(part) ? "SELECT *, NULL AS time, NULL AS seq FROM " +
                                                       read_parquet_sql(std::span(&path, 1))
                                                 : select_from(part.signal, files, {});
    OBS_TRY(const auto rows,
            connection_.query(fmt::format("SELECT count(*), min(time), max(time), min(seq), "
                                          "max(seq), bit_xor(hash(t)) FROM ({}) AS t",
                                          relation)));
    std::span<const model::Value> row;
    OBS_TRY(const bool more, rows->next(row));
    if (!more) return fail(Errc::kMalformed, "it cannot be counted");
    compare(part, "rows", row[0], static_cast<std::int64_t>(part.rows));
    if (is_series(part)) return {};
    compare(part, "as earliest time", row[1], part.min_time);
    compare(part, "as latest time", row[2], part.max_time);
    compare(part, "as least seq", row[3], static_cast<std::int64_t>(part.min_seq));
    compare(part, "as greatest seq", row[4], static_cast<std::int64_t>(part.max_seq));
    return {};
  }

  void compare(const Part& part, std::string_view what, const model::Value& found,
               std::int64_t wanted) {
    const bool is_number = found.kind() == model::ValueKind::kInt;
    if (is_number && found.as_int() == wanted) return;
    add(part.path, {},
        fmt::format("has {} {}, the catalog says {}", is_number ? found.as_int() : 0, what,
                    wanted));
  }

  // Searches go on without it, by reading the whole part. A merge may take both meanwhile, and then
  // there is nothing to say of it.
  void check_index(const Part& part) {
    if (!has_index(part.signal)) return;
    const std::string path = index_path(part.path);
    auto index = PartIndex::open(fs_, join_path(dir_, path), part);
    const auto good = index ? (*index)->verify() : fail(std::move(index).error());
    if (good || !fs_.exists(join_path(dir_, part.path))) return;
    const bool missing = good.error().code == Errc::kNotFound;
    add(path, {},
        missing ? "is missing, so that searches read the whole part" : good.error().message);
  }

  // Their rows are told without them too, by reading them.
  void check_blobs(const Part& part) {
    if (const auto bytes = read_blob(catalog_, part.id, kCubeBlob); bytes && !bytes->empty()) {
      check_cube(part, *bytes);
    }
    for (const std::string_view kind : {kSpanMetricsBlob, kEdgesBlob}) {
      const auto bytes = read_blob(catalog_, part.id, kind);
      if (!bytes || bytes->empty()) continue;
      const auto rollup = decode_rollup(*bytes);
      if (!rollup) {
        add(std::string(kCatalogFile), {},
            fmt::format("{} of {}: {}", kind, part.path, rollup.error().what));
      }
    }
  }

  void check_cube(const Part& part, std::string_view bytes) {
    const auto cube = decode_cube(bytes);
    std::uint64_t rows = 0;
    if (cube) {
      for (const auto& [group, cells] : *cube) {
        for (const CubeCell& cell : cells) rows += cell.count;
      }
    }
    if (cube && rows == part.rows) return;
    add(std::string(kCatalogFile), {},
        fmt::format("cube of {}: {}", part.path,
                    cube ? fmt::format("counts {} rows, not {}", rows, part.rows)
                         : std::string(cube.error().what)));
  }

  void check_segment(const WalSegment& segment) {
    ++verdict_.segments;
    const std::string path = segment_path(segment.number);
    const SegmentScan scan = scan_segment(segment.bytes(), segment.known_size);
    const bool used = !scan.frames.empty() || segment.known_size.value_or(0) > 0;
    if (!segment.header && used) add(path, 0, "the header cannot be read");
    for (const Damage& damage : scan.damage) {
      add(path, damage.offset, fmt::format("{} bytes cannot be read", damage.length));
    }
    for (const Frame& frame : scan.frames) {
      const auto batch = decode_frame(frame.info.first_seq, frame.envelope);
      if (!batch) {
        add(path, frame.offset, "the batch cannot be read: " + batch.error().message);
      } else if (batch->batch->size() != frame.info.records) {
        add(path, frame.offset,
            fmt::format("the batch has {} records instead of {}", batch->batch->size(),
                        frame.info.records));
      }
      verdict_.wal_rows += frame.info.records;
    }
  }

  Fs& fs_;
  const std::string dir_;
  Sqlite& catalog_;
  DuckdbConnection& connection_;
  std::vector<Part> parts_;
  bool bad_series_ = false;  // One of those checked so far.
  Verdict verdict_;
};

// The parts of a snapshot, held until we are through.
Result<std::vector<std::string>> pin_all(Sqlite& catalog, Pins& pins, CatalogState& state) {
  constexpr int kAttempts = 5;
  for (int attempt = 1;; ++attempt) {
    OBS_TRY(state, read_catalog(catalog));
    auto pinned = pins.pin(state.parts);
    if (pinned || pinned.error().code != Errc::kNotFound) return pinned;
    // Merged meanwhile, or gone for good: then it is named as it is read in place.
    if (attempt < kAttempts) continue;
    std::vector<std::string> paths;
    for (const Part& part : state.parts) paths.push_back(part.path);
    return paths;
  }
}

}  // namespace

Result<Verdict> verify_store(Fs& fs, const std::string& given, const DuckdbOptions& duckdb,
                             const std::function<void(const CareProgress&)>& tell) {
  OBS_TRY(const std::string dir, find_store(fs, given));
  OBS_TRY(Sqlite catalog, open_reader_catalog(dir));
  OBS_TRY(const auto database, DuckdbDatabase::open(duckdb));
  OBS_TRY(const auto connection, database->connect_raw());
  Verifier verifier(fs, dir, catalog, *connection);
  OBS_TRY_VOID(verifier.check_catalog());
  Pins pins(fs, dir);
  CatalogState state;
  OBS_TRY(const auto files, pin_all(catalog, pins, state));
  OBS_TRY_VOID(verifier.check_wal(state.applied_segment));
  OBS_TRY_VOID(verifier.check_set_aside());
  verifier.set_parts(state.parts);
  std::size_t done = 0;
  for (const bool series : {true, false}) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (is_series(state.parts[i]) != series) continue;
      verifier.check_part(state.parts[i], join_path(dir, files[i]));
      if (tell) tell({"parts", ++done, files.size()});
    }
  }
  return verifier.take();
}

}  // namespace obs::store
