#include "libobs/store/part_writer.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/clock.h"
#include "libobs/base/hash.h"
#include "libobs/store/catalog_blobs.h"
#include "libobs/store/number_columns.h"
#include "libobs/store/paced_file.h"
#include "libobs/store/part_damage.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/store_files.h"

namespace obs::store {
namespace {

// 20261122T101530Z: sorts by time, and needs no quoting in a shell.
std::string to_basic_time(Timestamp time) {
  std::string text = to_rfc3339(time).substr(0, 19);
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '-' || c == ':'; }),
             text.end());
  return text + "Z";
}

std::vector<std::pair<std::string, std::string>> metadata_of(const Part& part) {
  return {{"obs_format", fmt::format("{}", kStoreFormat)},
          {"obs_schema", fmt::format("{}", part.schema)},
          {"obs_part", fmt::format("{}", part.id)},
          {"obs_seq", fmt::format("{}-{}", part.min_seq, part.max_seq)}};
}

std::string copy_options(const Part& part, int zstd_level) {
  std::string metadata;
  for (const auto& [key, value] : metadata_of(part)) {
    metadata += fmt::format("{}{}: '{}'", metadata.empty() ? "" : ", ", key, value);
  }
  return fmt::format(
      "FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, COMPRESSION_LEVEL {}, "
      "ROW_GROUP_SIZE {}, KV_METADATA {{{}}}",
      zstd_level, part.group_rows, metadata);
}

Result<void> check_count(const Part& part, std::int64_t rows) {
  if (rows == static_cast<std::int64_t>(part.rows)) return {};
  return fail(Errc::kInternal, fmt::format("{} rows were to be written, not {}", part.rows, rows));
}

// DuckDB tells a full disk only in its message.
Error to_store_error(Error error) {
  if (error.message.find("No space left") != std::string::npos ||
      error.message.find("quota exceeded") != std::string::npos) {
    error.code = Errc::kUnavailable;
  }
  return error;
}

Result<std::uint64_t> write_columns(ParquetWriter& writer, const PartRows& rows) {
  if (const auto* numbers = std::get_if<std::shared_ptr<NumberSource>>(&rows)) {
    NumberColumns columns(**numbers);
    return writer.write(columns);
  }
  return writer.write(*std::get<std::shared_ptr<ColumnSource>>(rows));
}

// A row group of logs is smaller in such pages than in one (36.2 bytes a row against 37.3), and to
// read one takes a tenth of a millisecond.
constexpr std::size_t kPageBytes = std::size_t{64} << 10;
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

}  // namespace

std::string part_path(const Part& part) {
  return fmt::format("{}/{}/{}-{}-{}.parquet", directory_of(part.signal), part.partition,
                     to_basic_time(part.min_time), to_basic_time(part.max_time), part.id);
}

Result<Part> PartWriter::write(DuckdbConnection& connection, const std::string& select, Part part,
                               int zstd_level) {
  return write_file(std::move(part), [&](const Part& made, const std::string& path) {
    return copy(connection, select, made, zstd_level, path);
  });
}

Result<Part> PartWriter::write(DuckdbConnection& connection, TableFunction& function, PartRows rows,
                               Part part, int zstd_level) {
  if (!are_chunks(rows)) return write(std::move(rows), std::move(part), zstd_level);
  auto table = std::get<std::shared_ptr<const TableSource>>(std::move(rows));
  const bool is_flat = part.signal == model::Signal::kMetrics &&
                       (shape_of(part.schema) == PointShape::kFlat || is_series(part));
  if (is_flat) {
    const auto offer = function.offer(std::move(table));
    return write(connection, "SELECT * FROM " + offer.sql(), std::move(part), zstd_level);
  }
  const auto write_table = [&](ParquetWriter& writer) {
    return writer.write(connection.api(), *table);
  };
  return write_file(std::move(part), [&](const Part& made, const std::string& path) {
    return write_own(write_table, made, zstd_level, path);
  });
}

Result<Part> PartWriter::write(PartRows rows, Part part, int zstd_level) {
  const auto write_rows = [&](ParquetWriter& writer) { return write_columns(writer, rows); };
  return write_file(std::move(part), [&](const Part& made, const std::string& path) {
    return write_own(write_rows, made, zstd_level, path);
  });
}

Result<Part> PartWriter::write_file(Part part, const MakeFile& make) {
  part.path = part_path(part);
  const std::string path = join_path(dir_, part.path);
  const std::string temporary = path + std::string(kTemporarySuffix);
  OBS_TRY_VOID(fs_.make_dirs(parent_path(path)));
  auto written = make(part, temporary);
  if (written) written = publish(temporary, part);
  if (!written) {
    (void)fs_.remove(temporary);
    return fail(to_store_error(std::move(written).error()).during("write part " + part.path));
  }
  OBS_TRY(const auto file, fs_.map(path));
  part.bytes = file->bytes().size();
  part.hash = hash64(as_text(file->bytes()));
  part.blobs.push_back({std::string(kBlockHashes), hash_blocks(as_text(file->bytes()))});
  return part;
}

Result<void> PartWriter::write_own(const WriteRows& write, const Part& part, int zstd_level,
                                   const std::string& path) {
  OBS_TRY(auto opened, fs_.open_append(path));
  const auto file = std::make_unique<PacedFile>(std::move(opened));
  OBS_TRY_VOID(file->truncate(0));  // An attempt before may have left something.
  ParquetOptions options{part.group_rows, {zstd_level, 0, true}, metadata_of(part)};
  // Of logs and spans a group is what column block and the index say, see row_group_size(); and
  // single rows are asked for.
  if (part.signal == model::Signal::kMetrics) {
    options.choices = &choices_[part.schema];
  } else {
    options.group_bytes = kNoLimit;
    options.packing = {zstd_level, kPageBytes, false};
  }
  ParquetWriter writer(*file, std::move(options));
  OBS_TRY(const std::uint64_t written, write(writer));
  return check_count(part, static_cast<std::int64_t>(written));
}

Result<void> PartWriter::copy(DuckdbConnection& connection, const std::string& select,
                              const Part& part, int zstd_level, const std::string& path) {
  OBS_TRY(auto answer,
          connection.query(fmt::format("COPY ({}) TO {} ({})", select, to_sql_string(path),
                                       copy_options(part, zstd_level))));
  std::span<const model::Value> row;
  OBS_TRY(const bool counted, answer->next(row));
  return check_count(part, counted ? row[0].as_int() : 0);
}

// COPY calls no fsync of any kind, so that is ours; then the name, then the directory that has it,
// and the directory that has that one, which may be new.
Result<void> PartWriter::publish(const std::string& temporary, const Part& part) {
  const std::string path = join_path(dir_, part.path);
  OBS_TRY_VOID(fs_.sync_file(temporary));
  OBS_TRY_VOID(fs_.rename(temporary, path));
  OBS_TRY_VOID(fs_.sync_dir(parent_path(path)));
  OBS_TRY_VOID(fs_.sync_dir(parent_path(parent_path(path))));
  return fs_.sync_dir(dir_);
}

}  // namespace obs::store
