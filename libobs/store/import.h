// What files of telemetry look like, whoever wrote them: told by their content, not by their names.
// Pure, but for select_parquet(), which has DuckDB look at a file.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/result.h"
#include "libobs/codec/compress.h"
#include "libobs/model/batch.h"
#include "libobs/store/duckdb.h"

namespace obs::store {

enum class FileKind {
  kParquet,
  kOtlpProtobuf,  // One request, or any number, each with its length before it.
  kOtlpJson,      // One request over any number of lines.
  kLines,         // Of obs-record(5), of OTLP requests as JSON, or of any logger.
};

codec::Compression detect_compression(std::string_view content);
// Of what is not compressed.
FileKind detect_kind(std::string_view content);

// Whether a line is an OTLP request as JSON, and of which signal.
std::optional<model::Signal> find_otlp_json(std::string_view text);

// Calls `take` with each request of a kOtlpProtobuf file, inflated. kMalformed: it is cut short.
Result<void> split_otlp_protobuf(std::string_view content,
                                 const std::function<Result<void>(std::string)>& take);

// Of which signal a request in protobuf is, by the fields of its first record; nullopt: it has
// none, or could be of any.
std::optional<model::Signal> guess_signal(std::string_view request);

struct ParquetRecords {
  model::Signal signal = model::Signal::kLogs;
  std::string sql;  // A SELECT of every column of the signal, as its view has them.
};

// How to read a Parquet file as records: a part of a store, or any file that has columns of one of
// the views, of these types or others that they can be made of. Columns it has not are NULL.
// kMalformed: it is no Parquet, or has no column `time`.
Result<ParquetRecords> select_parquet(Connection& connection, const std::string& path);

}  // namespace obs::store
