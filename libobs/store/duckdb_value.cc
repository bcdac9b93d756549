#include "libobs/store/duckdb_value.h"

#include <limits>

#include "libobs/base/clock.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/store/duckdb_handle.h"
#include "libobs/store/duckdb_number.h"

namespace obs::store {
namespace {

using model::Value;

// A type nested deeper than this prints instead: nobody reads such columns, and we recurse.
constexpr int kMaxTypeDepth = 16;

// Up to this many digits a double gives a decimal back exactly as it was written.
constexpr int kExactDoubleDigits = 15;

// The values DuckDB sets aside for 'infinity' and '-infinity' of dates and timestamps.
constexpr std::int64_t kInfiniteTime = std::numeric_limits<std::int64_t>::max();
constexpr std::int32_t kInfiniteDate = std::numeric_limits<std::int32_t>::max();

Value to_time(std::int64_t count, std::int64_t unit, Arena& arena) {
  if (count == kInfiniteTime) return Value::string("infinity");
  if (count == -kInfiniteTime) return Value::string("-infinity");
  if (const auto time = to_timestamp(count, unit)) return Value::integer(*time);
  // Only units coarser than a nanosecond come here; the fraction is beyond anyone's care.
  return Value::string(arena.copy(to_far_time_text(count / (kSecond / unit))));
}

Value to_date(std::int32_t days, Arena& arena) {
  if (days == kInfiniteDate) return Value::string("infinity");
  if (days == -kInfiniteDate) return Value::string("-infinity");
  return to_time(std::int64_t{days} * (kDay / kSecond), kSecond, arena);
}

Value to_integer(Int128 value, Arena& arena) {
  if (value >= std::numeric_limits<std::int64_t>::min() &&
      value <= std::numeric_limits<std::int64_t>::max()) {
    return Value::integer(static_cast<std::int64_t>(value));
  }
  return Value::string(arena.copy(to_decimal_text(value, 0)));
}

// Short text lies in the vector itself, so the view must not outlive the chunk either way.
Value to_text(const VectorView& view, idx_t row) {
  const duckdb_string_t& text = static_cast<const duckdb_string_t*>(view.data)[row];
  const char* data = text.length <= kInlineStringBytes ? text.prefix : text.pointer;
  return Value::string({data, text.length});
}

bool is_json(const DuckdbApi& api, duckdb_logical_type type) {
  char* alias = api.logical_type_get_alias(type);
  const bool json = alias != nullptr && std::string_view(alias) == "JSON";
  api.free(alias);
  return json;
}

// A map's keys are of any type; JSON's are text.
std::string_view to_key(const Value& value, Arena& arena) {
  if (value.is_string()) return value.as_string();
  std::string text;
  codec::append_plain_value(text, value);
  return arena.copy(text);
}

}  // namespace

std::optional<ValueReader> ValueReader::make(const DuckdbApi& api, duckdb_logical_type type) {
  return make(api, type, 0);
}

std::optional<ValueReader> ValueReader::make(const DuckdbApi& api, duckdb_logical_type type,
                                             int depth) {
  if (depth > kMaxTypeDepth) return std::nullopt;
  ValueReader reader(api, api.get_type_id(type));
  switch (reader.type_) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_DATE:
    case DUCKDB_TYPE_SQLNULL: return reader;
    case DUCKDB_TYPE_VARCHAR: reader.is_json_ = is_json(api, type); return reader;
    case DUCKDB_TYPE_DECIMAL:
      reader.decimal_type_ = api.decimal_internal_type(type);
      reader.decimal_width_ = api.decimal_width(type);
      reader.decimal_scale_ = api.decimal_scale(type);
      return reader;
    default: break;
  }
  if (!reader.add_children(type, depth)) return std::nullopt;
  return reader;
}

bool ValueReader::add_child(duckdb_logical_type child, int depth) {
  const TypeHandle owner(*api_, child);
  auto reader = make(*api_, child, depth + 1);
  if (!reader) return false;
  children_.push_back(std::move(*reader));
  return true;
}

bool ValueReader::add_children(duckdb_logical_type type, int depth) {
  switch (type_) {
    case DUCKDB_TYPE_LIST: return add_child(api_->list_type_child_type(type), depth);
    case DUCKDB_TYPE_ARRAY:
      array_size_ = api_->array_type_array_size(type);
      return add_child(api_->array_type_child_type(type), depth);
    case DUCKDB_TYPE_MAP:
      return add_child(api_->map_type_key_type(type), depth) &&
             add_child(api_->map_type_value_type(type), depth);
    case DUCKDB_TYPE_STRUCT: break;
    default: return false;
  }
  for (idx_t i = 0; i < api_->struct_type_child_count(type); ++i) {
    char* name = api_->struct_type_child_name(type, i);
    names_.emplace_back(name);
    api_->free(name);
    if (!add_child(api_->struct_type_child_type(type, i), depth)) return false;
  }
  return true;
}

ColumnType ValueReader::column_type() const {
  switch (type_) {
    case DUCKDB_TYPE_BOOLEAN: return ColumnType::kBool;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE: return ColumnType::kDouble;
    case DUCKDB_TYPE_DECIMAL:
      return decimal_width_ <= kExactDoubleDigits ? ColumnType::kDouble : ColumnType::kText;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_DATE: return ColumnType::kTimestamp;
    case DUCKDB_TYPE_VARCHAR: return is_json_ ? ColumnType::kJson : ColumnType::kText;
    case DUCKDB_TYPE_SQLNULL: return ColumnType::kText;
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_ARRAY: return ColumnType::kList;
    case DUCKDB_TYPE_STRUCT:
    case DUCKDB_TYPE_MAP: return ColumnType::kJson;
    default: return ColumnType::kInt;
  }
}

