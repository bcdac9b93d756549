#include "libobs/store/scan_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "libobs/store/catalog_blobs.h"
#include "libobs/store/index_tokens.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/scan_match.h"

namespace obs::store {
namespace {

using model::Signal;

void add_each(TokenClauses& clauses, const std::vector<std::uint64_t>& tokens) {
  for (const std::uint64_t token : tokens) clauses.push_back({token});
}

void add_attributes(TokenClauses& clauses, TokenField field,
                    const std::vector<AttributeValue>& attributes) {
  for (const auto& [key, value] : attributes) {
    add_each(clauses, tokens_of_attribute(field, key, value));
  }
}

bool is_in_time(const ScanFilter& filter, Timestamp min_time, Timestamp max_time) {
  return (!filter.since || max_time >= *filter.since) &&
         (!filter.until || min_time < *filter.until);
}

SeverityClass least_class(std::int32_t severity) {
  return severity <= 0 ? SeverityClass::kNone : severity_class(severity, {});
}

std::span<const CubeCell> cells_in_time(const std::vector<CubeCell>& cells,
                                        const ScanFilter& filter) {
  const auto find = [&](Timestamp time) {
    return std::partition_point(cells.begin(), cells.end(), [&](const CubeCell& cell) {
      return cell.minute < minute_of(time);
    });
  };
  const auto first = filter.since ? find(*filter.since) : cells.begin();
  auto last = filter.until ? find(*filter.until) : cells.end();
  if (last != cells.end() && last->minute == minute_of(*filter.until)) ++last;
  if (first >= last) return {};
  return {first, last};
}

// A row or two of each page, mostly, while a row group has hundreds of pages.
constexpr std::uint64_t kFewFound = 16;

// Whether its row groups are those that its index and column block speak of.
bool has_usual_groups(const ParquetFile& file, const Part& part) {
  std::uint64_t rows = 0;
  for (const ParquetFile::Group& group : file.groups()) {
    if (rows % part.group_rows != 0 || group.rows > part.group_rows) return false;
    rows += group.rows;
  }
  return rows == part.rows;
}

bool has_all_columns(const ParquetFile& file, const Part& part) {
  const auto columns = row_columns(part.signal);
  return std::all_of(columns.begin(), columns.end(),
                     [&](const RowColumn& column) { return file.find_column(column.name); }) &&
         std::all_of(part.hot.begin(), part.hot.end(),
                     [&](const HotAttribute& hot) { return file.find_column(column_of(hot.key)); });
}

// nullptr: the part is not as we write them now, or is damaged; DuckDB may read it.
std::shared_ptr<const SearchedPart> open_searched(Fs& fs, const SnapshotPart& part) {
  auto mapping = fs.map(part.path);
  if (!mapping || part.part.group_rows == 0) return nullptr;
  auto file = ParquetFile::open(std::shared_ptr<const Mapping>(std::move(*mapping)));
  if (!file || !file->is_ours() || !has_usual_groups(*file, part.part) ||
      !has_all_columns(*file, part.part)) {
    return nullptr;
  }
  return std::make_shared<const SearchedPart>(
      SearchedPart{*std::move(file), part.part.hot, part.path, section_rows(part.part.group_rows)});
}

}  // namespace

TokenClauses clauses_of(Signal signal, const ScanFilter& filter) {
  const TokenField text = signal == Signal::kSpans ? TokenField::kName : TokenField::kBody;
  TokenClauses clauses;
  if (!filter.services.empty()) {
    std::vector<std::uint64_t> any;
    for (const std::string& service : filter.services) {
      any.push_back(attribute_token(TokenField::kResource, "service.name", service));
    }
    clauses.push_back(std::move(any));
  }
  model::TraceId trace;
  if (model::parse_id(filter.trace_id, trace)) clauses.push_back({trace_token(trace.bytes)});
  for (const std::string& phrase : filter.phrases) {
    add_each(clauses, tokens_of_phrase(text, Phrase(phrase)));
  }
  for (const std::string& substring : filter.substrings) {
    add_each(clauses, tokens_of_substring(text, substring));
  }
  add_attributes(clauses, TokenField::kAttribute, filter.attributes);
  add_attributes(clauses, TokenField::kResource, filter.resource);
  return clauses;
}

bool may_match(const CubeGroup& group, const ScanFilter& filter) {
  if (filter.project && group.project != *filter.project) return false;
  if (group.severity < least_class(filter.least_severity)) return false;
  if (filter.services.empty()) return true;
  return group.service && std::find(filter.services.begin(), filter.services.end(),
                                    *group.service) != filter.services.end();
}

void ScanPlanner::keep(std::span<const SnapshotPart> parts) {
  std::set<std::int64_t> kept;
  for (const SnapshotPart& part : parts) kept.insert(part.part.id);
  std::erase_if(known_, [&](const auto& known) { return kept.count(known.first) == 0; });
}

PartIndex* ScanPlanner::index_of(const SnapshotPart& part) {
  Known& known = known_[part.part.id];
  if (!known.has_tried_index) {
    known.has_tried_index = true;
    auto index = PartIndex::open(fs_, index_path(part.path), part.part);
    if (index) known.index = std::move(*index);
  }
  return known.index.get();
}

std::shared_ptr<const SearchedPart> ScanPlanner::searched_part_of(const SnapshotPart& part) {
  Known& known = known_[part.part.id];
  if (!std::exchange(known.has_tried_file, true)) known.file = open_searched(fs_, part);
  return known.file;
}

// Whether counts say that there are few records in each of so many row groups: those of a service
// in a few of its minutes, say.
bool ScanPlanner::is_rare(std::span<const SnapshotPart> parts, const ScanFilter& filter,
                          std::span<const PartSlice> slices) {
  if (filter.services.empty()) return false;
  std::uint64_t records = 0;
  std::uint64_t groups = 0;
  for (const PartSlice& slice : slices) {
    const Cube* cube = cube_of(parts[slice.part].part);
    if (cube == nullptr || !slice.blocks) return false;
    groups += slice.blocks->size();
    for (const auto& [group, cells] : *cube) {
      if (!may_match(group, filter)) continue;
      for (const CubeCell& cell : cells_in_time(cells, filter)) records += cell.count;
    }
  }
  return records <= kFewFound * groups;
}

Search ScanPlanner::take_searched(Signal signal, std::span<const SnapshotPart> parts,
                                  const ScanFilter& filter, std::vector<PartSlice>& slices) {
  Search search{signal, filter, {}};
  const bool is_selective = RowMatcher(signal, filter).is_selective();
  if (!has_index(signal) || (!is_selective && !is_rare(parts, filter, slices))) return search;
  for (const PartSlice& slice : slices) {
    const auto part = slice.blocks ? searched_part_of(parts[slice.part]) : nullptr;
    for (std::size_t i = 0; part != nullptr && i < slice.blocks->size(); ++i) {
      search.groups.push_back({part, (*slice.blocks)[i], slice.sections[i]});
    }
  }
  if (is_selective && !is_worth_searching(search)) return {};
  std::erase_if(slices, [&](const PartSlice& slice) {
    return slice.blocks && searched_part_of(parts[slice.part]) != nullptr;
  });
  return search;
}

const Cube* ScanPlanner::cube_of(const Part& part) {
  Known& known = known_[part.id];
  if (!known.has_tried_cube) {
    known.has_tried_cube = true;
    const auto bytes = read_blob(catalog_, part.id, kCubeBlob);
    if (bytes && !bytes->empty()) {
      if (auto cube = decode_cube(*bytes)) known.cube = std::move(*cube);
    }
  }
  return known.cube ? &*known.cube : nullptr;
}

bool ScanPlanner::may_count(const Part& part, const ScanFilter& filter) {
  if (part.signal != Signal::kLogs) return true;
  if (filter.services.empty() && filter.least_severity == 0) return true;
  const Cube* cube = cube_of(part);
  if (cube == nullptr) return true;
  return std::any_of(cube->begin(), cube->end(), [&](const auto& group) {
    return may_match(group.first, filter) && !cells_in_time(group.second, filter).empty();
  });
}

std::vector<PartSlice> ScanPlanner::plan(Signal signal, std::span<const SnapshotPart> parts,
                                         const ScanFilter& filter, ScanExplanation& explanation) {
  std::vector<PartSlice> slices;
  const TokenClauses clauses = clauses_of(signal, filter);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i].part;
    if (part.signal != signal) continue;
    ++explanation.parts;
    if (!is_in_time(filter, part.min_time, part.max_time)) {
      ++explanation.parts_out_of_time;
      continue;
    }
    if (!may_count(part, filter)) {
      ++explanation.parts_by_counts;
      continue;
    }
    PartIndex* const index = has_index(signal) && !filter.is_empty() ? index_of(parts[i]) : nullptr;
    if (index == nullptr) {
      explanation.without_index += has_index(signal) && !filter.is_empty();
      ++explanation.parts_read;
      slices.push_back({i, std::nullopt, {}});
      continue;
    }
    std::vector<std::uint32_t> blocks;
    std::vector<SectionMask> sections;
    for (std::uint32_t block = 0; block < index->blocks().size(); ++block) {
      const auto& [min_time, max_time] = index->blocks()[block];
      if (!is_in_time(filter, min_time, max_time)) continue;
      const SectionMask found = index->find(block, clauses);
      if (found == 0) continue;
      blocks.push_back(block);
      sections.push_back(found);
    }
    explanation.groups += index->blocks().size();
    explanation.groups_read += blocks.size();
    explanation.parts_by_index += blocks.empty();
    if (blocks.empty()) continue;
    ++explanation.parts_read;
    slices.push_back({i, std::move(blocks), std::move(sections)});
  }
  return slices;
}

