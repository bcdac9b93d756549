#include "libobs/store/scan_match.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "libobs/base/text.h"
#include "libobs/store/attribute_pointer.h"
#include "libobs/store/index_tokens.h"
#include "libobs/store/json_attributes.h"
#include "libobs/store/row_schema.h"

namespace obs::store {
namespace {

using Rows = std::vector<std::uint32_t>;

// Keeps the rows whose cell is wanted; none is where there is no such column.
template <class Want>
Result<void> keep_texts(const ParquetFile& file, ParquetRows& cells, std::string_view column,
                        Rows& rows, Want want) {
  const auto place = file.find_column(column);
  if (!place || rows.empty()) return rows.clear(), Result<void>();
  OBS_TRY(const auto texts, cells.texts(*place, rows));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (texts[i] && want(*texts[i])) rows[kept++] = rows[i];
  }
  rows.resize(kept);
  return {};
}

template <class Want>
Result<void> keep_numbers(const ParquetFile& file, ParquetRows& cells, std::string_view column,
                          Rows& rows, Want want) {
  const auto place = file.find_column(column);
  if (!place || rows.empty()) return rows.clear(), Result<void>();
  OBS_TRY(const auto numbers, cells.numbers(*place, rows));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (want(numbers[i])) rows[kept++] = rows[i];
  }
  rows.resize(kept);
  return {};
}

// The number or boolean whose text this is.
std::optional<std::int64_t> to_cell(HotType type, std::string_view text) {
  if (type == HotType::kBool) {
    if (text == "true") return 1;
    if (text == "false") return 0;
    return std::nullopt;
  }
  const auto number = parse_int(text);
  std::string again;
  if (number) append_int(again, *number);
  return again == text ? number : std::nullopt;
}

bool has_attribute(std::string_view json, std::string_view key, std::string_view value) {
  bool has = false;
  each_json_attribute(json, [&](std::string_view k, std::optional<std::string_view> text) {
    has = has || (k == key && text == value);
  });
  return has;
}

}  // namespace

RowMatcher::RowMatcher(model::Signal signal, const ScanFilter& filter)
    : text_column_(signal == model::Signal::kSpans ? "name" : "body"),
      trace_id_(filter.trace_id),
      services_(filter.services),
      least_severity_(signal == model::Signal::kLogs ? filter.least_severity : 0),
      since_(filter.since),
      until_(filter.until) {
  for (const auto& [key, value] : filter.attributes) {
    if (is_indexed(value)) attributes_.push_back({key, value, is_verbatim_in_json(value)});
  }
  for (const std::string& text : filter.phrases) {
    if (Phrase phrase(text); !phrase.words().empty()) phrases_.push_back(std::move(phrase));
  }
  bool has_words = !phrases_.empty();
  for (const std::string& text : filter.substrings) {
    substrings_.push_back(text);
    has_words = has_words || !words_inside(text).empty();
  }
  is_selective_ = has_words || !attributes_.empty() || !trace_id_.empty();
}

// What costs least first.
Result<void> RowMatcher::keep_matching(const ParquetFile& file, const HotAttributes& hot,
                                       ParquetRows& cells, Rows& rows) const {
  if (!trace_id_.empty()) {
    OBS_TRY_VOID(keep_texts(file, cells, "trace_id", rows,
                            [this](std::string_view text) { return text == trace_id_; }));
  }
  if (!services_.empty()) {
    OBS_TRY_VOID(keep_texts(file, cells, "service", rows, [this](std::string_view text) {
      return std::find(services_.begin(), services_.end(), text) != services_.end();
    }));
  }
  OBS_TRY_VOID(keep_severe(file, cells, rows));
  OBS_TRY_VOID(keep_in_time(file, cells, rows));
  for (const bool in_column : {true, false}) {
    for (const Attribute& attribute : attributes_) {
      if ((find_hot(hot, attribute.key) != nullptr) != in_column) continue;
      OBS_TRY_VOID(keep_attribute(file, hot, cells, attribute, rows));
    }
    if (in_column) OBS_TRY_VOID(keep_text(file, cells, rows));
  }
  return {};
}

// Without a number a record may still have a word.
Result<void> RowMatcher::keep_severe(const ParquetFile& file, ParquetRows& cells,
                                     Rows& rows) const {
  if (least_severity_ == 0) return {};
  return keep_numbers(
      file, cells, "severity_number", rows,
      [this](std::optional<std::int64_t> number) { return !number || *number >= least_severity_; });
}

Result<void> RowMatcher::keep_in_time(const ParquetFile& file, ParquetRows& cells,
                                      Rows& rows) const {
  if (!since_ && !until_) return {};
  return keep_numbers(file, cells, "time", rows, [this](std::optional<std::int64_t> time) {
    return !time || ((!since_ || *time >= *since_) && (!until_ || *time < *until_));
  });
}

Result<void> RowMatcher::keep_attribute(const ParquetFile& file, const HotAttributes& hot,
                                        ParquetRows& cells, const Attribute& attribute,
                                        Rows& rows) const {
  const std::string& key = attribute.key;
  const std::string& value = attribute.value;
  const HotAttribute* const column = find_hot(hot, key);
  if (column == nullptr) {
    return keep_texts(file, cells, kAttributesColumn, rows, [&](std::string_view json) {
      if (attribute.is_verbatim && json.find(value) == json.npos) return false;
      return has_attribute(json, key, value);
    });
  }
  if (column->type == HotType::kText) {
    return keep_texts(file, cells, column_of(key), rows,
                      [&](std::string_view text) { return text == value; });
  }
  const auto cell = to_cell(column->type, value);
  if (!cell) return rows.clear(), Result<void>();
  return keep_numbers(file, cells, column_of(key), rows,
                      [&](std::optional<std::int64_t> number) { return number == *cell; });
}

Result<void> RowMatcher::keep_text(const ParquetFile& file, ParquetRows& cells, Rows& rows) const {
  if (phrases_.empty() && substrings_.empty()) return {};
  std::string scratch;
  return keep_texts(file, cells, text_column_, rows, [&](std::string_view text) {
    return std::all_of(substrings_.begin(), substrings_.end(),
                       [&](const std::string& part) { return text.find(part) != text.npos; }) &&
           std::all_of(phrases_.begin(), phrases_.end(),
                       [&](const Phrase& phrase) { return phrase.is_in(text, scratch); });
  });
}

}  // namespace obs::store
