#include "libobs/store/parquet_rows.h"

#include <random>

#include "libobs/store/parquet_encoding.h"
#include "libobs/store/parquet_levels.h"
#include "tests/unit/store/parquet_fixture.h"

namespace obs::store {
namespace {

using Rows = std::vector<std::uint32_t>;

Rows all_rows(std::uint64_t count) {
  Rows rows(count);
  for (std::uint32_t i = 0; i < count; ++i) rows[i] = i;
  return rows;
}

Rows some_rows(std::uint64_t count, std::mt19937_64& random) {
  Rows rows;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (random() % 97 == 0) rows.push_back(i);
  }
  return rows;
}

// "text", "12" or "-" for each row.
std::vector<std::string> read(ParquetRows& cells, const ParquetFile& file, std::size_t column,
                              const Rows& rows) {
  std::vector<std::string> lines;
  if (file.type_of(column) == ParquetType::kBytes) {
    const auto texts = cells.texts(column, rows);
    REQUIRE(texts);
    for (const auto& text : *texts) lines.emplace_back(text.value_or("-"));
  } else {
    const auto numbers = cells.numbers(column, rows);
    REQUIRE(numbers);
    for (const auto& number : *numbers) lines.push_back(number ? std::to_string(*number) : "-");
  }
  REQUIRE(lines.size() == rows.size());
  return lines;
}

std::vector<std::string> as_duckdb_says(ParquetFiles& files, const std::string& expression,
                                        int rows) {
  const auto stream = files.connection->query(
      fmt::format("SELECT coalesce((CASE WHEN typeof(c) = 'BOOLEAN' THEN c::INTEGER::VARCHAR ELSE "
                  "c::VARCHAR END), '-') FROM (SELECT {} AS c FROM range({}) AS t(i))",
                  expression, rows));
  REQUIRE(stream);
  std::vector<std::string> lines;
  std::span<const model::Value> row;
  while (*(*stream)->next(row)) lines.emplace_back(row[0].as_string());
  return lines;
}

constexpr const char* kExpressions[] = {
    "i::BIGINT",
    "(i // 100)::INTEGER",
    "(-i)::INTEGER",
    "(hash(i) >> 1)::BIGINT - 4611686018427387904",
    "CASE WHEN i % 7 < 3 THEN i END::BIGINT",
    "CASE WHEN i // 64 % 2 = 0 THEN 5 END::BIGINT",
    "CASE WHEN i // 700 % 2 = 0 THEN hash(i) >> 2 END::BIGINT",
    "NULL::BIGINT",
    "NULL::VARCHAR",
    "''",
    "CASE WHEN i % 5 = 0 THEN 'text ' || i END",
    "CASE WHEN i % 3 > 0 THEN md5(i::VARCHAR) END",
    "CASE WHEN i % 3 > 0 THEN '' ELSE md5(i::VARCHAR) END",
    "'one of ' || hash(i) % 50",
    "CASE WHEN i % 11 > 4 THEN 'Ünïcode ' || hash(i) % 5 END",
    "CASE WHEN i < 2000 THEN 'few ' || i % 9 ELSE 'many ' || hash(i) END",
    "repeat('same text in runs', 1 + i // 500 % 3)",
    "CASE WHEN i % 900 = 17 THEN repeat(md5(i::VARCHAR), 9000) ELSE i::VARCHAR END",
    "i % 3 = 0",
    "CASE WHEN i // 100 % 2 = 0 THEN i % 13 = 4 END",
};

}  // namespace

TEST_CASE("chosen rows are what DuckDB reads in them", "[store][parquet][rows]") {
  ParquetFiles files;
  std::mt19937_64 random(1);
  for (const char* expression : kExpressions) {
    for (const std::size_t page_bytes : {0, 64, 3000}) {
      INFO(expression << ", pages of " << page_bytes);
      constexpr int kRows = 5000;
      files.page_bytes = page_bytes;
      REQUIRE(files.write(fmt::format("SELECT {} AS c FROM range({}) AS t(i)", expression, kRows)));
      const auto expected = as_duckdb_says(files, expression, kRows);
      const ParquetFile file = files.open();
      const auto column = file.find_column("c");
      REQUIRE(column);
      std::size_t first = 0;
      for (std::size_t group = 0; group < file.groups().size(); ++group) {
        const std::uint64_t count = file.groups()[group].rows;
        ParquetRows cells(file, group);
        const Rows choices[] = {
            some_rows(count, random), {},  all_rows(count),
            some_rows(count, random), {0}, {static_cast<std::uint32_t>(count - 1)}};
        for (const Rows& rows : choices) {
          std::vector<std::string> wanted;
          for (const std::uint32_t row : rows) wanted.push_back(expected[first + row]);
          CHECK(read(cells, file, *column, rows) == wanted);
        }
        first += count;
      }
      CHECK(first == kRows);
    }
  }
}

