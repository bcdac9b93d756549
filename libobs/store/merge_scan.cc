#include "libobs/store/merge_scan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libobs/store/hot_merge.h"
#include "libobs/store/row_scan.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/stretch_copier.h"

namespace obs::store {
namespace {

constexpr std::string_view kBlock = "block";

// Rows of a chunk that go into another.
struct Stretch {
  duckdb_data_chunk from;
  idx_t first = 0;
  idx_t count = 0;
  duckdb_data_chunk to;
  idx_t at = 0;
};

// Where the columns are: those of the signal, then the hot ones. A source has no column block, and
// otherwise the same order.
struct Layout {
  explicit Layout(model::Signal signal) : fixed(row_columns(signal).size()) {
    const auto columns = row_columns(signal);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].name == kAttributesColumn) attributes = i;
      if (columns[i].name == kBlock) block = i;
    }
  }
  idx_t source_column(idx_t column) const { return column < block ? column : column - 1; }

  idx_t fixed;
  idx_t attributes = 0;
  idx_t block = 0;
};

class MergeCursor final : public TableCursor {
 public:
  MergeCursor(DuckdbConnection& connection, model::Signal signal, std::span<const HotAttribute> hot,
              std::span<const MergeSource> sources, DuckdbChunks& first, std::vector<idx_t> columns,
              std::uint32_t rows_a_block)
      : connection_(connection),
        api_(first.api()),
        layout_(signal),
        fixed_(row_columns(signal)),
        hot_(hot),
        sources_(sources),
        chunks_(&first),
        mapping_(sources.front().hot, hot),
        copier_(api_),
        columns_(std::move(columns)),
        rows_a_block_(rows_a_block) {}

  // A chunk ends with its row group, where these are smaller than chunks. Then rows are large, and
  // it ends with the chunk that it is made of, too: each holds what a group of its part takes.
  Result<idx_t> fill(duckdb_data_chunk out) override {
    shown_.clear();
    const bool is_small = rows_a_block_ < api_.vector_size();
    const idx_t room = is_small ? rows_a_block_ - done_ % rows_a_block_ : api_.vector_size();
    idx_t filled = 0;
    while (filled < room) {
      if (taken_ == available_) {
        if (is_small && filled > 0) break;
        OBS_TRY(const bool more, next_chunk());
        if (!more) break;
      }
      const idx_t count = std::min(available_ - taken_, room - filled);
      take({chunks_->chunk(), taken_, count, out, filled});
      taken_ += count;
      filled += count;
    }
    number_blocks(out, filled);
    return filled;
  }

 private:
  Result<bool> next_chunk() {
    if (available_ > 0) shown_.push_back(chunks_->take_chunk());
    for (;;) {
      OBS_TRY(const bool more, chunks_->next());
      if (more) {
        taken_ = 0;
        available_ = api_.data_chunk_get_size(chunks_->chunk());
        return true;
      }
      if (source_ + 1 == sources_.size()) return false;
      const MergeSource& next = sources_[++source_];
      OBS_TRY(auto chunks, connection_.query_chunks(next.sql));
      own_ = std::make_unique<DuckdbChunks>(std::move(chunks));
      chunks_ = own_.get();
      mapping_ = HotMapping(next.hot, hot_);
    }
  }

  void take(const Stretch& stretch) {
    HotMapping::Out mapped;
    mapped.hot.resize(hot_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const idx_t column = columns_[i];
      if (column == layout_.block || column >= layout_.fixed + hot_.size()) continue;
      const duckdb_vector to = api_.data_chunk_get_vector(stretch.to, i);
      const idx_t from = source_of(column);
      if (from != HotMapping::kNone) {
        copy(column, stretch, api_.data_chunk_get_vector(stretch.from, from), to);
      } else if (column == layout_.attributes) {
        mapped.rest.emplace(api_, to);
      } else {
        mapped.hot[column - layout_.fixed].emplace(api_, to);
      }
    }
    if (!mapping_.is_identity()) map(stretch, mapped);
  }

  void copy(idx_t column, const Stretch& stretch, duckdb_vector from, duckdb_vector to) {
    if (is_text(column)) {
      copier_.point_to_texts(from, stretch.first, stretch.count, to, stretch.at);
    } else {
      copier_.copy(from, stretch.first, stretch.count, to, stretch.at);
    }
  }

  bool is_text(idx_t column) const {
    if (column >= layout_.fixed) return hot_[column - layout_.fixed].type == HotType::kText;
    const CellType type = fixed_[column].type;
    return type == CellType::kText || type == CellType::kJson;
  }

  // The source's column that can be copied; kNone: the mapping makes this one.
  idx_t source_of(idx_t column) const {
    if (column == layout_.attributes && !mapping_.is_identity()) return HotMapping::kNone;
    if (column < layout_.fixed) return layout_.source_column(column);
    const std::size_t hot = mapping_.source_of(column - layout_.fixed);
    return hot == HotMapping::kNone ? hot : layout_.source_column(layout_.fixed) + hot;
  }

