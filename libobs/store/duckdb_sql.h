// SQL over lists of parts: the views of duckdb.sql, and those of a reader. Parts differ in which
// attributes they keep in columns of their own (hot_attributes.h); what reads them sees one schema.
// Pure. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/model/batch.h"
#include "libobs/store/part.h"

namespace obs::store {

// A part's file, and its hot attributes.
struct PartFile {
  std::string path;
  HotAttributes hot;
  int schema = 0;
  // The only row groups to be read, by column block; nullopt: all.
  std::optional<std::vector<std::uint32_t>> blocks = std::nullopt;
  std::int64_t id = 0;  // Of the part.
};

// Attributes as columns of a SELECT.
struct SelectKeys {
  std::span<const std::string> text = {};
  std::span<const std::string> json = {};  // As JSON, behind those as text.
  // Those that are in none of the files: they are NULL there, and looked for in `fresh` alone.
  std::span<const std::string> absent = {};
};

// `dir` is the store.
PartFile to_file(const std::string& dir, const Part& part);
// What it takes to read one part by select_from(): the part, and for one of points the parts of
// series among `all`.
std::vector<PartFile> to_files(const std::string& dir, const Part& part, std::span<const Part> all);

// "read_parquet([…], …)": the rows of files as they are in them. `by_name`: a column may be missing
// in some, and is NULL there.
std::string read_parquet_sql(std::span<const std::string> paths, bool by_name = false);

// SQL expressions over `table`, an alias of parts that have the hot attributes `hot`.
//
// All attributes of a record, as JSON:
std::string attributes_sql(std::span<const HotAttribute> hot, std::string_view table);
// One of them as text, NULL where it is missing: the column itself where it is one of text, so that
// a comparison with it becomes a filter of the scan.
std::string attribute_sql(std::span<const HotAttribute> hot, std::string_view key,
                          std::string_view table);

// A SELECT of every column of the signal over these files, and over `fresh`, a relation in SQL
// (empty: none); then of these attributes as text. Without files and `fresh` it has no row, and
// still every column. `columns`: of logs and spans only these, and those are quicker to plan;
// empty: all.
std::string select_from(model::Signal signal, std::span<const PartFile> files,
                        const std::string& fresh, const SelectKeys& keys = {},
                        std::span<const std::string> columns = {});

// The text of duckdb.sql for the store in the absolute directory `dir`.
std::string make_duckdb_sql(const std::string& dir, std::span<const Part> parts);

}  // namespace obs::store
