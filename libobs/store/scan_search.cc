#include "libobs/store/scan_search.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "libobs/store/attribute_pointer.h"
#include "libobs/store/duckdb.h"
#include "libobs/store/row_scan.h"
#include "libobs/store/scan_found.h"
#include "libobs/store/scan_match.h"
#include "libobs/store/session.h"

namespace obs::store {
namespace {

// A token that is this frequent is in most pages, and DuckDB reads these faster.
constexpr std::uint64_t kFewSections = 8;
// So many row groups of logs are searched whole before DuckDB has made its plan for them.
constexpr std::uint64_t kFewRows = 8 * 20'480;

// What was found waits until it is asked for, about so many bytes of it at a time.
constexpr std::size_t kMostBytes = std::size_t{8} << 20;

constexpr std::string_view kRestColumn = "attributes_rest";

std::string hot_column(std::size_t number) { return fmt::format("attributes_hot_{}", number); }
std::string hot_json_column(std::size_t number) { return hot_column(number) + "_json"; }

// The rows of a group's sections.
std::vector<std::uint32_t> rows_of(const SearchedGroup& group) {
  const std::uint64_t rows = group.part->file.groups()[group.block].rows;
  const std::uint64_t size = group.part->section_rows;
  std::vector<std::uint32_t> all;
  for (std::uint32_t section = 0; section < kSections; ++section) {
    if ((group.sections >> section & 1) == 0) continue;
    const std::uint64_t end = std::min(rows, (section + 1) * size);
    for (std::uint64_t row = section * size; row < end; ++row) {
      all.push_back(static_cast<std::uint32_t>(row));
    }
  }
  return all;
}

class SearchCursor final : public TableCursor {
 public:
  SearchCursor(const DuckdbApi& api, const Search& search, const RowMatcher& matcher,
               std::vector<FoundColumn> columns)
      : api_(api), search_(search), matcher_(matcher), columns_(std::move(columns)) {}

  Result<idx_t> fill(duckdb_data_chunk chunk) override {
    std::vector<ColumnOut> out;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      out.emplace_back(api_, api_.data_chunk_get_vector(chunk, i));
    }
    const std::size_t room = api_.vector_size();
    std::size_t filled = 0;
    while (filled < room) {
      if (found_.empty() && next_ < search_.groups.size()) OBS_TRY_VOID(find_more());
      if (found_.empty()) break;
      const std::size_t some = std::min(room - filled, found_.front().rows() - taken_);
      for (std::size_t i = 0; i < out.size(); ++i) {
        found_.front().fill(i, taken_, some, out[i], filled);
      }
      filled += some;
      taken_ += some;
      if (taken_ < found_.front().rows()) break;
      found_.pop_front();
      taken_ = 0;
    }
    return idx_t{filled};
  }

 private:
  // Row groups from next_ on, shared by threads, until enough was found or none is left.
  Result<void> find_more() {
    const std::size_t begin = next_;
    const std::size_t left = search_.groups.size() - begin;
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::optional<Result<FoundRows>>> made(left);
    std::atomic<std::size_t> next = 0;
    std::atomic<std::size_t> bytes = 0;
    const auto work = [&] {
      while (bytes < kMostBytes) {
        const std::size_t i = next++;
        if (i >= left) return;
        const auto& found = made[i].emplace(find(search_.groups[begin + i]));
        bytes += found ? found->bytes() : kMostBytes;
      }
    };
    std::vector<std::thread> helpers;
    while (helpers.size() + 1 < std::min(cores, left)) helpers.emplace_back(work);
    work();
    for (std::thread& helper : helpers) helper.join();
    next_ = begin + std::min(next.load(), left);
    for (std::size_t i = 0; i < next_ - begin; ++i) {
      Result<FoundRows>& found = *made[i];
      if (!found) return fail(std::move(found).error());
      if (found->rows() > 0) found_.push_back(*std::move(found));
    }
    return {};
  }

