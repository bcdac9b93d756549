// One column of a Parquet file while it is written: gathers the cells of a row group from DuckDB's
// vectors, then makes pages of them, each encoded in whatever way came out smallest on a sample.
// Internal to libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libobs/store/duckdb_api.h"
#include "libobs/store/parquet_encoding.h"

namespace obs::store {

// As the format numbers them.
enum class ParquetType : std::int32_t {
  kBoolean = 0,
  kInt32 = 1,
  kInt64 = 2,
  kDouble = 5,
  kBytes = 6
};
// What the bits of it mean.
enum class ParquetMeaning : std::uint8_t {
  kPlain,
  kUnsigned,
  kTimestamp,  // Nanoseconds, of no time zone.
  kText,
  kJson,
};

struct ParquetPacking {
  int zstd_level = 1;
  // A page of plain values ends here, so that one of them can be read without the rest of its row
  // group; 0: with its row group.
  std::size_t page_bytes = 0;
  // Numbers in runs too are in whatever way is smallest, for readers to whom it makes no
  // difference; else they are a dictionary.
  bool smallest = false;
};

// Where the pages of a row group are, and what they hold.
struct ParquetChunk {
  std::vector<ParquetEncoding> encodings;
  std::uint64_t cells = 0;                  // NULLs, and of lists the items, included.
  std::uint64_t offset = 0;                 // Of the first page.
  std::optional<std::uint64_t> dictionary;  // Offset of its page, which is the first then.
  std::uint64_t data = 0;                   // Offset of the first page of cells.
  std::uint64_t bytes = 0;
  std::uint64_t plain_bytes = 0;  // Before compression.
  std::uint64_t nulls = 0;
  std::string min, max;  // As PLAIN; empty: not known.
};

// How a column's numbers were encoded, for so many more of them.
struct ParquetChoice {
  std::uint8_t way = 0;
  bool has_runs = false;
  std::size_t values = 0;
};

class ParquetColumn {
 public:
  virtual ~ParquetColumn() = default;
  ParquetColumn(const ParquetColumn&) = delete;
  ParquetColumn& operator=(const ParquetColumn&) = delete;

  // nullptr for a type that is not made here.
  static std::unique_ptr<ParquetColumn> make(const DuckdbApi& api, std::string name,
                                             duckdb_logical_type type);

  const std::string& name() const { return name_; }
  ParquetType type() const { return type_; }
  ParquetMeaning meaning() const { return meaning_; }
  bool is_list() const { return is_list_; }

  // Takes the first rows of a vector.
  virtual void add(const DuckdbApi& api, duckdb_vector vector, idx_t rows) = 0;
  // Bytes that wait for finish(), about.
  virtual std::size_t bytes() const = 0;
  // The pages of the rows since the last time, appended to what is `begin` bytes into the file.
  virtual ParquetChunk finish(std::string& out, std::uint64_t begin,
                              const ParquetPacking& packing) = 0;

  // What was found out, and what was by the same column of a file before: it holds for a while. To
  // be set before the first finish().
  virtual ParquetChoice choice() const { return {}; }
  virtual void set_choice(const ParquetChoice&) {}

 protected:
  ParquetColumn(std::string name, ParquetType type, ParquetMeaning meaning, bool is_list)
      : name_(std::move(name)), type_(type), meaning_(meaning), is_list_(is_list) {}

 private:
  const std::string name_;
  const ParquetType type_;
  const ParquetMeaning meaning_;
  const bool is_list_;
};

}  // namespace obs::store
