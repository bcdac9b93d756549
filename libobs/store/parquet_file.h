// ParquetFile: a Parquet file's footer, and numbers out of one that ParquetWriter wrote, in the
// form in which it has them: as runs of one value wherever these are runs. Twenty times as fast as
// a general reader where series are what is asked for. Internal to libobs/store.
//
// Files of others are kUnsupported where they use what ours do not, and so are columns of lists and
// text; DuckDB reads those.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/parquet_column.h"

namespace obs::store {

// Consecutive cells.
template <class T>
struct ParquetStretch {
  enum class Kind : std::uint8_t { kNull, kSame, kEach };
  Kind kind = Kind::kNull;
  std::uint32_t count = 0;
  T same{};                 // kSame: of all.
  std::uint32_t first = 0;  // kEach: where they begin in `values`.
};

// The cells of a column in one row group.
template <class T>
struct ParquetCells {
  std::vector<ParquetStretch<T>> stretches;
  std::vector<T> values;
};

// Walks through cells. At the end left() is 0.
template <class T>
class ParquetCursor {
 public:
  using Kind = typename ParquetStretch<T>::Kind;

  ParquetCursor() = default;
  explicit ParquetCursor(const ParquetCells<T>& cells) : cells_(&cells) {}

  // Cells from here on to the end of the stretch.
  std::uint32_t left() const { return at_end() ? 0 : stretch().count - used_; }
  bool is_null() const { return at_end() || stretch().kind == Kind::kNull; }
  bool is_same() const { return stretch().kind == Kind::kSame; }
  // Of a stretch that is not NULL, by place from here on.
  T at(std::uint32_t i) const { return is_same() ? stretch().same : each()[i]; }
  const T* each() const { return cells_->values.data() + stretch().first + used_; }

  void skip(std::uint32_t cells) {
    while (cells > 0 && !at_end()) {
      const std::uint32_t some = std::min(cells, left());
      cells -= some;
      used_ += some;
      if (used_ == stretch().count) {
        ++place_;
        used_ = 0;
      }
    }
  }

 private:
  bool at_end() const { return cells_ == nullptr || place_ == cells_->stretches.size(); }
  const ParquetStretch<T>& stretch() const { return cells_->stretches[place_]; }

  const ParquetCells<T>* cells_ = nullptr;
  std::size_t place_ = 0;
  std::uint32_t used_ = 0;
};

class ParquetFile {
 public:
  // Where a column's pages of a row group are.
  struct Chunk {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t cells = 0;
    std::optional<std::uint64_t> nulls;
    std::string_view min, max;  // As PLAIN; empty: not known.
  };
  struct Group {
    std::uint64_t rows = 0;
    std::vector<Chunk> chunks;  // By column.
  };

  // Reads the footer. kMalformed, kUnsupported.
  static Result<ParquetFile> open(std::shared_ptr<const Mapping> file);

  // Of a column that is neither nested nor repeated.
  std::optional<std::size_t> find_column(std::string_view name) const;
  const std::vector<Group>& groups() const { return groups_; }
  // Of a column that was found.
  const std::string& name_of(std::size_t column) const { return columns_[column].name; }
  ParquetType type_of(std::size_t column) const {
    return static_cast<ParquetType>(columns_[column].type);
  }
  // Whether ParquetWriter says that it wrote the file.
  bool is_ours() const { return is_ours_; }

  // The pages of a column in a row group, one behind the other; nullopt: they are not where they
  // should be.
  std::optional<std::string_view> pages_of(std::size_t group, std::size_t column) const;
  std::string_view bytes() const { return as_text(file_->bytes()); }

  // kMalformed: the pages are damaged. kUnsupported: T is not the type of the column, or the pages
  // are not as ParquetWriter makes them. T: int32_t, int64_t or double.
  template <class T>
  Result<ParquetCells<T>> read(std::size_t group, std::size_t column) const;

 private:
  struct Column {
    std::string name;
    std::int64_t type = -1;
    bool is_flat = false;  // And may be NULL.
  };

  explicit ParquetFile(std::shared_ptr<const Mapping> file) : file_(std::move(file)) {}
  bool read_footer(std::string_view footer);

  std::shared_ptr<const Mapping> file_;
  std::vector<Column> columns_;
  std::vector<Group> groups_;
  bool is_ours_ = false;
};

// Whether a column may hold something else than NULL, by what the footer says.
bool has_values(const ParquetFile& file, std::string_view column);

extern template Result<ParquetCells<std::int32_t>> ParquetFile::read(std::size_t,
                                                                     std::size_t) const;
extern template Result<ParquetCells<std::int64_t>> ParquetFile::read(std::size_t,
                                                                     std::size_t) const;
extern template Result<ParquetCells<double>> ParquetFile::read(std::size_t, std::size_t) const;

}  // namespace obs::store
