#include "libobs/store/part_notes.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "libobs/codec/json.h"
#include "libobs/store/chunk_notes.h"
#include "libobs/store/duckdb_chunks.h"
#include "libobs/store/duckdb_sql.h"

namespace obs::store {
using model::Signal;

// Notes from records in memory.
class RecordNotes {
 public:
  RecordNotes(const RowSet& set, NoteTaker& notes) : set_(set), notes_(notes) {
    for (const RowBatch& batch : set.batches()) {
      first_origin_.push_back(origins_.size());
      origins_.resize(origins_.size() + batch.batch->resources.size());
    }
  }

  void add(std::span<const RowRef> rows) {
    const bool are_logs = set_.signal() == Signal::kLogs;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i + kAhead < rows.size()) fetch(rows[i + kAhead]);
      const RowRef ref = rows[i];
      if (notes_.begin_row(set_.time(ref))) ++block_;
      are_logs ? add_log(ref) : add_span(ref);
    }
  }

 private:
  // A resource of a batch: whether this row group has seen it, and where its logs are counted.
  struct Origin {
    std::uint64_t block = 0;
    std::optional<std::size_t> group;
  };

  // Rows by time lie all over memory, and waiting for each took a third of the time.
  static constexpr std::size_t kAhead = 8;
  static constexpr std::size_t kLine = 64;
  static constexpr std::size_t kMostBytes = 512;

  void fetch(RowRef ref) const {
    const model::Batch& batch = *set_.batches()[ref.batch].batch;
    const model::Attributes attributes = attributes_of(batch)[ref.row];
    fetch(attributes.data(), attributes.size_bytes());
    const bool are_logs = batch.signal == Signal::kLogs;
    if (are_logs && !batch.logs.body[ref.row].is_string()) return;
    const std::string_view text =
        are_logs ? batch.logs.body[ref.row].as_string() : batch.spans.name[ref.row];
    fetch(text.data(), kMostBytes);  // What is sent after it are the texts of its attributes.
  }

  // Addresses and not pointers: what is fetched may lie beyond the text, and there may be none.
  static void fetch(const void* data, std::size_t bytes) {
    const auto begin = reinterpret_cast<std::uintptr_t>(data);
    for (std::size_t at = 0; at < std::min(bytes, kMostBytes); at += kLine) {
      __builtin_prefetch(reinterpret_cast<const void*>(begin + at));
    }
  }

  void add_log(RowRef ref) {
    const RowBatch& b = set_.batches()[ref.batch];
    const model::LogColumns& logs = b.batch->logs;
    const model::Value& body = logs.body[ref.row];
    if (body.is_string()) {
      notes_.text(body.as_string());
    } else if (body.kind() != model::ValueKind::kNone) {
      json_.clear();
      codec::append_record_value(json_, body);
      notes_.text(json_);
    }
    add_common(logs.trace_id[ref.row], logs.attributes[ref.row]);
    const std::uint32_t resource = b.batch->scopes[logs.scope[ref.row]].resource;
    Origin& origin = add_resource(b, ref.batch, resource);
    if (!origin.group) {
      origin.group = notes_.group_number(b.batch->project, b.resources[resource].service);
    }
    notes_.count(*origin.group,
                 severity_class(logs.severity_number[ref.row], logs.severity_text[ref.row]),
                 logs.time[ref.row]);
  }

  void add_span(RowRef ref) {
    const RowBatch& b = set_.batches()[ref.batch];
    const model::SpanColumns& spans = b.batch->spans;
    notes_.text(spans.name[ref.row]);
    add_common(spans.trace_id[ref.row], spans.attributes[ref.row]);
    add_resource(b, ref.batch, b.batch->scopes[spans.scope[ref.row]].resource);
  }

  void add_common(const model::TraceId& trace_id, model::Attributes attributes) {
    if (!trace_id.is_zero()) notes_.trace(trace_id.bytes);
    for (const model::KeyValue& attribute : attributes) {
      notes_.attribute(attribute.key, attribute.value);
    }
  }

  Origin& add_resource(const RowBatch& b, std::uint32_t batch, std::uint32_t resource) {
    Origin& origin = origins_[first_origin_[batch] + resource];
    if (origin.block == block_) return origin;
    origin.block = block_;
    for (const model::KeyValue& attribute : b.batch->resources[resource].attributes) {
      notes_.resource_attribute(attribute.key, attribute.value);
    }
    return origin;
  }

  const RowSet& set_;
  NoteTaker& notes_;
  std::vector<std::size_t> first_origin_;  // By batch.
  std::vector<Origin> origins_;
  std::uint64_t block_ = 1;  // Counts row groups; 0 is none.
  std::string json_;
};

namespace {

// A source whose rows somebody else sees too, on their way into a part.
class ObservedSource final : public TableSource {
 public:
  ObservedSource(std::shared_ptr<const TableSource> source, ChunkObserver& observer)
      : source_(std::move(source)), observer_(observer) {}

