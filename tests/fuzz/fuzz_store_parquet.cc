// Parquet files as a damaged disk may have them: the footer, the pages of numbers, chosen rows of
// any column, and what a part of points makes of these. The first byte says which of its parts is
// read.

#include <memory>
#include <string>
#include <vector>

#include "libobs/store/numbers_part.h"
#include "libobs/store/parquet_decoding.h"
#include "libobs/store/parquet_file.h"
#include "libobs/store/parquet_levels.h"
#include "libobs/store/parquet_rows.h"
#include "libobs/store/thrift_reader.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

namespace {

class Bytes final : public Mapping {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  obs::Bytes bytes() const override { return as_bytes(bytes_); }

 private:
  const std::string bytes_;
};

template <class T>
void read_column(const store::ParquetFile& file, std::size_t group, std::size_t column) {
  const auto cells = file.read<T>(group, column);
  if (!cells) {
    check(cells.error().code != Errc::kInternal, "no input is a bug of ours");
    return;
  }
  std::uint64_t rows = 0;
  for (store::ParquetCursor<T> cursor(*cells); cursor.left() > 0; cursor.skip(cursor.left())) {
    rows += cursor.left();
    if (!cursor.is_null()) (void)cursor.at(cursor.left() - 1);
  }
  check(rows == file.groups()[group].rows, "a column has as many cells as there are rows");
}

void read_file(std::string_view bytes) {
  const auto file = store::ParquetFile::open(std::make_shared<Bytes>(bytes));
  if (!file) return;
  (void)file->find_column("time");
  (void)store::has_values(*file, "exemplars");
  for (std::size_t group = 0; group < file->groups().size() && group < 4; ++group) {
    const std::size_t columns = file->groups()[group].chunks.size();
    for (std::size_t column = 0; column < columns && column < 16; ++column) {
      read_column<std::int32_t>(*file, group, column);
      read_column<std::int64_t>(*file, group, column);
      read_column<double>(*file, group, column);
    }
  }
}

// As a search does: some rows, then others near them.
void read_rows(std::string_view bytes) {
  const auto file = store::ParquetFile::open(std::make_shared<Bytes>(bytes));
  if (!file) return;
  for (std::size_t group = 0; group < file->groups().size() && group < 4; ++group) {
    const auto count = static_cast<std::uint32_t>(file->groups()[group].rows);
    if (count == 0) continue;
    store::ParquetRows cells(*file, group);
    const std::vector<std::uint32_t> first = {0};
    std::vector<std::uint32_t> others = {count / 3, count - 1};
    if (others[0] == others[1]) others.pop_back();
    const std::size_t columns = file->groups()[group].chunks.size();
    for (std::size_t column = 0; column < columns && column < 16; ++column) {
      for (const auto& rows : {first, others}) {
        const auto texts = cells.texts(column, rows);
        check(!texts || texts->size() == rows.size(), "a cell for each row");
        std::size_t bytes_seen = 0;
        for (std::size_t i = 0; texts && i < rows.size(); ++i) {
          for (const char c : (*texts)[i].value_or("")) bytes_seen += c != 0;
        }
        const auto numbers = cells.numbers(column, rows);
        check(!numbers || numbers->size() == rows.size(), "a cell for each row");
        check(!texts || !numbers, "a column has one type");
      }
    }
  }
}

// One row after another, as a merge and a scan do.
void read_numbers(std::string_view bytes) {
  auto file = store::ParquetFile::open(std::make_shared<Bytes>(bytes));
  if (!file) return;
  const auto part = store::NumbersPart::of(std::move(*file));
  if (!part) return;
  for (std::size_t group = 0; group < part->group_count() && group < 4; ++group) {
    (void)part->series_bounds(group);
    const auto numbers = part->read(group, true);
    if (!numbers) continue;
    store::NumbersCursor cursor(*numbers);
    std::vector<double> values;
    while (const std::uint32_t left = cursor.rows_of_series()) {
      const std::uint32_t rows = cursor.alike(left);
      (void)cursor.series();
      for (std::uint32_t i = 0; i < rows; ++i) (void)cursor.stored(i);
      values.resize(rows);
      cursor.numbers(0, rows, values.data());
      cursor.skip(rows);
    }
  }
}

void read_encodings(std::string_view bytes) {
  if (bytes.size() < 2) return;
  const int width = bytes[0] % 40;
  const std::uint64_t count = static_cast<unsigned char>(bytes[1]);
  bytes.remove_prefix(2);
  std::vector<store::ParquetRun> runs;
  if (store::decode_hybrid(bytes, width, count, runs)) {
    std::uint64_t sum = 0;
    for (const auto run : runs) sum += run.count;
    check(sum == count, "runs add up to what was asked for");
    store::ParquetHybrid hybrid(bytes, width);
    std::uint64_t at = 0;
    for (const auto run : runs) {
      const auto last = hybrid.at(at + run.count - 1);
      check(last == run.value, "a single number is what it is in its run");
      at += run.count;
    }
  }
  std::vector<std::int64_t> wide;
  std::vector<std::int32_t> narrow;
  if (store::decode_delta(bytes, count, wide)) {
    check(wide.size() == count, "steps are as many as asked for");
    std::string again;
    store::append_delta(again, wide, store::DeltaWidth::kLeast);
    std::vector<std::int64_t> same;
    check(store::decode_delta(again, count, same) && same == wide, "steps are read as written");
  }
  (void)store::decode_delta(bytes, count, narrow);
}

void read_thrift(std::string_view bytes) {
  store::ThriftReader reader(bytes);
  std::size_t fields = 0;
  reader.read_struct([&](int id) {
    ++fields;
    if (id == 1) (void)reader.integer();
    if (id == 2) (void)reader.binary();
    if (id == 3) reader.read_list([&] { (void)reader.integer(); });
    if (id == 4) reader.read_struct([&](int) { (void)reader.boolean(); });
  });
  check(fields <= bytes.size(), "a field has a byte at least");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::as_text(data, size);
  if (bytes.empty()) return 0;
  // A seed is a file as it is, and begins with the P of its magic.
  switch (bytes.front()) {
    case 'd': read_encodings(bytes.substr(1)); break;
    case 't': read_thrift(bytes.substr(1)); break;
    default:
      read_file(bytes);
      read_rows(bytes);
      read_numbers(bytes);
  }
  return 0;
}