std::vector<PlannedGroup> ScanPlanner::groups_of(std::span<const SnapshotPart> parts,
                                                 std::span<const PartSlice> slices) {
  std::vector<PlannedGroup> groups;
  for (const PartSlice& slice : slices) {
    const SnapshotPart& part = parts[slice.part];
    const PartIndex* index = slice.blocks ? index_of(part) : nullptr;
    if (index == nullptr) {
      groups.push_back({slice.part, std::nullopt, kAllSections, part.part.max_time});
      continue;
    }
    for (std::size_t i = 0; i < slice.blocks->size(); ++i) {
      const std::uint32_t block = (*slice.blocks)[i];
      groups.push_back({slice.part, block, slice.sections[i], index->blocks()[block].max_time});
    }
  }
  std::sort(groups.begin(), groups.end(),
            [](const PlannedGroup& a, const PlannedGroup& b) { return a.max_time > b.max_time; });
  return groups;
}

std::string ScanExplanation::to_text() const {
  std::string text = fmt::format("reads {} of {} parts", parts_read, parts);
  if (groups > 0) text += fmt::format(", {} of {} row groups there", groups_read, groups);
  std::string out;
  const auto add = [&](std::size_t count, std::string_view why) {
    if (count > 0)
      out += fmt::format("{}{} parts {}", out.empty() ? "; left out " : ", ", count, why);
  };
  add(parts_out_of_time, "by time");
  add(parts_by_counts, "by counts");
  add(parts_by_index, "by index");
  text += out;
  if (without_index > 0) text += fmt::format("; {} parts have no good index", without_index);
  return text;
}

}  // namespace obs::store
