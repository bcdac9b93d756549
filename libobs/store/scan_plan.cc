#include "libobs/store/scan_plan.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "libobs/store/catalog_blobs.h"
#include "libobs/store/index_tokens.h"

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

bool has_minute(const std::vector<CubeCell>& cells, const ScanFilter& filter) {
  const auto first = !filter.since
                         ? cells.begin()
                         : std::lower_bound(cells.begin(), cells.end(), minute_of(*filter.since),
                                            [](const CubeCell& cell, std::int64_t minute) {
                                              return cell.minute < minute;
                                            });
  return first != cells.end() && (!filter.until || first->minute <= minute_of(*filter.until));
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
    return may_match(group.first, filter) && has_minute(group.second, filter);
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
      slices.push_back({i, std::nullopt});
      continue;
    }
    std::vector<std::uint32_t> blocks;
    for (std::uint32_t block = 0; block < index->blocks().size(); ++block) {
      const auto& [min_time, max_time] = index->blocks()[block];
      if (is_in_time(filter, min_time, max_time) && index->may_match(block, clauses)) {
        blocks.push_back(block);
      }
    }
    explanation.groups += index->blocks().size();
    explanation.groups_read += blocks.size();
    explanation.parts_by_index += blocks.empty();
    if (blocks.empty()) continue;
    ++explanation.parts_read;
    slices.push_back({i, std::move(blocks)});
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
      groups.push_back({slice.part, std::nullopt, part.part.max_time});
      continue;
    }
    for (const std::uint32_t block : *slice.blocks) {
      groups.push_back({slice.part, block, index->blocks()[block].max_time});
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
