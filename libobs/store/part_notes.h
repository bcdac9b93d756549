// What is noted about a part's rows while they are written: its index (part_index.h), the keys of
// their attributes (attribute_keys.h) and, of logs, its cube (cube.h). From records in memory at a
// flush; from DuckDB's chunks when parts are rewritten, or when an index is made anew. Internal to
// libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/note_taker.h"
#include "libobs/store/part.h"
#include "libobs/store/part_writer.h"
#include "libobs/store/row_set.h"
#include "libobs/store/table_function.h"

namespace obs::store {

struct ChunkColumn {
  std::string name;
  duckdb_type type = DUCKDB_TYPE_INVALID;
};

// Sees a part's rows as DuckDB's chunks, in their order. One thread.
class ChunkObserver {
 public:
  virtual ~ChunkObserver() = default;
  // `columns` are the same each time.
  virtual void observe(const DuckdbApi& api, duckdb_data_chunk chunk,
                       std::span<const ChunkColumn> columns, idx_t rows) = 0;
};

class ChunkNotes;
class RecordNotes;

// One thread.
class PartNotes final : public ChunkObserver {
 public:
  PartNotes(model::Signal signal, std::uint32_t group_rows);
  ~PartNotes() override;

  // These rows are next. The set is always the same.
  void add_rows(const RowSet& set, std::span<const RowRef> rows);
  void observe(const DuckdbApi& api, duckdb_data_chunk chunk, std::span<const ChunkColumn> columns,
               idx_t rows) override;

  // Writes these rows into a part, as PartWriter::write() does, and sees each on its way.
  Result<Part> write_part(TableFunction& function, PartWriter& writer, DuckdbConnection& connection,
                          PartRows rows, Part part, int zstd_level);

  // All rows were here: the sidecar is written beside the part, durably, and `part` gets its cube.
  // Does nothing for signals that have neither. kUnavailable: no room on the disk.
  Result<void> write(Fs& fs, const std::string& dir, Part& part);
  // The same for a part that no catalog knows yet: when it fails, the part goes.
  Result<Part> finish(Fs& fs, const std::string& dir, Part part);

 private:
  const model::Signal signal_;
  NoteTaker notes_;
  std::unique_ptr<RecordNotes> records_;  // One of the two is used.
  std::unique_ptr<ChunkNotes> chunks_;
};

// Reads a part, and makes its notes as if it were written now: for parts whose index is missing,
// damaged or of an older version. The catalog is the caller's to change.
Result<void> rebuild_notes(Fs& fs, DuckdbConnection& connection, const std::string& dir,
                           Part& part);

}  // namespace obs::store
