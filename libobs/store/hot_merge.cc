#include "libobs/store/hot_merge.h"

#include <algorithm>
#include <utility>

#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/store/duckdb_value.h"
#include "libobs/store/row_schema.h"

namespace obs::store {
namespace {

std::string_view text_at(const VectorView& view, idx_t row) {
  const duckdb_string_t& text = static_cast<const duckdb_string_t*>(view.data)[row];
  return {text.length <= kInlineStringBytes ? text.prefix : text.pointer, text.length};
}

// Between its quotes.
std::string spell_key(std::string_view key) {
  std::string spelled;
  append_json_string(spelled, key.starts_with('$') ? "$" + std::string(key) : key);
  return spelled.substr(1, spelled.size() - 2);
}

// The type of a column that can hold the value; nullopt: none can.
std::optional<HotType> type_of_json(std::string_view json) {
  if (json.starts_with('"')) return HotType::kText;
  if (json == "true" || json == "false") return HotType::kBool;
  if (parse_int(json)) return HotType::kInt;
  return std::nullopt;
}

// Keys of a file's JSON, and whether its rows agree on them.
class Examination {
 public:
  explicit Examination(std::span<const HotAttribute> keys) {
    for (const HotAttribute& key : keys) keys_.push_back({spell_key(key.key), key.type});
  }

  void add(std::string_view json) {
    if (json == "{}") return;
    ++row_;
    codec::split_members(json, members_);
    for (const codec::JsonMember& member : members_) {
      for (Key& key : keys_) {
        if (key.spelled != member.key) continue;
        key.mixed = key.mixed || key.last_row == row_ || type_of_json(member.json) != key.type;
        key.last_row = row_;
      }
    }
  }
  bool is_pure(std::size_t key) const { return !keys_[key].mixed; }

 private:
  struct Key {
    std::string spelled;
    HotType type;
    std::uint64_t last_row = 0;
    bool mixed = false;
  };
  std::vector<Key> keys_;
  std::vector<codec::JsonMember> members_;
  std::uint64_t row_ = 0;
};

// Those of `wanted` that the file has no column for, but may have in its JSON.
HotAttributes missing_in(const PartFile& file, std::span<const HotAttribute> wanted) {
  HotAttributes missing;
  for (const HotAttribute& attribute : wanted) {
    if (find_hot(file.hot, attribute.key) == nullptr) missing.push_back(attribute);
  }
  return missing;
}

Result<Examination> examine(DuckdbConnection& connection, const PartFile& file,
                            std::span<const HotAttribute> keys) {
  Examination examination(keys);
  OBS_TRY(auto chunks,
          connection.query_chunks("SELECT " + to_sql_identifier(kAttributesColumn) + " FROM " +
                                  read_parquet_sql(std::span(&file.path, 1))));
  for (;;) {
    OBS_TRY(const bool more, chunks.next());
    if (!more) return examination;
    const DuckdbApi& api = chunks.api();
    const VectorView rows(api, api.data_chunk_get_vector(chunks.chunk(), 0));
    const idx_t count = api.data_chunk_get_size(chunks.chunk());
    for (idx_t row = 0; row < count; ++row) examination.add(text_at(rows, row));
  }
}

template <class Unwanted>
void remove_where(HotAttributes& hot, Unwanted unwanted) {
  hot.erase(std::remove_if(hot.begin(), hot.end(), unwanted), hot.end());
}

}  // namespace

Result<HotAttributes> settle_hot_attributes(DuckdbConnection& connection, HotAttributes wanted,
                                            std::span<const PartFile> files) {
  for (const PartFile& file : files) {
    remove_where(wanted, [&](const HotAttribute& attribute) {
      const HotAttribute* there = find_hot(file.hot, attribute.key);
      return there != nullptr && there->type != attribute.type;
    });
    const HotAttributes missing = missing_in(file, wanted);
    if (missing.empty()) continue;
    OBS_TRY(const Examination examination, examine(connection, file, missing));
    for (std::size_t i = 0; i < missing.size(); ++i) {
      if (examination.is_pure(i)) continue;
      remove_where(wanted, [&](const HotAttribute& attribute) { return attribute == missing[i]; });
    }
  }
  return wanted;
}

HotMapping::HotMapping(std::span<const HotAttribute> from, std::span<const HotAttribute> to)
    : is_identity_(std::equal(from.begin(), from.end(), to.begin(), to.end())) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const HotAttribute* source = find_hot(from, to[i].key);
    sources_.push_back(source == nullptr ? kNone : static_cast<std::size_t>(source - from.data()));
    if (source == nullptr) taken_.push_back({spell_key(to[i].key), i, to[i].type});
  }
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (find_hot(to, from[i].key) != nullptr) continue;
    returned_.push_back({spell_key(from[i].key), i, from[i].type});
  }
}

void HotMapping::map(const DuckdbApi& api, duckdb_vector rest, std::span<const duckdb_vector> hot,
                     idx_t row, Out& out, idx_t at) {
  json_.clear();
  take_out(text_at(VectorView(api, rest), row), out, at);
  put_back(api, hot, row);
  json_ += json_.empty() ? "{}" : "}";
  if (out.rest) out.rest->made_text(at, json_);
}

// Members that have a column now go there, the others stay.
void HotMapping::take_out(std::string_view json, Out& out, idx_t at) {
  seen_.assign(taken_.size(), false);
  codec::split_members(json, members_);
  for (const codec::JsonMember& member : members_) {
    const auto key = std::find_if(taken_.begin(), taken_.end(),
                                  [&](const Key& one) { return one.spelled == member.key; });
    if (key == taken_.end()) {
      begin_member(member.key) += member.json;
      continue;
    }
    seen_[static_cast<std::size_t>(key - taken_.begin())] = true;
    if (out.hot[key->place]) set_value(*out.hot[key->place], at, key->type, member.json);
  }
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    auto& column = out.hot[taken_[i].place];
    if (!seen_[i] && column) column->null(at);
  }
}

// Values whose column is given up become members.
void HotMapping::put_back(const DuckdbApi& api, std::span<const duckdb_vector> hot, idx_t row) {
  for (const Key& key : returned_) {
    const VectorView view(api, hot[key.place]);
    if (view.is_null(row)) continue;
    std::string& json = begin_member(key.spelled);
    switch (key.type) {
      case HotType::kText: append_json_string(json, text_at(view, row)); break;
      case HotType::kInt: append_int(json, view.at<std::int64_t>(row)); break;
      case HotType::kBool: json += view.at<bool>(row) ? "true" : "false"; break;
    }
  }
}

std::string& HotMapping::begin_member(std::string_view spelled_key) {
  json_ += json_.empty() ? "{\"" : ",\"";
  json_ += spelled_key;
  return json_ += "\":";
}

void HotMapping::set_value(ColumnOut& out, idx_t at, HotType type, std::string_view json) {
  if (type == HotType::kInt) return out.set(at, parse_int(json).value_or(0));
  if (type == HotType::kBool) return out.set(at, json == "true");
  if (json.find('\\') == std::string_view::npos) {
    return out.made_text(at, json.substr(1, json.size() - 2));
  }
  Arena arena;
  const auto text = codec::parse_json(json, arena);
  out.made_text(at, text && text->is_string() ? text->as_string() : std::string_view());
}

}  // namespace obs::store