  void map(const Stretch& stretch, HotMapping::Out& out) {
    const auto source = [&](idx_t column) {
      return api_.data_chunk_get_vector(stretch.from, layout_.source_column(column));
    };
    std::vector<duckdb_vector> hot;
    for (std::size_t i = 0; i < sources_[source_].hot.size(); ++i) {
      hot.push_back(source(layout_.fixed + i));
    }
    const duckdb_vector rest = source(layout_.attributes);
    for (idx_t i = 0; i < stretch.count; ++i) {
      mapping_.map(api_, rest, hot, stretch.first + i, out, stretch.at + i);
    }
  }

  void number_blocks(duckdb_data_chunk out, idx_t rows) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i] != layout_.block) continue;
      auto* blocks =
          static_cast<std::uint32_t*>(api_.vector_get_data(api_.data_chunk_get_vector(out, i)));
      for (idx_t row = 0; row < rows; ++row) {
        blocks[row] = static_cast<std::uint32_t>((done_ + row) / rows_a_block_);
      }
    }
    done_ += rows;
  }

  DuckdbConnection& connection_;
  const DuckdbApi& api_;
  const Layout layout_;
  std::span<const RowColumn> fixed_;
  std::span<const HotAttribute> hot_;
  std::span<const MergeSource> sources_;
  std::size_t source_ = 0;
  DuckdbChunks* chunks_;
  std::unique_ptr<DuckdbChunks> own_;
  std::vector<ChunkHandle> shown_;  // What the chunk filled last points into.
  HotMapping mapping_;              // Of the source to hot_.
  StretchCopier copier_;
  std::vector<idx_t> columns_;
  std::uint32_t rows_a_block_;
  idx_t taken_ = 0;  // Of the current chunk's rows.
  idx_t available_ = 0;
  idx_t done_ = 0;
};

MergeSource make_source(model::Signal signal, const HotAttributes& hot,
                        std::span<const std::string> paths, const std::string& filter) {
  std::string list;
  for (const RowColumn& column : row_columns(signal)) {
    if (column.name != kBlock) list += to_sql_identifier(column.name) + ", ";
  }
  for (const HotAttribute& attribute : hot) {
    list += to_sql_identifier(column_of(attribute.key)) + ", ";
  }
  list.resize(list.size() - 2);
  return {hot, fmt::format("SELECT {} FROM {}{}{}", list, read_parquet_sql(paths),
                           filter.empty() ? "" : " WHERE ", filter)};
}

// In the order of the files, since merges keep that of their rows.
std::vector<MergeSource> make_sources(model::Signal signal, std::span<const PartFile> files,
                                      const std::string& filter) {
  std::vector<MergeSource> sources;
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < files.size(); ++i) {
    paths.push_back(files[i].path);
    if (i + 1 < files.size() && files[i + 1].hot == files[i].hot) continue;
    sources.push_back(make_source(signal, files[i].hot, paths, filter));
    paths.clear();
  }
  return sources;
}

// The most that rows of a row group take on average, before they are compressed: what repeats well
// is a thousand times smaller in its part.
Result<std::uint64_t> find_row_bytes(DuckdbConnection& connection,
                                     std::span<const PartFile> files) {
  std::string paths;
  for (const PartFile& file : files) {
    paths += (paths.empty() ? "" : ", ") + to_sql_string(file.path);
  }
  OBS_TRY(const auto rows,
          connection.query(fmt::format("SELECT max(row_group_bytes // row_group_num_rows) FROM "
                                       "parquet_metadata([{}]) WHERE row_group_num_rows > 0",
                                       paths)));
  std::span<const model::Value> row;
  OBS_TRY(const bool more, rows->next(row));
  const bool known = more && row[0].kind() == model::ValueKind::kInt && row[0].as_int() > 0;
  return known ? static_cast<std::uint64_t>(row[0].as_int()) : 0;
}

}  // namespace

Result<std::shared_ptr<MergeScan>> MergeScan::start(DuckdbConnection& connection, Part& merged,
                                                    std::span<const PartFile> files,
                                                    const std::string& filter) {
  OBS_TRY(merged.hot, settle_hot_attributes(connection, std::move(merged.hot), files));
  OBS_TRY(const std::uint64_t row_bytes, find_row_bytes(connection, files));
  merged.group_rows = std::min(merged.group_rows, small_group_size(merged.signal, row_bytes));
  auto sources = make_sources(merged.signal, files, filter);
  OBS_TRY(auto first, connection.query_chunks(sources.front().sql));
  return std::shared_ptr<MergeScan>(
      new MergeScan(connection, merged, std::move(sources), std::move(first)));
}

void MergeScan::describe(const DuckdbApi& api, const AddColumn& add) const {
  describe_rows(signal_, hot_, api, add);
}

std::unique_ptr<TableCursor> MergeScan::open(const DuckdbApi&, std::vector<idx_t> columns) const {
  return std::make_unique<MergeCursor>(connection_, signal_, hot_, sources_, *first_,
                                       std::move(columns), rows_a_block_);
}

}  // namespace obs::store
