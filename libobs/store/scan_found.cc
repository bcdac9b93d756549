#include "libobs/store/scan_found.h"

#include <cctype>
#include <utility>

#include "libobs/base/text.h"

namespace obs::store {
namespace {

// As DuckDB's to_json() writes it: the same attributes are to be the same text, wherever they come
// from.
void append_duckdb_json(std::string& out, std::string_view text) {
  std::size_t at = out.size();
  append_json_string(out, text);
  while ((at = out.find('\\', at)) != out.npos) {
    if (out[at + 1] != 'u') {
      at += 2;
      continue;
    }
    for (std::size_t i = 2; i < 6; ++i)
      out[at + i] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[at + i])));
    at += 6;
  }
}

bool is_text(CellType type) { return type == CellType::kText || type == CellType::kJson; }

}  // namespace

// Of the same rows, one column after another.
class FoundRows::Reader {
 public:
  Reader(const SearchedPart& part, ParquetRows& cells, std::span<const std::uint32_t> rows,
         Arena& arena)
      : part_(part), cells_(cells), rows_(rows), arena_(arena) {}

  Result<std::vector<Cell>> read(const FoundColumn& column) {
    switch (column.kind) {
      case FoundColumn::Kind::kRest: return read_texts(kAttributesColumn);
      case FoundColumn::Kind::kHot: return read_hot(column.key);
      case FoundColumn::Kind::kHotJson: return read_hot_json(column.key);
      case FoundColumn::Kind::kOfSignal: break;
    }
    if (column.name == kAttributesColumn) return read_attributes();
    return is_text(column.type) ? read_texts(column.name) : read_numbers(column.name);
  }

 private:
  Result<std::vector<Cell>> read_texts(std::string_view name) {
    std::vector<Cell> made(rows_.size());
    const auto column = part_.file.find_column(name);
    if (!column) return made;
    OBS_TRY(const auto texts, cells_.texts(*column, rows_));
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (texts[i]) made[i] = {arena_.copy(*texts[i]), 0, false};
    }
    return made;
  }

  Result<std::vector<Cell>> read_numbers(std::string_view name) {
    std::vector<Cell> made(rows_.size());
    const auto column = part_.file.find_column(name);
    if (!column) return made;
    OBS_TRY(const auto numbers, cells_.numbers(*column, rows_));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (numbers[i]) made[i] = {{}, *numbers[i], false};
    }
    return made;
  }

  Result<std::vector<Cell>> read_hot(std::string_view key) {
    const HotAttribute* const hot = find_hot(part_.hot, key);
    if (hot == nullptr) return std::vector<Cell>(rows_.size());
    if (hot->type == HotType::kText) return read_texts(column_of(key));
    OBS_TRY(auto made, read_numbers(column_of(key)));
    for (Cell& cell : made) {
      if (!cell.is_null) cell.text = to_text(hot->type, cell.number);
    }
    return made;
  }

  Result<std::vector<Cell>> read_hot_json(std::string_view key) {
    OBS_TRY(auto made, read_hot(key));
    const HotAttribute* const hot = find_hot(part_.hot, key);
    if (hot == nullptr || hot->type != HotType::kText) return made;
    for (Cell& cell : made) {
      if (!cell.is_null) cell.text = to_json(cell.text);
    }
    return made;
  }

  std::string_view to_json(std::string_view text) {
    std::string json;
    append_duckdb_json(json, text);
    return arena_.copy(json);
  }

  std::string_view to_text(HotType type, std::int64_t number) {
    if (type == HotType::kBool) return number != 0 ? "true" : "false";
    std::string text;
    append_int(text, number);
    return arena_.copy(text);
  }

  // Puts them together as attributes_sql() does.
  Result<std::vector<Cell>> read_attributes() {
    OBS_TRY(auto made, read_texts(kAttributesColumn));
    if (part_.hot.empty()) return made;
    std::vector<std::string> texts(rows_.size(), "{");
    for (const HotAttribute& hot : part_.hot) {
      OBS_TRY(const auto cells, read_hot(hot.key));
      const std::string key = hot.key.starts_with('$') ? "$" + hot.key : hot.key;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (!cells[i].is_null) append_member(texts[i], key, hot.type, cells[i].text);
      }
    }
    for (std::size_t i = 0; i < made.size(); ++i) {
      const std::string_view rest = made[i].text;
      if (rest.size() > 2) append_comma(texts[i]).append(rest.substr(1, rest.size() - 2));
      texts[i] += '}';
      made[i] = {arena_.copy(texts[i]), 0, false};
    }
    return made;
  }

  static std::string& append_comma(std::string& object) {
    return object.size() > 1 ? object += ',' : object;
  }

  static void append_member(std::string& object, std::string_view key, HotType type,
                            std::string_view value) {
    append_json_string(append_comma(object), key);
    object += ':';
    type == HotType::kText ? append_duckdb_json(object, value) : void(object += value);
  }

  const SearchedPart& part_;
  ParquetRows& cells_;
  std::span<const std::uint32_t> rows_;
  Arena& arena_;
};

Result<FoundRows> FoundRows::read(const SearchedPart& part, ParquetRows& cells,
                                  std::span<const std::uint32_t> rows,
                                  std::span<const FoundColumn> columns) {
  FoundRows found;
  found.rows_ = rows.size();
  Reader reader(part, cells, rows, *found.arena_);
  for (const FoundColumn& column : columns) {
    OBS_TRY(auto made, reader.read(column));
    found.columns_.push_back({column.type, std::move(made)});
  }
  return found;
}

void FoundRows::fill(std::size_t column, std::size_t first, std::size_t count, ColumnOut& out,
                     std::size_t at) const {
  const auto& [type, cells] = columns_[column];
  for (std::size_t i = 0; i < count; ++i) {
    const Cell& cell = cells[first + i];
    const idx_t row = at + i;
    if (cell.is_null) {
      out.null(row);
      continue;
    }
    switch (type) {
      case CellType::kText:
      case CellType::kJson: out.made_text(row, cell.text); break;
      case CellType::kBool: out.set<bool>(row, cell.number != 0); break;
      case CellType::kInt32:
      case CellType::kUint32: out.set(row, static_cast<std::int32_t>(cell.number)); break;
      default: out.set(row, cell.number);
    }
  }
}

}  // namespace obs::store
