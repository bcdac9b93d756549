// A locked DuckDB with small tables under the names that a session gives its views.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/query/sql_compile.h"
#include "libobs/query/views.h"
#include "libobs/store/duckdb.h"

namespace obs::query {

// 2026-11-22T10:15:30.123456789Z.
inline constexpr Timestamp kNow = 1'795'342'530'123'456'789;

struct SqlFixture {
  SqlFixture();

  // The rows of a statement, as it came or as compile_sql() makes it: cells joined by `|`, NULL as
  // ∅. A failure is one line, "error: …".
  std::vector<std::string> run_raw(const std::string& sql);
  std::vector<std::string> run(const std::string& sql);
  // The names of its columns, joined by `|`.
  std::string names(const std::string& sql);
  // The message compile_sql() refuses with; empty when it does not.
  std::string refusal(const std::string& sql);

  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Connection> connection;
};

}  // namespace obs::query
