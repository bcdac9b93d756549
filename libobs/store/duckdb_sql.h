// SQL over lists of parts: the views of duckdb.sql, and those of a reader. Pure. Internal to
// libobs/store.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "libobs/model/batch.h"
#include "libobs/store/part.h"

namespace obs::store {

// A SELECT of every column of the signal over these files, and over `fresh`, a relation in SQL
// (empty: none). Without either it has no row, and still every column.
std::string select_from(model::Signal signal, std::span<const std::string> files,
                        const std::string& fresh);

// The text of duckdb.sql for the store in the absolute directory `dir`.
std::string make_duckdb_sql(const std::string& dir, std::span<const Part> parts);

}  // namespace obs::store
