#include "libobs/store/numbers_part.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>

#include "libobs/store/number_columns.h"

namespace obs::store {
namespace {

std::optional<std::uint32_t> to_id(std::string_view plain) {
  std::uint32_t id = 0;
  if (plain.size() != sizeof(id)) return std::nullopt;
  std::memcpy(&id, plain.data(), sizeof(id));
  return id;
}

// What every point has.
template <class T>
Result<ParquetCells<T>> read_whole(const ParquetFile& file, std::size_t group, std::size_t column) {
  OBS_TRY(auto cells, file.read<T>(group, column));
  const auto is_null = [](const auto& some) { return some.kind == ParquetStretch<T>::Kind::kNull; };
  if (std::none_of(cells.stretches.begin(), cells.stretches.end(), is_null)) return cells;
  return fail(Errc::kMalformed, "a column that every point has lacks cells");
}

// Fewer rows alike, on average, and they are no runs.
constexpr std::size_t kWorthRuns = 4;

template <class T>
bool is_equal(T a, T b) {
  if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  } else {
    return a == b;
  }
}

// Appends a stretch of cells as runs, or as it was where they are none.
template <class T>
void append_runs(const ParquetStretch<T>& stretch, const T* values,
                 std::vector<ParquetStretch<T>>& out) {
  using Kind = typename ParquetStretch<T>::Kind;
  const std::size_t before = out.size();
  for (std::uint32_t begin = 0; begin < stretch.count;) {
    std::uint32_t end = begin + 1;
    while (end < stretch.count && is_equal(values[end], values[begin])) ++end;
    out.push_back({Kind::kSame, end - begin, values[begin], 0});
    begin = end;
    if ((out.size() - before) * kWorthRuns <= begin + kWorthRuns * kWorthRuns) continue;
    out.resize(before);
    return out.push_back(stretch);
  }
}

// What rows of one series mostly share is runs, whichever way the file has it: steps are often
// smaller than a dictionary and its places.
template <class T>
void find_runs(ParquetCells<T>& cells) {
  using Kind = typename ParquetStretch<T>::Kind;
  std::vector<ParquetStretch<T>> runs;
  for (const ParquetStretch<T>& stretch : cells.stretches) {
    if (stretch.kind == Kind::kEach) {
      append_runs(stretch, cells.values.data() + stretch.first, runs);
    } else {
      runs.push_back(stretch);
    }
  }
  cells.stretches = std::move(runs);
  const auto has_values = [](const auto& some) { return some.kind == Kind::kEach; };
  if (std::none_of(cells.stretches.begin(), cells.stretches.end(), has_values)) cells.values = {};
}

// Cells that are alike: each its own, or all the same; those of a column without any are 0.
template <class T>
class Lane {
 public:
  explicit Lane(const ParquetCursor<T>& cells) {
    if (cells.is_null()) return;
    if (cells.is_same()) {
      same_ = cells.at(0);
    } else {
      each_ = cells.each();
    }
  }
  T operator[](std::uint32_t i) const { return each_ == nullptr ? same_ : each_[i]; }

 private:
  const T* each_ = nullptr;
  T same_{};
};

std::int64_t shift_back(std::int64_t units, std::int64_t offset) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(units) -
                                   static_cast<std::uint64_t>(offset));
}

}  // namespace

NumbersCursor::NumbersCursor(const NumbersGroup& group)
    : series_(group.series),
      time_(group.time),
      start_time_(group.start_time),
      units_(group.units),
      offset_(group.offset),
      divisor_(group.divisor),
      raw_(group.raw),
      flags_(group.flags),
      arrival_(group.arrival),
      arrival_row_(group.arrival_row) {}

std::uint32_t NumbersCursor::rows_of_series() const {
  const std::uint32_t left = series_.left();
  if (left == 0 || series_.is_same()) return left;
  const std::int32_t* ids = series_.each();
  std::uint32_t rows = 1;
  while (rows < left && ids[rows] == ids[0]) ++rows;
  return rows;
}

std::uint32_t NumbersCursor::alike(std::uint32_t most) const {
  const auto limit = [&](const auto& cursor) {
    if (cursor.left() > 0) most = std::min(most, cursor.left());
  };
  limit(time_);
  limit(start_time_);
  limit(units_);
  limit(offset_);
  limit(divisor_);
  limit(raw_);
  limit(flags_);
  limit(arrival_);
  limit(arrival_row_);
  return most;
}

void NumbersCursor::skip(std::uint32_t rows) {
  series_.skip(rows);
  time_.skip(rows);
  start_time_.skip(rows);
  units_.skip(rows);
  offset_.skip(rows);
  divisor_.skip(rows);
  raw_.skip(rows);
  flags_.skip(rows);
  arrival_.skip(rows);
  arrival_row_.skip(rows);
}

void NumbersCursor::append_rows(std::uint32_t count, std::vector<NumberRow>& to) const {
  const Lane time(time_), start_time(start_time_), units(units_), offset(offset_),
      arrival(arrival_);
  const Lane divisor(divisor_), raw(raw_);
  const Lane flags(flags_), arrival_row(arrival_row_);
  const bool is_raw = !raw_.is_null();
  const bool has_units = !units_.is_null();
  const bool is_whole = divisor_.is_null();
  const auto value = [&](std::uint32_t i) {
    if (is_raw) return model::Value::number(raw[i]);
    if (!has_units) return model::Value();
    const std::int64_t whole = shift_back(units[i], offset[i]);
    return is_whole ? model::Value::integer(whole) : divided(whole, divisor[i]);
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    to.push_back({time[i], start_time[i], static_cast<std::uint64_t>(arrival[i]),
                  static_cast<std::uint32_t>(arrival_row[i]), static_cast<std::uint32_t>(flags[i]),
                  value(i), nullptr});
  }
}

