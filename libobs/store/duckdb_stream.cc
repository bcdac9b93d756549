#include "libobs/store/duckdb_stream.h"

#include <string>
#include <utility>

#include "libobs/codec/json.h"

namespace obs::store {

DuckdbStream::DuckdbStream(const DuckdbApi& api, PreparedHandle prepared, ResultHandle result,
                           std::vector<std::shared_ptr<void>> owners)
    : api_(&api),
      owners_(std::move(owners)),
      prepared_(std::move(prepared)),
      result_(std::move(result)),
      chunk_(api) {}

Result<std::unique_ptr<DuckdbStream>> DuckdbStream::start(
    const DuckdbApi& api, PreparedHandle prepared, std::vector<std::shared_ptr<void>> owners) {
  PendingHandle pending(api);
  if (api.pending_prepared_streaming(prepared.get(), pending.out()) != DuckDBSuccess) {
    return fail(Errc::kInvalidArgument, to_one_line(api.pending_error(pending.get())));
  }
  ResultHandle result(api);
  if (api.execute_pending(pending.get(), result.get()) != DuckDBSuccess) {
    return fail(result_error(api, result));
  }
  std::unique_ptr<DuckdbStream> stream(
      new DuckdbStream(api, std::move(prepared), std::move(result), std::move(owners)));
  OBS_TRY_VOID(stream->describe_columns());
  return stream;
}

Result<void> DuckdbStream::describe_columns() {
  for (idx_t i = 0; i < api_->column_count(result_.get()); ++i) {
    const TypeHandle type(*api_, api_->column_logical_type(result_.get(), i));
    auto reader = ValueReader::make(*api_, type.get());
    const std::string name = api_->column_name(result_.get(), i);
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

// A failure in mid-stream looks like the end of it, until one asks; and a stream that has ended
// must not be asked again.
Result<bool> DuckdbStream::fetch() {
  if (ended_) return false;
  *chunk_.out() = api_->fetch_chunk(*result_.get());
  if (!chunk_) {
    ended_ = true;
    if (api_->result_error(result_.get()) != nullptr) return fail(result_error(*api_, result_));
    return false;
  }
  chunk_rows_ = api_->data_chunk_get_size(chunk_.get());
  next_row_ = 0;
  arena_.emplace();
  views_.clear();
  for (idx_t i = 0; i < columns_.size(); ++i) {
    views_.emplace_back(*api_, api_->data_chunk_get_vector(chunk_.get(), i));
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
