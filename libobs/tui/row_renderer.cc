#include "libobs/tui/row_renderer.h"

namespace obs::tui {

std::optional<Format> parse_format(std::string_view name) {
  if (name == "table") return Format::kTable;
  if (name == "ndjson") return Format::kNdjson;
  if (name == "json") return Format::kJson;
  if (name == "csv") return Format::kCsv;
  if (name == "markdown") return Format::kMarkdown;
  if (name == "chart") return Format::kChart;
  return std::nullopt;
}

std::unique_ptr<RowRenderer> make_renderer(Format format, const RenderOptions& options) {
  switch (format) {
    case Format::kTable: return make_table_renderer(options);
    case Format::kNdjson: return make_ndjson_renderer();
    case Format::kJson: return make_json_renderer();
    case Format::kCsv: return make_csv_renderer();
    case Format::kMarkdown: return make_markdown_renderer();
    case Format::kChart: break;
  }
  return make_chart_renderer(options);
}

}  // namespace obs::tui
