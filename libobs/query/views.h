// The tables that users see. Three of records: which columns of a session's views, in which order,
// and only the records of one project. And three of what is counted beside them.

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libobs/base/result.h"
#include "libobs/model/batch.h"
#include "libobs/store/count_table.h"
#include "libobs/store/duckdb.h"

namespace obs::query {

struct View {
  model::Signal signal;
  std::string_view name;       // What users write: "logs".
  std::string_view real_name;  // What their statements are rewritten to.
  std::span<const std::string_view> columns;
  std::optional<store::CountTable> counts = {};  // A table of counts, not of records.
};

// Of records, and of counts.
std::span<const View> all_views();
std::span<const View> count_views();
const View& view_of(model::Signal signal);
// Of either kind, by the name users write, in lower case; nullptr when there is none.
const View* find_view(std::string_view name);
const View* find_real_view(std::string_view name);

// The catalog and schema that the real views live in.
inline constexpr std::string_view kViewCatalog = "temp";
inline constexpr std::string_view kViewSchema = "main";
// "temp.main.obs_logs".
std::string full_name(const View& view);

// Makes the real views over the session's, once a connection; a session's refresh leaves them.
Result<void> create_views(store::Connection& connection, std::string_view project);

// Makes a view of counts over the session's, which has to be there.
Result<void> create_count_view(store::Connection& connection, const View& view);

// What a view that has columns for attributes too has after its name.
inline constexpr std::string_view kAttributesSuffix = "_attributes";

// Makes such a view over the session's, which has so many columns of store::attribute_column() and
// of store::json_column(). To be used before the session's next make_attribute_view().
Result<void> create_attribute_view(store::Connection& connection, const View& view,
                                   std::string_view project, std::size_t texts, std::size_t jsons);

}  // namespace obs::query