Value ValueReader::read(const VectorView& view, idx_t row, Arena& arena) const {
  if (view.is_null(row)) return Value::empty();
  switch (type_) {
    case DUCKDB_TYPE_VARCHAR: return to_text(view, row);
    case DUCKDB_TYPE_BOOLEAN: return Value::boolean(view.at<bool>(row));
    case DUCKDB_TYPE_TINYINT: return Value::integer(view.at<std::int8_t>(row));
    case DUCKDB_TYPE_SMALLINT: return Value::integer(view.at<std::int16_t>(row));
    case DUCKDB_TYPE_INTEGER: return Value::integer(view.at<std::int32_t>(row));
    case DUCKDB_TYPE_BIGINT: return Value::integer(view.at<std::int64_t>(row));
    case DUCKDB_TYPE_UTINYINT: return Value::integer(view.at<std::uint8_t>(row));
    case DUCKDB_TYPE_USMALLINT: return Value::integer(view.at<std::uint16_t>(row));
    case DUCKDB_TYPE_UINTEGER: return Value::integer(view.at<std::uint32_t>(row));
    case DUCKDB_TYPE_UBIGINT: return to_integer(view.at<std::uint64_t>(row), arena);
    case DUCKDB_TYPE_HUGEINT: return to_integer(to_int128(view.at<duckdb_hugeint>(row)), arena);
    case DUCKDB_TYPE_FLOAT: return Value::number(view.at<float>(row));
    case DUCKDB_TYPE_DOUBLE: return Value::number(view.at<double>(row));
    // Every number of nanoseconds is a Timestamp; 'infinity' is but the last of them.
    case DUCKDB_TYPE_TIMESTAMP_NS: return Value::integer(view.at<std::int64_t>(row));
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ: return to_time(view.at<std::int64_t>(row), kMicrosecond, arena);
    case DUCKDB_TYPE_TIMESTAMP_MS: return to_time(view.at<std::int64_t>(row), kMillisecond, arena);
    case DUCKDB_TYPE_TIMESTAMP_S: return to_time(view.at<std::int64_t>(row), kSecond, arena);
    case DUCKDB_TYPE_DATE: return to_date(view.at<std::int32_t>(row), arena);
    case DUCKDB_TYPE_DECIMAL: return read_decimal(view, row, arena);
    default: return read_nested(view, row, arena);
  }
}

Value ValueReader::read_decimal(const VectorView& view, idx_t row, Arena& arena) const {
  Int128 value = 0;
  switch (decimal_type_) {
    case DUCKDB_TYPE_SMALLINT: value = view.at<std::int16_t>(row); break;
    case DUCKDB_TYPE_INTEGER: value = view.at<std::int32_t>(row); break;
    case DUCKDB_TYPE_BIGINT: value = view.at<std::int64_t>(row); break;
    default: value = to_int128(view.at<duckdb_hugeint>(row)); break;
  }
  const std::string text = to_decimal_text(value, decimal_scale_);
  if (column_type() == ColumnType::kText) return Value::string(arena.copy(text));
  return Value::number(parse_double(text).value_or(0));
}

Value ValueReader::read_nested(const VectorView& view, idx_t row, Arena& arena) const {
  switch (type_) {
    case DUCKDB_TYPE_LIST: {
      const auto entry = view.at<duckdb_list_entry>(row);
      const VectorView items(*api_, api_->list_vector_get_child(view.vector));
      return read_items(items, entry.offset, entry.length, arena);
    }
    case DUCKDB_TYPE_ARRAY: {
      const VectorView items(*api_, api_->array_vector_get_child(view.vector));
      return read_items(items, row * array_size_, array_size_, arena);
    }
    case DUCKDB_TYPE_MAP: return read_map(view, row, arena);
    case DUCKDB_TYPE_STRUCT: return read_struct(view, row, arena);
    default: return Value::empty();
  }
}

Value ValueReader::read_items(const VectorView& items, idx_t first, idx_t count,
                              Arena& arena) const {
  auto* values = arena.allocate_array<Value>(count);
  for (idx_t i = 0; i < count; ++i) {
    new (&values[i]) Value(children_[0].read(items, first + i, arena));
  }
  return Value::array({values, count});
}

// A map is a list of structs of a key and a value.
Value ValueReader::read_map(const VectorView& view, idx_t row, Arena& arena) const {
  const auto entry = view.at<duckdb_list_entry>(row);
  duckdb_vector pairs = api_->list_vector_get_child(view.vector);
  const VectorView keys(*api_, api_->struct_vector_get_child(pairs, 0));
  const VectorView values(*api_, api_->struct_vector_get_child(pairs, 1));
  auto* entries = arena.allocate_array<model::KeyValue>(entry.length);
  for (idx_t i = 0; i < entry.length; ++i) {
    const Value key = children_[0].read(keys, entry.offset + i, arena);
    new (&entries[i])
        model::KeyValue{to_key(key, arena), children_[1].read(values, entry.offset + i, arena)};
  }
  return Value::map({entries, entry.length});
}

Value ValueReader::read_struct(const VectorView& view, idx_t row, Arena& arena) const {
  auto* entries = arena.allocate_array<model::KeyValue>(children_.size());
  for (std::size_t i = 0; i < children_.size(); ++i) {
    const VectorView child(*api_, api_->struct_vector_get_child(view.vector, i));
    new (&entries[i]) model::KeyValue{names_[i], children_[i].read(child, row, arena)};
  }
  return Value::map({entries, children_.size()});
}

}  // namespace obs::store