  Result<FoundRows> find(const SearchedGroup& group) const {
    const SearchedPart& part = *group.part;
    ParquetRows cells(part.file, group.block);
    std::vector<std::uint32_t> rows = rows_of(group);
    auto kept = matcher_.keep_matching(part.file, part.hot, cells, rows);
    if (!kept) return fail(std::move(kept).error().during("read part " + part.path));
    auto found = FoundRows::read(part, cells, rows, columns_);
    if (!found) return fail(std::move(found).error().during("read part " + part.path));
    return found;
  }

  const DuckdbApi& api_;
  const Search& search_;
  const RowMatcher& matcher_;
  const std::vector<FoundColumn> columns_;
  std::size_t next_ = 0;         // Group.
  std::deque<FoundRows> found_;  // With a row at least.
  std::size_t taken_ = 0;        // Rows of the first.
};

class SearchSource final : public TableSource {
 public:
  SearchSource(Search search, std::span<const std::string> keys,
               std::span<const std::string> json_keys)
      : search_(std::move(search)), matcher_(search_.signal, search_.filter) {
    for (const RowColumn& column : row_columns(search_.signal)) {
      columns_.push_back({FoundColumn::Kind::kOfSignal, std::string(column.name), column.type, {}});
    }
    columns_.push_back({FoundColumn::Kind::kRest, std::string(kRestColumn), CellType::kJson, {}});
    for (std::size_t i = 0; i < keys.size(); ++i) {
      columns_.push_back({FoundColumn::Kind::kHot, hot_column(i), CellType::kText, keys[i]});
    }
    for (std::size_t i = 0; i < json_keys.size(); ++i) {
      columns_.push_back(
          {FoundColumn::Kind::kHotJson, hot_json_column(i), CellType::kJson, json_keys[i]});
    }
  }

  void describe(const DuckdbApi& api, const AddColumn& add) const override {
    for (const FoundColumn& column : columns_) {
      add(column.name, make_type(api, column.type).get());
    }
  }

  // A row or two of each, mostly.
  idx_t row_count() const override { return search_.groups.size(); }

  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override {
    std::vector<FoundColumn> wanted;
    for (const idx_t column : columns) {
      // Rows are counted by any column.
      wanted.push_back(columns_[column < columns_.size() ? column : 0]);
    }
    return std::make_unique<SearchCursor>(api, search_, matcher_, std::move(wanted));
  }

 private:
  const Search search_;
  const RowMatcher matcher_;
  std::vector<FoundColumn> columns_;
};

}  // namespace

bool is_worth_searching(const Search& search) {
  if (search.groups.empty()) return false;
  std::uint64_t sections = 0;
  std::uint64_t rows = 0;
  for (const SearchedGroup& group : search.groups) {
    const auto some = static_cast<std::uint64_t>(std::popcount(group.sections));
    sections += some;
    rows += some * group.part->section_rows;
  }
  return rows <= kFewRows || sections <= kFewSections * search.groups.size();
}

std::shared_ptr<const TableSource> make_search_source(Search search,
                                                      std::span<const std::string> keys,
                                                      std::span<const std::string> json_keys) {
  return std::make_shared<const SearchSource>(std::move(search), keys, json_keys);
}

std::string select_found(const std::string& rows, model::Signal signal,
                         std::span<const std::string> keys, std::span<const std::string> only,
                         std::span<const std::string> json_keys) {
  std::string list;
  for (const RowColumn& column : row_columns(signal)) {
    if (!only.empty() && std::find(only.begin(), only.end(), column.name) == only.end()) continue;
    list += (list.empty() ? "" : ", ") + to_sql_identifier(column.name);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    list +=
        fmt::format(", coalesce({}, json_extract_string({}, {})) AS {}", hot_column(i), kRestColumn,
                    to_sql_string(to_pointer(keys[i])), to_sql_identifier(attribute_column(i)));
  }
  for (std::size_t i = 0; i < json_keys.size(); ++i) {
    list +=
        fmt::format(", coalesce({}, json_extract({}, {})) AS {}", hot_json_column(i), kRestColumn,
                    to_sql_string(to_pointer(json_keys[i])), to_sql_identifier(json_column(i)));
  }
  return fmt::format("SELECT {} FROM {}", list, rows);
}

}  // namespace obs::store
