// Parts written: rows in memory, or the rows of smaller parts, as one Parquet file that is durable
// under its final name. The catalog does not know it yet. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <variant>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/column_source.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/number_rows.h"
#include "libobs/store/parquet_writer.h"
#include "libobs/store/part.h"
#include "libobs/store/table_function.h"

namespace obs::store {

// The rows of a part: of numbers and of fresh series as such, of all else as chunks of DuckDB's.
using PartRows = std::variant<std::shared_ptr<const TableSource>, std::shared_ptr<NumberSource>,
                              std::shared_ptr<ColumnSource>>;
inline bool are_chunks(const PartRows& rows) { return rows.index() == 0; }

// One thread at a time; several writers may share a DuckDB instance.
class PartWriter {
 public:
  // `dir` is the store.
  PartWriter(Fs& fs, std::string dir) : fs_(fs), dir_(std::move(dir)) {}

  // Runs `select` into a part. `part` says all but its path, size in bytes and hash, which the
  // answer knows too. A failure leaves nothing behind, or a file that the next
  // open removes. kUnavailable: no room on the disk. kInternal: not `part.rows` rows came.
  Result<Part> write(DuckdbConnection& connection, const std::string& select, Part part,
                     int zstd_level);
  // Likewise these rows. Only points that have all their text, and series out of other parts, go
  // through DuckDB.
  Result<Part> write(DuckdbConnection& connection, TableFunction& function, PartRows rows,
                     Part part, int zstd_level);
  // Likewise rows that are no chunks.
  Result<Part> write(PartRows rows, Part part, int zstd_level);

 private:
  using MakeFile = std::function<Result<void>(const Part& part, const std::string& path)>;
  Result<Part> write_file(Part part, const MakeFile& make);
  Result<void> copy(DuckdbConnection& connection, const std::string& select, const Part& part,
                    int zstd_level, const std::string& path);
  using WriteRows = std::function<Result<std::uint64_t>(ParquetWriter& writer)>;
  Result<void> write_own(const WriteRows& write, const Part& part, int zstd_level,
                         const std::string& path);
  Result<void> publish(const std::string& temporary, const Part& part);

  Fs& fs_;
  const std::string dir_;
  std::map<int, ParquetChoices> choices_;  // Of points, by schema.
};

// "logs/2026-11-22/20261122T101530Z-20261122T101540Z-17.parquet"
std::string part_path(const Part& part);

}  // namespace obs::store