TEST_CASE("a column of another type and a row that is not there are refused",
          "[store][parquet][rows]") {
  ParquetFiles files;
  REQUIRE(
      files.write("SELECT i::BIGINT AS n, 'a' || i AS t, i::DOUBLE AS d FROM range(10) AS t(i)"));
  const ParquetFile file = files.open();
  ParquetRows cells(file, 0);
  const Rows rows = {1, 9};
  CHECK(cells.texts(0, rows).error().code == Errc::kUnsupported);
  CHECK(cells.numbers(1, rows).error().code == Errc::kUnsupported);
  CHECK(cells.numbers(2, rows).error().code == Errc::kUnsupported);
  CHECK_FALSE(cells.numbers(0, Rows{1, 10}));
}

TEST_CASE("damaged pages are refused with their column and place, or read, and nothing worse",
          "[store][parquet][rows]") {
  ParquetFiles files;
  files.page_bytes = 500;
  REQUIRE(
      files.write("SELECT (i * 17)::BIGINT AS n, md5(i::VARCHAR) AS many, 'x' || i % 5 AS few, "
                  "CASE WHEN i % 3 = 0 THEN i % 2 = 0 END AS flag FROM range(300) AS t(i)"));
  const auto whole = system_fs().read_file(files.path);
  REQUIRE(whole);
  const Rows rows = {0, 1, 150, 299};
  std::size_t refused = 0;
  for (std::size_t at = 0; at < whole->size(); ++at) {
    for (const int flip : {1, 0x80}) {
      std::string damaged = *whole;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      REQUIRE(system_fs().replace_file(files.path, damaged));
      auto file = ParquetFile::open(std::shared_ptr<const Mapping>(*system_fs().map(files.path)));
      if (!file || file->groups().empty() || file->groups()[0].chunks.size() != 4) continue;
      ParquetRows cells(*file, 0);
      for (const std::size_t column : {0, 1, 2, 3}) {
        const auto numbers = cells.numbers(column, rows);
        const auto texts = cells.texts(column, rows);
        const auto& error = file->type_of(column) == ParquetType::kBytes
                                ? (texts ? Error{} : texts.error())
                                : (numbers ? Error{} : numbers.error());
        if (error.code != Errc::kMalformed) continue;
        ++refused;
        CHECK(error.message.find("column " + file->name_of(column)) == 0);
      }
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("single numbers out of runs and packed bits", "[store][parquet][rows]") {
  std::mt19937_64 random(2);
  for (const int width : {1, 2, 7, 8, 13, 32}) {
    std::vector<ParquetRun> runs;
    std::vector<std::uint32_t> numbers;
    while (numbers.size() < 3000) {
      const auto value = static_cast<std::uint32_t>(random() >> (64 - width));
      const auto count = static_cast<std::uint32_t>(1 + random() % (random() % 5 == 0 ? 200 : 3));
      runs.push_back({value, count});
      numbers.insert(numbers.end(), count, value);
    }
    std::string bytes;
    append_hybrid(bytes, runs, width);
    for (const std::size_t step : {1, 5, 333}) {
      ParquetHybrid hybrid(bytes, width);
      std::uint64_t ones = 0;
      for (std::size_t at = 0; at < numbers.size(); ++at) {
        if (at % step == 0) {
          REQUIRE(hybrid.at(at) == numbers[at]);
          if (width == 1) CHECK(hybrid.ones_before() == ones);
        }
        ones += numbers[at];
      }
      CHECK_FALSE(hybrid.at(numbers.size() + 8));
    }
  }
}

}  // namespace obs::store
