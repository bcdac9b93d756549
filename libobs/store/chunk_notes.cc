#include "libobs/store/chunk_notes.h"

#include "libobs/base/arena.h"
#include "libobs/base/hash.h"
#include "libobs/store/json_attributes.h"

namespace obs::store {
namespace {

constexpr std::string_view kHotPrefix = "attributes.";

std::string_view text_at(const VectorView& view, idx_t row) {
  const auto& text = static_cast<const duckdb_string_t*>(view.data)[row];
  return {text.length <= kInlineStringBytes ? text.prefix : text.pointer, text.length};
}

}  // namespace

void ChunkNotes::add(const DuckdbApi& api, duckdb_data_chunk chunk,
                     std::span<const ChunkColumn> columns, idx_t rows) {
  find_columns(api, chunk, columns);
  if (!time_.view) return;
  for (idx_t row = 0; row < rows; ++row) add_row(row);
}

ChunkNotes::Column* ChunkNotes::column_named(std::string_view name) {
  if (name == "time") return &time_;
  if (name == (signal_ == model::Signal::kSpans ? "name" : "body")) return &text_;
  if (name == "trace_id") return &trace_id_;
  if (name == "attributes") return &attributes_;
  if (name == "resource") return &resource_;
  if (name == "service") return &service_;
  if (name == "project") return &project_;
  if (name == "severity") return &severity_;
  if (name == "severity_number") return &severity_number_;
  return nullptr;
}

void ChunkNotes::find_columns(const DuckdbApi& api, duckdb_data_chunk chunk,
                              std::span<const ChunkColumn> columns) {
  hot_.clear();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const ChunkColumn& column = columns[i];
    const auto view = [&] { return VectorView(api, api.data_chunk_get_vector(chunk, i)); };
    if (Column* const named = column_named(column.name)) {
      named->view = view();
    } else if (column.name.starts_with(kHotPrefix)) {
      hot_.push_back({column.name.substr(kHotPrefix.size()), column.type, view()});
    }
  }
}

void ChunkNotes::add_row(idx_t row) {
  const auto time = time_.view->at<Timestamp>(row);
  if (notes_.begin_row(time)) seen_.clear();
  if (!text_.is_null(row)) notes_.text(text_at(*text_.view, row));
  if (!trace_id_.is_null(row)) {
    model::TraceId id;
    if (model::parse_id(text_at(*trace_id_.view, row), id)) notes_.trace(id.bytes);
  }
  add_attributes(row);
  add_resource(row);
  if (signal_ == model::Signal::kLogs) count(row, time);
}

void ChunkNotes::add_attributes(idx_t row) {
  if (!attributes_.is_null(row)) {
    each_json_attribute(text_at(*attributes_.view, row),
                        [this](std::string_view key, std::optional<std::string_view> text) {
                          notes_.attribute(key, text);
                        });
  }
  for (const HotColumn& hot : hot_) {
    if (hot.view.is_null(row)) continue;
    switch (hot.type) {
      case DUCKDB_TYPE_BIGINT:
        notes_.attribute(hot.key, model::Value::integer(hot.view.at<std::int64_t>(row)));
        break;
      case DUCKDB_TYPE_BOOLEAN:
        notes_.attribute(hot.key, model::Value::boolean(hot.view.at<bool>(row)));
        break;
      default: notes_.attribute(hot.key, std::optional(text_at(hot.view, row)));
    }
  }
}

void ChunkNotes::add_resource(idx_t row) {
  if (!service_.is_null(row)) {
    const std::string_view service = text_at(*service_.view, row);
    if (seen_.insert(hash64(service, 1)).second) notes_.resource_attribute(kServiceKey, service);
  }
  if (resource_.is_null(row)) return;
  const std::string_view resource = text_at(*resource_.view, row);
  if (!seen_.insert(hash64(resource)).second) return;
  each_json_attribute(resource, [this](std::string_view key, std::optional<std::string_view> text) {
    if (text) notes_.resource_attribute(key, *text);
  });
}

void ChunkNotes::count(idx_t row, Timestamp time) {
  const auto text_of = [row](const Column& column) -> std::optional<std::string_view> {
    if (column.is_null(row)) return std::nullopt;
    return text_at(*column.view, row);
  };
  const std::int32_t number =
      severity_number_.is_null(row) ? 0 : severity_number_.view->at<std::int32_t>(row);
  notes_.count(notes_.group_number(text_of(project_).value_or(""), text_of(service_)),
               severity_class_of_word(text_of(severity_).value_or(""), number), time);
}

}  // namespace obs::store