// As to_value() of point_value.h does. Mostly both offset and divisor are the same for many rows.
void NumbersCursor::numbers(std::uint32_t begin, std::uint32_t end, double* out) const {
  if (!raw_.is_null()) {
    for (std::uint32_t i = begin; i < end; ++i) *out++ = raw_.at(i);
    return;
  }
  const auto whole = [&](std::uint32_t i) {
    return shift_back(units_.at(i), offset_.is_null() ? 0 : offset_.at(i));
  };
  const bool is_plain = !units_.is_same() && !offset_.is_null() && offset_.is_same();
  if (is_plain && (divisor_.is_null() || (divisor_.is_same() && divisor_.at(0) != 0))) {
    const std::int64_t* units = units_.each();
    const std::int64_t offset = offset_.at(0);
    const double divisor = divisor_.is_null() ? 1 : divisor_.at(0);
    for (std::uint32_t i = begin; i < end; ++i) {
      *out++ = static_cast<double>(shift_back(units[i], offset)) / divisor;
    }
    return;
  }
  for (std::uint32_t i = begin; i < end; ++i) {
    const double divisor = divisor_.is_null() ? 1 : divisor_.at(i);
    *out++ =
        divisor == 0 ? std::bit_cast<double>(whole(i)) : static_cast<double>(whole(i)) / divisor;
  }
}

Result<NumbersPart> NumbersPart::open(Fs& fs, const std::string& path) {
  OBS_TRY(std::shared_ptr<const Mapping> mapping, fs.map(path));
  auto file = ParquetFile::open(std::move(mapping));
  auto part = file ? of(*std::move(file)) : fail(std::move(file).error());
  if (!part) return fail(std::move(part).error().during("read part " + path));
  return part;
}

Result<NumbersPart> NumbersPart::of(ParquetFile file) {
  NumbersPart part(std::move(file));
  if (part.find_columns()) return part;
  return fail(Errc::kUnsupported, "columns of numbers are missing");
}

bool NumbersPart::find_columns() {
  bool all = true;
  const auto find = [&](std::string_view name) {
    const auto found = file_.find_column(name);
    all = all && found;
    return found.value_or(0);
  };
  static_assert(kNumbersColumns.size() == 12);
  const auto column = [&](std::size_t place) { return find(kNumbersColumns[place]); };
  columns_ = {column(0), column(1), column(2), column(3), column(4),  column(5),
              column(6), column(7), column(8), column(9), column(10), column(11)};
  return all;
}

std::pair<std::uint32_t, std::uint32_t> NumbersPart::series_bounds(std::size_t group) const {
  const ParquetFile::Chunk& chunk = file_.groups()[group].chunks[columns_.series];
  return {to_id(chunk.min).value_or(0),
          to_id(chunk.max).value_or(std::numeric_limits<std::uint32_t>::max())};
}

bool NumbersPart::has_text() const {
  return has_values(file_, "exemplars") || has_values(file_, "extra");
}

Result<ParquetCells<std::int32_t>> NumbersPart::read_series(std::size_t group) const {
  OBS_TRY(auto series, read_whole<std::int32_t>(file_, group, columns_.series));
  find_runs(series);
  return series;
}

Result<NumbersGroup> NumbersPart::read(std::size_t group, bool with_arrival) const {
  OBS_TRY(auto series, read_series(group));
  return read(group, std::move(series), with_arrival);
}

Result<NumbersGroup> NumbersPart::read(std::size_t group, ParquetCells<std::int32_t> series,
                                       bool with_arrival) const {
  NumbersGroup read;
  read.series = std::move(series);
  OBS_TRY(read.time, read_whole<std::int64_t>(file_, group, columns_.time));
  OBS_TRY(read.start_time, file_.read<std::int64_t>(group, columns_.start_time));
  OBS_TRY(read.units, file_.read<std::int64_t>(group, columns_.units));
  OBS_TRY(read.offset, file_.read<std::int64_t>(group, columns_.offset));
  OBS_TRY(read.divisor, file_.read<double>(group, columns_.divisor));
  OBS_TRY(read.raw, file_.read<double>(group, columns_.raw));
  OBS_TRY(read.flags, file_.read<std::int32_t>(group, columns_.flags));
  find_runs(read.start_time);
  find_runs(read.offset);
  find_runs(read.divisor);
  find_runs(read.flags);
  if (!with_arrival) return read;
  OBS_TRY(read.arrival, file_.read<std::int64_t>(group, columns_.arrival));
  OBS_TRY(read.arrival_row, file_.read<std::int32_t>(group, columns_.arrival_row));
  find_runs(read.arrival_row);
  return read;
}

Result<NumbersTexts> NumbersPart::read_texts(std::size_t group) const {
  const ParquetFile::Group& rows = file_.groups()[group];
  NumbersTexts texts;
  texts.pages = std::make_unique<ParquetRows>(file_, group);
  std::vector<std::uint32_t> all(rows.rows);
  std::iota(all.begin(), all.end(), std::uint32_t{0});
  if (rows.chunks[columns_.exemplars].nulls != rows.rows) {
    OBS_TRY(texts.exemplars, texts.pages->texts(columns_.exemplars, all));
  }
  if (rows.chunks[columns_.extra].nulls != rows.rows) {
    OBS_TRY(texts.extra, texts.pages->texts(columns_.extra, all));
  }
  return texts;
}

}  // namespace obs::store
