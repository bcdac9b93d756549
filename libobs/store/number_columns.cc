#include "libobs/store/number_columns.h"

#include <algorithm>
#include <string>
#include <utility>

#include "libobs/store/parquet_text.h"

namespace obs::store {
namespace {

// Calls on_stretch(some, is) for stretches of rows of which each has the member, or none.
template <class Has, class OnStretch>
void each_stretch(std::span<const NumberRow> rows, Has has, OnStretch on_stretch) {
  for (std::size_t begin = 0; begin < rows.size();) {
    const bool is = has(rows[begin]);
    std::size_t end = begin + 1;
    while (end < rows.size() && has(rows[end]) == is) ++end;
    on_stretch(rows.subspan(begin, end - begin), is);
    begin = end;
  }
}

template <class T, class Get>
void add_each(ParquetNumbers<T>& column, std::span<const NumberRow> rows, Get get) {
  T* room = column.add_room(rows.size()).data();
  for (const NumberRow& row : rows) *room++ = static_cast<T>(get(row));
}

}  // namespace

std::vector<std::unique_ptr<ParquetColumn>> NumberColumns::make_columns() {
  std::vector<std::unique_ptr<ParquetColumn>> all;
  const auto add = [&]<class Column>(std::unique_ptr<Column> column) {
    Column* const made = column.get();
    all.push_back(std::move(column));
    return made;
  };
  const auto name = [&] { return std::string(kNumbersColumns[all.size()]); };
  columns_.series = add(Narrow::make(name(), ParquetMeaning::kUnsigned));
  columns_.time = add(Wide::make(name(), ParquetMeaning::kTimestamp));
  columns_.start_time = add(Wide::make(name(), ParquetMeaning::kTimestamp));
  columns_.units = add(Wide::make(name(), ParquetMeaning::kPlain));
  columns_.offset = add(Wide::make(name(), ParquetMeaning::kPlain));
  columns_.divisor = add(Doubles::make(name(), ParquetMeaning::kPlain));
  columns_.raw = add(Doubles::make(name(), ParquetMeaning::kPlain));
  columns_.flags = add(Narrow::make(name(), ParquetMeaning::kUnsigned));
  columns_.arrival = add(Wide::make(name(), ParquetMeaning::kUnsigned));
  columns_.arrival_row = add(Narrow::make(name(), ParquetMeaning::kUnsigned));
  columns_.exemplars = add(make_text_column(name(), ParquetMeaning::kJson));
  columns_.extra = add(make_text_column(name(), ParquetMeaning::kJson));
  return all;
}

Result<std::size_t> NumberColumns::fill(std::size_t most) {
  std::size_t filled = 0;
  while (filled < most) {
    if (left_.rows.empty()) {
      const std::uint32_t before = left_.series;
      OBS_TRY(left_, source_.next());
      if (left_.rows.empty()) break;
      if (left_.series != before) encoder_.begin_series();
    }
    const std::size_t count = std::min(left_.rows.size(), most - filled);
    add(left_.rows.first(count));
    left_.rows = left_.rows.subspan(count);
    filled += count;
  }
  return filled;
}

void NumberColumns::add(std::span<const NumberRow> rows) {
  columns_.series->add_same(static_cast<std::int32_t>(left_.series), rows.size());
  add_times(rows);
  add_numbers(rows);
  add_each(*columns_.flags, rows, [](const NumberRow& row) { return row.flags; });
  add_each(*columns_.arrival, rows, [](const NumberRow& row) { return row.arrival; });
  add_each(*columns_.arrival_row, rows, [](const NumberRow& row) { return row.arrival_row; });
  add_texts(rows);
}

void NumberColumns::add_times(std::span<const NumberRow> rows) {
  add_each(*columns_.time, rows, [](const NumberRow& row) { return row.time; });
  each_stretch(
      rows, [](const NumberRow& row) { return row.start_time != 0; },
      [&](std::span<const NumberRow> some, bool has) {
        if (!has) return columns_.start_time->add_nulls(some.size());
        add_each(*columns_.start_time, some, [](const NumberRow& row) { return row.start_time; });
      });
}

void NumberColumns::add_numbers(std::span<const NumberRow> rows) {
  values_.clear();
  for (const NumberRow& row : rows) values_.push_back(row.value);
  encoded_.clear();
  encoder_.encode(values_, encoded_);
  const std::int64_t* units = encoded_.units.data();
  const double* raw = encoded_.raw.data();
  for (const NumberRun& run : encoded_.runs) add_run(run, units, raw);
}

void NumberColumns::add_run(const NumberRun& run, const std::int64_t*& units, const double*& raw) {
  if (run.kind == NumberRun::Kind::kUnits) {
    columns_.units->add(std::span(units, run.rows));
    columns_.offset->add_same(run.offset, run.rows);
    units += run.rows;
  } else {
    columns_.units->add_nulls(run.rows);
    columns_.offset->add_nulls(run.rows);
  }
  if (run.divisor) {
    columns_.divisor->add_same(*run.divisor, run.rows);
  } else {
    columns_.divisor->add_nulls(run.rows);
  }
  if (run.kind == NumberRun::Kind::kRaw) {
    columns_.raw->add(std::span(raw, run.rows));
    raw += run.rows;
  } else {
    columns_.raw->add_nulls(run.rows);
  }
}

void NumberColumns::add_texts(std::span<const NumberRow> rows) {
  const auto add = [](ParquetTexts& column, const std::optional<std::string_view>& text) {
    text ? column.add_text(*text) : column.add_nulls(1);
  };
  each_stretch(
      rows, [](const NumberRow& row) { return row.text != nullptr; },
      [&](std::span<const NumberRow> some, bool has) {
        if (!has) {
          columns_.exemplars->add_nulls(some.size());
          return columns_.extra->add_nulls(some.size());
        }
        for (const NumberRow& row : some) {
          add(*columns_.exemplars, row.text->exemplars);
          add(*columns_.extra, row.text->extra);
        }
      });
}

}  // namespace obs::store
