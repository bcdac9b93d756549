// Rows as text: one renderer a format, each a function from rows to bytes.
//
// begin() once, add() a row at a time, finish() once; each appends to `out`, which the caller
// writes and empties when it likes. ndjson, csv and markdown come out row by row; json too, within
// one array; a table after its first rows have shown how wide its columns are; a chart at the end.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/model/batch.h"
#include "libobs/model/value.h"
#include "libobs/store/rows.h"

namespace obs::tui {

enum class Format { kTable, kNdjson, kJson, kCsv, kMarkdown, kChart };

// "table", "ndjson", "json", "csv", "markdown", "chart".
std::optional<Format> parse_format(std::string_view name);

struct RenderOptions {
  std::size_t width = 0;  // Columns of the terminal; 0 is any width, and cuts nothing.
  bool color = false;
};

class RowRenderer {
 public:
  virtual ~RowRenderer() = default;
  // kInvalidArgument: the format cannot show such columns.
  virtual Result<void> begin(const std::vector<store::Column>& columns, std::string& out) = 0;
  virtual void add(std::span<const model::Value> row, std::string& out) = 0;
  // Appends what was held back for the sake of rows to come, since none may come for long.
  virtual void flush(std::string&) {}
  virtual void finish(std::string& out) = 0;
};

std::unique_ptr<RowRenderer> make_renderer(Format format, const RenderOptions& options);

// For people: columns aligned, severities, states and services in colour.
std::unique_ptr<RowRenderer> make_table_renderer(const RenderOptions& options);
// For machines: each row an object of its columns, in the spelling of obs-record(5).
std::unique_ptr<RowRenderer> make_ndjson_renderer();
std::unique_ptr<RowRenderer> make_json_renderer();
// RFC 4180 with a header, but lines end with a bare newline. NULL is an empty field, the empty
// string a quoted one.
std::unique_ptr<RowRenderer> make_csv_renderer();
std::unique_ptr<RowRenderer> make_markdown_renderer();
// Curves over the first column of times, or else bars; a panel a numeric column. Wants one.
std::unique_ptr<RowRenderer> make_chart_renderer(const RenderOptions& options);
// Records of one signal as lines of obs-record(5), or an array of them. Wants the columns of
// query::record_columns().
std::unique_ptr<RowRenderer> make_record_renderer(model::Signal signal, bool as_array);
// For people: log records as lines. Wants the columns of the view logs.
std::unique_ptr<RowRenderer> make_log_renderer(const RenderOptions& options);

}  // namespace obs::tui
