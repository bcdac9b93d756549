// Reading the fields of obs-record(5) lines. For the codec's own files.
//
// Each reads the value that is next; one of another type fails the line, for `reason`, where it
// stands. null is absent: callers of read_members() never see it.

#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/codec/json_reader.h"
#include "libobs/codec/json_value.h"
#include "libobs/model/ids.h"
#include "libobs/model/value.h"

namespace obs::codec {

// Calls field(f) for each known key of the object that is next and whose value is not null.
template <class Table, class Field>
void read_members(JsonReader& json, const Table& table, Field&& field) {
  json.members([&](std::string_view key) {
    const auto known = table.find(key);
    if (json.take_null()) return;
    if (known == decltype(table.find(key)){}) return json.skip();
    field(known);
  });
}

void read_text(JsonReader& json, std::string_view& out, std::string_view reason);
void read_bool(JsonReader& json, bool& out, std::string_view reason);
// RFC 3339, or a number: an epoch time whose unit its size tells.
void read_time(JsonReader& json, Timestamp& out, std::string_view reason);
// A number, or {"$double":…}.
void read_real(JsonReader& json, JsonValues& values, double& out, std::string_view reason);
// The same, kept as it is: an integer stays one.
void read_number(JsonReader& json, JsonValues& values, model::Value& out, std::string_view reason);

template <std::integral Integer>
void read_integer(JsonReader& json, Integer& out, std::string_view reason) {
  const JsonReader::Position start = json.position();
  JsonNumber number;
  if (json.take_number(number)) {
    if (number.kind == JsonNumber::kInt && std::in_range<Integer>(number.as_int)) {
      out = static_cast<Integer>(number.as_int);
      return;
    }
    if (number.kind == JsonNumber::kUint && std::in_range<Integer>(number.as_uint)) {
      out = static_cast<Integer>(number.as_uint);
      return;
    }
    json.seek(start);
  }
  json.fail(reason);
}

template <class Id>
void read_id(JsonReader& json, Id& out, std::string_view reason) {
  const JsonReader::Position start = json.position();
  std::string_view hex;
  if (json.take_string(hex) && (hex.empty() || model::parse_id(hex, out))) return;
  json.seek(start);
  json.fail(reason);
}

// Far above any real record; what a list says in a byte or two becomes many in memory.
inline constexpr std::size_t kMaxItems = std::size_t{1} << 20;

template <class Item>
void push_item(JsonReader& json, std::vector<Item>& list, const Item& item) {
  if (list.size() < kMaxItems) {
    list.push_back(item);
  } else {
    json.fail("more than 1048576 items in one list", Errc::kLimitExceeded);
  }
}

// A name that `parse` knows, or a bare int32.
template <class Parse>
void read_named(JsonReader& json, std::int32_t& out, Parse&& parse, std::string_view reason) {
  const JsonReader::Position start = json.position();
  std::string_view name;
  if (!json.take_string(name)) return read_integer(json, out, reason);
  if (const std::optional<std::int32_t> known = parse(name)) {
    out = *known;
    return;
  }
  json.seek(start);
  json.fail(reason);
}

}  // namespace obs::codec