  void describe(const DuckdbApi& api, const AddColumn& add) const override {
    source_->describe(api, add);
  }
  idx_t row_count() const override { return source_->row_count(); }

  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override {
    std::vector<ChunkColumn> all;
    source_->describe(api, [&](const std::string& name, duckdb_logical_type type) {
      all.push_back({name, api.get_type_id(type)});
    });
    std::vector<ChunkColumn> wanted;
    for (const idx_t column : columns) {
      wanted.push_back(column < all.size() ? all[column] : ChunkColumn{});
    }
    return std::make_unique<Cursor>(api, source_->open(api, std::move(columns)), std::move(wanted),
                                    observer_);
  }

 private:
  class Cursor final : public TableCursor {
   public:
    Cursor(const DuckdbApi& api, std::unique_ptr<TableCursor> cursor,
           std::vector<ChunkColumn> columns, ChunkObserver& observer)
        : api_(api),
          cursor_(std::move(cursor)),
          columns_(std::move(columns)),
          observer_(observer) {}

    Result<idx_t> fill(duckdb_data_chunk chunk) override {
      OBS_TRY(const idx_t rows, cursor_->fill(chunk));
      observer_.observe(api_, chunk, columns_, rows);
      return rows;
    }

   private:
    const DuckdbApi& api_;
    std::unique_ptr<TableCursor> cursor_;
    std::vector<ChunkColumn> columns_;
    ChunkObserver& observer_;
  };

  std::shared_ptr<const TableSource> source_;
  ChunkObserver& observer_;
};

}  // namespace

PartNotes::PartNotes(Signal signal, std::uint32_t group_rows)
    : signal_(signal), notes_(signal, group_rows) {}

PartNotes::~PartNotes() = default;

void PartNotes::add_rows(const RowSet& set, std::span<const RowRef> rows) {
  if (!has_index(signal_)) return;
  if (records_ == nullptr) records_ = std::make_unique<RecordNotes>(set, notes_);
  records_->add(rows);
}

void PartNotes::observe(const DuckdbApi& api, duckdb_data_chunk chunk,
                        std::span<const ChunkColumn> columns, idx_t rows) {
  if (!has_index(signal_)) return;
  if (chunks_ == nullptr) chunks_ = std::make_unique<ChunkNotes>(signal_, notes_);
  chunks_->add(api, chunk, columns, rows);
}

Result<void> PartNotes::write(Fs& fs, const std::string& dir, Part& part) {
  if (!has_index(signal_)) return {};
  const std::string file = notes_.index().finish(part);
  auto written = fs.replace_file(join_path(dir, index_path(part.path)), file);
  if (!written) return fail(std::move(written).error().during("write index"));
  if (auto keys = notes_.keys().finish()) {
    part.blobs.push_back({std::string(kKeysBlob), *std::move(keys)});
  }
  if (signal_ != Signal::kLogs) return {};
  const auto cube = notes_.cube().finish();
  if (cube) part.blobs.push_back({std::string(kCubeBlob), encode_cube(*cube)});
  return {};
}

Result<Part> PartNotes::write_part(TableFunction& function, PartWriter& writer,
                                   DuckdbConnection& connection, PartRows rows, Part part,
                                   int zstd_level) {
  if (has_index(signal_)) {
    rows = std::make_shared<const ObservedSource>(
        std::get<std::shared_ptr<const TableSource>>(std::move(rows)), *this);
  }
  return writer.write(connection, function, std::move(rows), std::move(part), zstd_level);
}

Result<Part> PartNotes::finish(Fs& fs, const std::string& dir, Part part) {
  if (auto written = write(fs, dir, part); !written) {
    (void)fs.remove(join_path(dir, part.path));
    return fail(std::move(written).error());
  }
  return part;
}

Result<void> rebuild_notes(Fs& fs, DuckdbConnection& connection, const std::string& dir,
                           Part& part) {
  if (!has_index(part.signal)) return {};
  PartNotes notes(part.signal, part.group_rows);
  OBS_TRY(auto chunks, connection.query_chunks(
                           "SELECT * FROM " +
                           read_parquet_sql(std::vector<std::string>{join_path(dir, part.path)})));
  std::vector<ChunkColumn> columns;
  for (idx_t i = 0; i < chunks.column_count(); ++i) {
    columns.push_back(
        {chunks.column_name(i), connection.api().get_type_id(chunks.column_type(i).get())});
  }
  for (;;) {
    OBS_TRY(const bool more, chunks.next());
    if (!more) break;
    notes.observe(connection.api(), chunks.chunk(), columns,
                  connection.api().data_chunk_get_size(chunks.chunk()));
  }
  return notes.write(fs, dir, part);
}

}  // namespace obs::store
