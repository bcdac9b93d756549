// Parquet files that ParquetWriter writes of what a statement answers.

#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "libobs/store/duckdb_connection.h"
#include "libobs/store/parquet_file.h"
#include "libobs/store/parquet_writer.h"
#include "libobs/store/stretch_copier.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {

// The rows of a statement.
class StatementSource final : public TableSource {
 public:
  explicit StatementSource(DuckdbChunks chunks) : chunks_(std::move(chunks)) {}

  void describe(const DuckdbApi&, const AddColumn& add) const override {
    for (idx_t i = 0; i < chunks_.column_count(); ++i) {
      add(chunks_.column_name(i), chunks_.column_type(i).get());
    }
  }
  idx_t row_count() const override { return 0; }
  std::unique_ptr<TableCursor> open(const DuckdbApi&, std::vector<idx_t>) const override {
    return std::make_unique<Cursor>(chunks_);
  }

 private:
  class Cursor final : public TableCursor {
   public:
    explicit Cursor(DuckdbChunks& chunks) : chunks_(chunks), copier_(chunks.api()) {}
    Result<idx_t> fill(duckdb_data_chunk out) override {
      OBS_TRY(const bool more, chunks_.next());
      if (!more) return idx_t{0};
      const DuckdbApi& api = chunks_.api();
      const idx_t rows = api.data_chunk_get_size(chunks_.chunk());
      for (idx_t i = 0; i < chunks_.column_count(); ++i) {
        copier_.copy(api.data_chunk_get_vector(chunks_.chunk(), i), 0, rows,
                     api.data_chunk_get_vector(out, i), 0);
      }
      return rows;
    }

   private:
    DuckdbChunks& chunks_;
    StretchCopier copier_;
  };

  mutable DuckdbChunks chunks_;
};

struct ParquetFiles {
  ParquetFiles()
      : database(std::move(*DuckdbDatabase::open({1, "", ""}))),
        connection(std::move(*database->connect_raw())) {}

  Result<std::uint64_t> write(const std::string& select, std::uint32_t group_rows = 2048) {
    auto chunks = connection->query_chunks(select);
    REQUIRE(chunks);
    const StatementSource source(std::move(*chunks));
    auto file = system_fs().open_append(path);
    REQUIRE(file);
    REQUIRE((*file)->truncate(0));
    return ParquetWriter(**file, {group_rows, {1, page_bytes}, {{"key", "value"}}})
        .write(connection->api(), source);
  }

  std::string ask(const std::string& sql) { return store::ask(*connection, sql); }

  // What DuckDB reads differs from the rows in nothing, the types of columns included.
  void check_same(const std::string& select, std::uint32_t group_rows = 2048) {
    INFO(select);
    const auto written = write(select, group_rows);
    REQUIRE(written);
    const std::string read = fmt::format("SELECT * FROM read_parquet('{}')", path);
    CHECK(ask("SELECT count(*) FROM (" + read + ")") == fmt::format("{}\n", *written));
    CHECK(ask("SELECT column_name, column_type FROM (DESCRIBE " + read + ")") ==
          ask("SELECT column_name, column_type FROM (DESCRIBE " + select + ")"));
    // By place, so that the order counts, and by text, so that NaN and minus zero do.
    const auto numbered = [](const std::string& rows) {
      return "SELECT row_number() OVER () AS n, t::VARCHAR FROM (" + rows + ") AS t";
    };
    CHECK(ask(fmt::format("SELECT count(*) FROM (({0}) EXCEPT ({1}))", numbered(read),
                          numbered(select))) == "0\n");
  }

  // Of what was written last.
  ParquetFile open() {
    auto file = ParquetFile::open(std::shared_ptr<const Mapping>(*system_fs().map(path)));
    REQUIRE(file);
    return *std::move(file);
  }

  std::size_t page_bytes = 0;
  TemporaryDir dir;
  std::string path = dir / "file.parquet";
  std::unique_ptr<DuckdbDatabase> database;
  std::unique_ptr<DuckdbConnection> connection;
};

}  // namespace obs::store
