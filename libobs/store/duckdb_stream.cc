#include "libobs/store/duckdb_stream.h"

#include <string>
#include <utility>

#include "libobs/codec/json.h"

namespace obs::store {

Result<std::unique_ptr<DuckdbStream>> DuckdbStream::start(DuckdbChunks chunks) {
  std::unique_ptr<DuckdbStream> stream(new DuckdbStream(std::move(chunks)));
  OBS_TRY_VOID(stream->describe_columns());
  return stream;
}

Result<void> DuckdbStream::describe_columns() {
  for (idx_t i = 0; i < chunks_.column_count(); ++i) {
    auto reader = ValueReader::make(chunks_.api(), chunks_.column_type(i).get());
    const std::string name = chunks_.column_name(i);
    if (!reader) {
      return fail(Errc::kUnsupported,
                  "column " + name + " has a type that cannot be shown; cast it to VARCHAR");
    }
    columns_.push_back({name, reader->column_type()});
    readers_.push_back(std::move(*reader));
  }
  row_.resize(columns_.size());
  return {};
}

Result<bool> DuckdbStream::fetch() {
  OBS_TRY(const bool more, chunks_.next());
  if (!more) return false;
  const DuckdbApi& api = chunks_.api();
  chunk_rows_ = api.data_chunk_get_size(chunks_.chunk());
  arena_.emplace();
  views_.clear();
  for (idx_t i = 0; i < columns_.size(); ++i) {
    views_.emplace_back(api, api.data_chunk_get_vector(chunks_.chunk(), i));
  }
  return true;
}

// A struct or map of its own is JSON to whoever shows rows; within a list it stays a map.
model::Value DuckdbStream::to_cell(model::Value value) {
  if (value.kind() != model::ValueKind::kMap) return value;
  std::string text;
  codec::append_plain_value(text, value);
  return model::Value::string(arena_->copy(text));
}

Result<bool> DuckdbStream::next(std::span<const model::Value>& row) {
  while (next_row_ == chunk_rows_) {
    next_row_ = chunk_rows_ = 0;
    OBS_TRY(const bool more, fetch());
    if (!more) return false;
  }
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    row_[i] = to_cell(readers_[i].read(views_[i], next_row_, *arena_));
  }
  ++next_row_;
  row = row_;
  return true;
}

}  // namespace obs::store
