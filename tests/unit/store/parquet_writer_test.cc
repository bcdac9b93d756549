#include "libobs/store/parquet_writer.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/store/parquet_decoding.h"
#include "libobs/store/parquet_encoding.h"
#include "libobs/store/parquet_file.h"
#include "libobs/store/thrift_compact.h"
#include "tests/unit/store/parquet_fixture.h"

namespace obs::store {
namespace {

using Files = ParquetFiles;

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

}  // namespace

TEST_CASE("what is written as Parquet is what DuckDB reads", "[store][points][parquet]") {
  Files files;
  const char* const kExpressions[] = {
      "i::BIGINT",
      "(i // 100)::UINTEGER",
      "(-i)::INTEGER",
      "make_timestamp_ns(i * 15000000000 + (hash(i) % 1000000)::BIGINT)",
      ("make_timestamp_ns(1795348800000000000 + (i % 240) * 15000000000 + (hash(i % 240) % "
       "99)::BIGINT)"),
      "hash(i)",
      "(hash(i) >> 1)::BIGINT - 4611686018427387904",
      "CASE WHEN i % 2 = 0 THEN -9223372036854775808 ELSE 9223372036854775807 END",
      "CASE WHEN i % 3 = 0 THEN 4294967295 ELSE 0 END::UINTEGER",
      "(hash(i) % 100)::BIGINT + i * 50",
      "CASE i % 4 WHEN 0 THEN 'nan'::DOUBLE WHEN 1 THEN '-0'::DOUBLE WHEN 2 THEN 'inf'::DOUBLE END",
      "CASE WHEN i % 7 < 3 THEN i END::BIGINT",
      "CASE WHEN i // 64 % 2 = 0 THEN 12.5 END::DOUBLE",
      "NULL::UBIGINT",
      "NULL::DOUBLE",
      "1::UINTEGER",
      "CASE WHEN i % 5 = 0 THEN 'text ' || i END",
      "CASE WHEN i % 1000 = 0 THEN ('{\"a\":\"' || repeat('x', 5000) || '\"}')::JSON END",
      "''",
      "CASE i % 3 WHEN 0 THEN range(i % 20)::DOUBLE[] WHEN 1 THEN [] END",
      "[i, i + 1, 0]::UBIGINT[]",
      "NULL::DOUBLE[]",
      "i % 3 = 0",
      "CASE WHEN i // 100 % 2 = 0 THEN true END",
      "NULL::BOOLEAN",
      "'one of ' || hash(i) % 50",
      "CASE WHEN i < 1000 THEN 'few ' || i % 9 ELSE 'many ' || hash(i) END",
      "CASE WHEN i % 2 = 0 THEN {'id': hash(i % 700)}::JSON END",
      "repeat('same text in runs', 1 + i // 500 % 3)",
  };
  std::string all;
  for (const char* expression : kExpressions) {
    all += fmt::format("{}{} AS c{}", all.empty() ? "" : ", ", expression, all.size());
  }
  for (const int rows : {0, 1, 2, 7, 33, 129, 2047, 2048, 2049, 10'000}) {
    files.check_same(fmt::format("SELECT {} FROM range({}) AS t(i)", all, rows));
  }
  files.check_same("SELECT " + all + " FROM range(150000) AS t(i)", 122'880);
  for (const std::size_t page_bytes : {1, 100, 5000}) {
    files.page_bytes = page_bytes;
    files.check_same("SELECT " + all + " FROM range(3000) AS t(i)");
  }
}

// The cells of a column of a row group as text, as DuckDB prints them.
template <class T>
std::string read_cells(const ParquetFile& file, std::string_view name) {
  std::string text;
  const auto column = file.find_column(name);
  REQUIRE(column);
  for (std::size_t group = 0; group < file.groups().size(); ++group) {
    const auto cells = file.read<T>(group, *column);
    REQUIRE(cells);
    ParquetCursor<T> cursor(*cells);
    for (; cursor.left() > 0; cursor.skip(1)) {
      text += cursor.is_null() ? "-\n" : fmt::format("{}\n", cursor.at(0));
    }
  }
  return text;
}

TEST_CASE("numbers are read back as they were written", "[store][points][parquet]") {
  Files files;
  const char* const kExpressions[] = {
      "i::BIGINT",
      "(i // 100)::BIGINT",
      "(i // 3 % 5)::BIGINT",
      "(hash(i) >> 1)::BIGINT - 4611686018427387904",
      "CASE WHEN i % 2 = 0 THEN -9223372036854775807 ELSE 9223372036854775807 END",
      "(hash(i) % 100)::BIGINT + i * 50",
      "CASE WHEN i % 7 < 3 THEN i END::BIGINT",
      "CASE WHEN i // 64 % 2 = 0 THEN 5 END::BIGINT",
      "NULL::BIGINT",
  };
  for (const char* expression : kExpressions) {
    for (const int rows : {1, 7, 129, 5000}) {
      const std::string select = fmt::format(
          "SELECT n::{{}} AS n FROM (SELECT {} AS n FROM range({}) AS t(i))", expression, rows);
      const auto check = [&]<class T>(T, const std::string& sql) {
        INFO(sql);
        REQUIRE(files.write(sql));
        std::shared_ptr<const Mapping> mapping = std::move(*system_fs().map(files.path));
        const auto file = ParquetFile::open(std::move(mapping));
        REQUIRE(file);
        std::string expected;
        auto stream = files.connection->query(sql);
        REQUIRE(stream);
        std::span<const model::Value> row;
        while (*(*stream)->next(row)) {
          if (row[0].kind() == model::ValueKind::kInt) {
            expected += fmt::format("{}\n", row[0].as_int());
          } else if (row[0].kind() == model::ValueKind::kDouble) {
            expected += fmt::format("{}\n", row[0].as_double());
          } else {
            expected += "-\n";
          }
        }
        CHECK(read_cells<T>(*file, "n") == expected);
      };
      check(std::int64_t{}, fmt::format(fmt::runtime(select), "BIGINT"));
      check(double{}, fmt::format(fmt::runtime(select), "DOUBLE"));
    }
  }
}

TEST_CASE("a damaged Parquet file is refused or read, and nothing worse",
          "[store][points][parquet]") {
  Files files;
  REQUIRE(
      files.write("SELECT (i // 10)::UINTEGER AS a, (hash(i) % 100)::BIGINT + i * 50 AS b, "
                  "CASE WHEN i % 7 < 3 THEN i / 3 END AS c FROM range(300) AS t(i)"));
  const auto whole = system_fs().read_file(files.path);
  REQUIRE(whole);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < whole->size(); ++at) {
    for (const int flip : {1, 0x80}) {
      std::string damaged = *whole;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      REQUIRE(system_fs().replace_file(files.path, damaged));
      std::shared_ptr<const Mapping> mapping = std::move(*system_fs().map(files.path));
      const auto file = ParquetFile::open(std::move(mapping));
      refused += file ? 0 : 1;
      if (!file || file->groups().empty() || file->groups()[0].chunks.size() != 3) continue;
      refused += file->read<std::int32_t>(0, 0) ? 0 : 1;
      refused += file->read<std::int64_t>(0, 1) ? 0 : 1;
      refused += file->read<double>(0, 2) ? 0 : 1;
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("a Parquet file says what it holds, and bounds that readers may trust",
          "[store][points][parquet]") {
  Files files;
  REQUIRE(
      files.write("SELECT i::UINTEGER AS id, (100 - i)::BIGINT AS n, i::DOUBLE AS d "
                  "FROM range(4096) AS t(i)"));
  CHECK(files.ask("SELECT path_in_schema, stats_min_value, stats_max_value, stats_null_count "
                  "FROM parquet_metadata('" +
                  files.path + "') WHERE row_group_id = 1 ORDER BY column_id") ==
        "\"id\"|\"2048\"|\"4095\"|0\n\"n\"|\"-3995\"|\"-1948\"|0\n\"d\"|null|null|0\n");
  CHECK(files.ask("SELECT key::VARCHAR, value::VARCHAR FROM parquet_kv_metadata('" + files.path +
                  "')") == "\"key\"|\"value\"\n");
  CHECK(files.ask("SELECT n FROM read_parquet('" + files.path + "') WHERE id = 4000") == "-3900\n");
}

TEST_CASE("text and booleans have bounds that readers may trust, JSON and long text none",
          "[store][parquet]") {
  Files files;
  REQUIRE(
      files.write("SELECT 'n' || i % 10 AS few, md5(i::VARCHAR) AS many, i % 2 = 0 AS flag, "
                  "repeat('é', 100) AS long, '{}'::JSON AS json FROM range(2048) AS t(i)"));
  CHECK(files.ask("SELECT path_in_schema, stats_min_value, stats_max_value, encodings "
                  "FROM parquet_metadata('" +
                  files.path + "') ORDER BY column_id") ==
        files.ask("SELECT * FROM (VALUES ('few', 'n0', 'n9', 'PLAIN, RLE, RLE_DICTIONARY'), "
                  "('many', (SELECT min(md5(i::VARCHAR)) FROM range(2048) AS t(i)), "
                  "(SELECT max(md5(i::VARCHAR)) FROM range(2048) AS t(i)), "
                  "'PLAIN, RLE, RLE_DICTIONARY'), ('flag', 'false', 'true', 'RLE'), "
                  "('long', NULL, NULL, 'PLAIN, RLE, RLE_DICTIONARY'), "
                  "('json', NULL, NULL, 'PLAIN, RLE, RLE_DICTIONARY'))"));
  CHECK(files.ask("SELECT count(*) FROM read_parquet('" + files.path +
                  "') WHERE many = md5('17') AND NOT flag AND few = 'n7'") == "1\n");
}

TEST_CASE("long text that many rows share is written once", "[store][parquet]") {
  Files files;
  REQUIRE(
      files.write("SELECT repeat('long ', 250000) || i // 50 AS body, i AS n "
                  "FROM range(100) AS t(i)"));
  CHECK(files.ask("SELECT encodings, total_uncompressed_size < 3000000 FROM parquet_metadata('" +
                  files.path + "') WHERE column_id = 0") ==
        "\"PLAIN, RLE, RLE_DICTIONARY\"|true\n");
  CHECK(files.ask("SELECT body[1250001:], count(*), min(n), max(n) FROM read_parquet('" +
                  files.path + "') GROUP BY ALL ORDER BY ALL") ==
        "\"0\"|50|0|49\n\"1\"|50|50|99\n");
}

TEST_CASE("a type that no page is made of is refused", "[store][points][parquet]") {
  Files files;
  const auto written = files.write("SELECT DATE '2026-11-22' AS day");
  REQUIRE_FALSE(written);
  CHECK(written.error().code == Errc::kUnsupported);
}

TEST_CASE("runs and packed bits are laid out as Parquet says", "[store][points][parquet]") {
  const auto encode = [](std::vector<ParquetRun> runs, int width) {
    std::string bytes;
    append_hybrid(bytes, runs, width);
    return hex(bytes);
  };
  CHECK(encode({}, 1).empty());
  CHECK(encode({{1, 100}}, 1) == "c80101");
  CHECK(encode({{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}, {7, 1}}, 3) == "0388c6fa");
  CHECK(encode({{3, 3}, {0, 13}}, 2) == "033f001000");
  CHECK(encode({{300, 8}}, 9) == "102c01");
}

TEST_CASE("steps are laid out as Parquet says", "[store][points][parquet]") {
  const auto encode = [](std::vector<std::int64_t> values, DeltaWidth width) {
    std::string bytes;
    append_delta(bytes, values, width);
    return hex(bytes);
  };
  CHECK(encode({}, DeltaWidth::kLeast) == "8001040000");
  CHECK(encode({7}, DeltaWidth::kLeast) == "800104010e");
  // The format's own example: steps of 1 have no bits left.
  CHECK(encode({1, 2, 3, 4, 5}, DeltaWidth::kLeast) == "80010405020200000000");
  CHECK(encode({7, 5, 3, 1, 2, 3, 4, 5}, DeltaWidth::kLeast) ==
        "800104080e0302000000c03f000000000000");
  CHECK(encode({0, 1, 3}, DeltaWidth::kWholeBytes) ==
        "8001040300020800000000"
        "01" +
            std::string(60, '0'));
}

TEST_CASE("steps of any width come back, wherever they end", "[store][points][parquet]") {
  std::mt19937_64 random(1);
  for (const DeltaWidth width : {DeltaWidth::kLeast, DeltaWidth::kWholeBytes, DeltaWidth::kOneWidth,
                                 DeltaWidth::kLong, DeltaWidth::kSparse}) {
    for (const std::size_t count : {1, 2, 128, 129, 1024, 1025, 1026, 5000}) {
      INFO(static_cast<int>(width) << " " << count);
      std::vector<std::int64_t> values;
      // Steps of seven bits, of all sixty-four, and none.
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t step = i % 700 == 699 ? random() : i % 3 == 0 ? 0 : random() % 100;
        const std::uint64_t before = values.empty() ? 0 : static_cast<std::uint64_t>(values.back());
        values.push_back(static_cast<std::int64_t>(before + step));
      }
      std::string bytes;
      append_delta(bytes, values, width);
      std::vector<std::int64_t> decoded;
      REQUIRE(decode_delta(bytes, count, decoded));
      CHECK(decoded == values);
    }
  }
}

}  // namespace obs::store
