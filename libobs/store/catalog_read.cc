// Reading the catalog: what the writer starts from and every reader's snapshot.

#include <fmt/format.h>

#include "libobs/store/catalog.h"
#include "libobs/store/catalog_tables.h"

namespace obs::store {
namespace {

Result<void> read_parts(Sqlite& database, std::vector<Part>& parts) {
  OBS_TRY(const bool hashed, has_column(database, "parts", "hash"));
  OBS_TRY(const bool with_hot, has_column(database, "parts", "hot"));
  OBS_TRY(auto rows,
          database.prepare(fmt::format(
              "SELECT id, signal, partition, path, rows, bytes, min_time, max_time, min_seq, "
              "max_seq, level, final, group_rows, schema, {}, {} FROM parts ORDER BY id",
              hashed ? "hash" : "0", with_hot ? "hot" : "'{}'")));
  for (;;) {
    OBS_TRY(const bool more, rows.step());
    if (!more) return {};
    const auto signal = parse_signal(rows.text(1));
    if (!signal) return fail(Errc::kMalformed, "a part has an unknown signal");
    Part part;
    part.id = rows.integer(0);
    part.signal = *signal;
    part.partition = rows.text(2);
    part.path = rows.text(3);
    part.rows = static_cast<std::uint64_t>(rows.integer(4));
    part.bytes = static_cast<std::uint64_t>(rows.integer(5));
    part.min_time = rows.integer(6);
    part.max_time = rows.integer(7);
    part.min_seq = static_cast<std::uint64_t>(rows.integer(8));
    part.max_seq = static_cast<std::uint64_t>(rows.integer(9));
    part.level = static_cast<int>(rows.integer(10));
    part.final = rows.integer(11) != 0;
    part.group_rows = static_cast<std::uint32_t>(rows.integer(12));
    part.schema = static_cast<int>(rows.integer(13));
    part.hash = static_cast<std::uint64_t>(rows.integer(14));
    OBS_TRY(part.hot, parse_hot_attributes(rows.text(15)));
    parts.push_back(std::move(part));
  }
}

}  // namespace

std::optional<model::Signal> parse_signal(std::string_view name) {
  for (const model::Signal signal : model::kSignals) {
    if (model::to_string(signal) == name) return signal;
  }
  return std::nullopt;
}

Result<CatalogState> read_catalog(Sqlite& database) {
  CatalogState state;
  auto done = database.transaction("BEGIN", [&]() -> Result<void> {
    OBS_TRY(auto store, database.prepare("SELECT store_id, next_seq, applied_segment FROM store"));
    OBS_TRY(const bool row, store.step());
    if (!row) return fail(Errc::kMalformed, "the catalog has no store row");
    state.store_id = store.text(0);
    state.next_seq = static_cast<std::uint64_t>(store.integer(1));
    state.applied_segment = static_cast<std::uint64_t>(store.integer(2));
    return read_parts(database, state.parts);
  });
  if (!done) return fail(std::move(done).error().during("read catalog"));
  return state;
}

}  // namespace obs::store
