// Rows for renderers, written out.

#pragma once

#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/tui/row_renderer.h"

namespace obs::tui {

using Row = std::vector<model::Value>;

inline model::Value text(std::string_view value) { return model::Value::string(value); }
inline model::Value integer(std::int64_t value) { return model::Value::integer(value); }
inline model::Value number(double value) { return model::Value::number(value); }
inline model::Value null() { return model::Value::empty(); }

// 2026-11-22T10:15:30.123456789Z.
inline constexpr Timestamp kTime = 1'795'342'530'123'456'789;

inline std::string render(std::unique_ptr<RowRenderer> renderer,
                          const std::vector<store::Column>& columns, const std::vector<Row>& rows) {
  std::string out;
  if (auto begun = renderer->begin(columns, out); !begun) return "error: " + begun.error().message;
  for (const Row& row : rows) renderer->add(row, out);
  renderer->finish(out);
  return out;
}

}  // namespace obs::tui
