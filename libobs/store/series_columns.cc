#include "libobs/store/series_columns.h"

#include <algorithm>
#include <string>

#include "libobs/store/parquet_text.h"

namespace obs::store {
namespace {

void add_id(ParquetNumbers<std::int32_t>& column, std::uint32_t id) {
  column.add_same(static_cast<std::int32_t>(id), 1);
}

// As the view has it: empty is NULL.
void add_text_or_null(ParquetTexts& column, const std::string& text) {
  text.empty() ? column.add_nulls(1) : column.add_text(text);
}

}  // namespace

std::vector<std::unique_ptr<ParquetColumn>> SeriesColumns::make_columns() {
  using Meaning = ParquetMeaning;
  std::vector<std::unique_ptr<ParquetColumn>> all;
  const auto name = [&] { return std::string(kSeriesColumns[all.size()]); };
  const auto add = [&]<class Column>(std::unique_ptr<Column> column) {
    Column* const made = column.get();
    all.push_back(std::move(column));
    return made;
  };
  columns_.id = add(Numbers::make(name(), Meaning::kUnsigned));
  columns_.project = add(make_text_column(name(), Meaning::kText));
  columns_.service = add(make_text_column(name(), Meaning::kText));
  columns_.resource_id = add(Numbers::make(name(), Meaning::kUnsigned));
  columns_.resource = add(make_text_column(name(), Meaning::kJson));
  columns_.scope = add(make_text_column(name(), Meaning::kJson));
  columns_.name = add(make_text_column(name(), Meaning::kText));
  columns_.type = add(make_text_column(name(), Meaning::kText));
  columns_.unit = add(make_text_column(name(), Meaning::kText));
  columns_.description = add(make_text_column(name(), Meaning::kText));
  columns_.temporality = add(make_text_column(name(), Meaning::kText));
  columns_.is_monotonic = add(make_boolean_column(name()));
  columns_.attributes = add(make_text_column(name(), Meaning::kJson));
  columns_.extra = add(make_text_column(name(), Meaning::kJson));
  return all;
}

Result<std::size_t> SeriesColumns::fill(std::size_t most) {
  const std::size_t count = std::min(most, series_->size() - next_);
  for (std::size_t i = 0; i < count; ++i) add((*series_)[next_++]);
  return count;
}

void SeriesColumns::add(const NewSeries& added) {
  const Series& series = added.series;
  add_id(*columns_.id, added.id);
  columns_.project->add_text(series.project);
  series.service ? columns_.service->add_text(*series.service) : columns_.service->add_nulls(1);
  series.resource_id ? add_id(*columns_.resource_id, *series.resource_id)
                     : columns_.resource_id->add_nulls(1);
  columns_.resource->add_text(series.resource);
  add_text_or_null(*columns_.scope, series.scope);
  columns_.name->add_text(series.name);
  add_text_or_null(*columns_.type, series.type);
  add_text_or_null(*columns_.unit, series.unit);
  add_text_or_null(*columns_.description, series.description);
  add_text_or_null(*columns_.temporality, series.temporality);
  series.is_monotonic ? columns_.is_monotonic->add_cell(*series.is_monotonic)
                      : columns_.is_monotonic->add_nulls(1);
  columns_.attributes->add_text(series.attributes);
  add_text_or_null(*columns_.extra, series.extra);
}

}  // namespace obs::store
