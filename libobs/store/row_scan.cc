#include "libobs/store/row_scan.h"

#include <algorithm>
#include <utility>

#include "libobs/store/hot_fill.h"
#include "libobs/store/row_schema.h"

namespace obs::store {

TypeHandle make_type(const DuckdbApi& api, CellType type) {
  const auto plain = [&](duckdb_type id) { return TypeHandle(api, api.create_logical_type(id)); };
  const auto list = [&](duckdb_type id) {
    return TypeHandle(api, api.create_list_type(plain(id).get()));
  };
  switch (type) {
    case CellType::kTimestamp: return plain(DUCKDB_TYPE_TIMESTAMP_NS);
    case CellType::kText: return plain(DUCKDB_TYPE_VARCHAR);
    case CellType::kBool: return plain(DUCKDB_TYPE_BOOLEAN);
    case CellType::kInt32: return plain(DUCKDB_TYPE_INTEGER);
    case CellType::kInt64: return plain(DUCKDB_TYPE_BIGINT);
    case CellType::kUint32: return plain(DUCKDB_TYPE_UINTEGER);
    case CellType::kUint64: return plain(DUCKDB_TYPE_UBIGINT);
    case CellType::kDouble: return plain(DUCKDB_TYPE_DOUBLE);
    case CellType::kDoubles: return list(DUCKDB_TYPE_DOUBLE);
    case CellType::kUint64s: return list(DUCKDB_TYPE_UBIGINT);
    case CellType::kJson: break;
  }
  // A cast to JSON would parse each text again; the alias alone makes the type.
  TypeHandle json = plain(DUCKDB_TYPE_VARCHAR);
  api.logical_type_set_alias(json.get(), "JSON");
  return json;
}

namespace {

TypeHandle make_type(const DuckdbApi& api, HotType type) {
  switch (type) {
    case HotType::kInt: return make_type(api, CellType::kInt64);
    case HotType::kBool: return make_type(api, CellType::kBool);
    case HotType::kText: break;
  }
  return make_type(api, CellType::kText);
}

class RowCursor final : public TableCursor {
 public:
  RowCursor(const DuckdbApi& api, const RowSet& set, std::span<const RowRef> refs,
            std::uint32_t rows_a_block, std::span<const HotAttribute> hot,
            const RowScan::OnRows& on_rows, std::vector<idx_t> columns)
      : api_(api),
        set_(set),
        refs_(refs),
        rows_a_block_(rows_a_block),
        wanted_(std::move(columns)),
        hot_(hot),
        on_rows_(on_rows),
        filler_(hot) {}

  Result<idx_t> fill(duckdb_data_chunk chunk) override {
    const std::size_t count = std::min<std::size_t>(refs_.size() - next_, api_.vector_size());
    const RowSlice rows{set_, refs_.subspan(next_, count), next_, rows_a_block_};
    if (on_rows_) on_rows_(rows.refs);
    const std::span<const RowColumn> columns = row_columns(set_.signal());
    HotFiller::Out attributes;
    attributes.hot.resize(hot_.size());
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (wanted_[i] >= columns.size() + hot_.size()) continue;
      ColumnOut out(api_, api_.data_chunk_get_vector(chunk, i));
      if (wanted_[i] >= columns.size()) {
        attributes.hot[wanted_[i] - columns.size()] = out;
      } else if (columns[wanted_[i]].name == kAttributesColumn && !hot_.empty()) {
        attributes.rest = out;
      } else {
        columns[wanted_[i]].fill(rows, out);
      }
    }
    if (!hot_.empty()) filler_.fill(rows, attributes);
    next_ += count;
    return idx_t{count};
  }

 private:
  const DuckdbApi& api_;
  const RowSet& set_;
  std::span<const RowRef> refs_;
  std::uint32_t rows_a_block_;
  std::vector<idx_t> wanted_;
  std::span<const HotAttribute> hot_;
  const RowScan::OnRows& on_rows_;
  HotFiller filler_;
  std::size_t next_ = 0;
};

}  // namespace

void describe_rows(model::Signal signal, std::span<const HotAttribute> hot, const DuckdbApi& api,
                   const TableSource::AddColumn& add) {
  for (const RowColumn& column : row_columns(signal)) {
    add(std::string(column.name), make_type(api, column.type).get());
  }
  for (const HotAttribute& attribute : hot) {
    add(column_of(attribute.key), make_type(api, attribute.type).get());
  }
}

// The statement keeps the source, and so what the cursor refers to.
std::unique_ptr<TableCursor> RowScan::open(const DuckdbApi& api, std::vector<idx_t> columns) const {
  return std::make_unique<RowCursor>(api, *set_, refs_, rows_a_block_, hot_, on_rows_,
                                     std::move(columns));
}

}  // namespace obs::store
