// Takes down one row after another of a part that is being written, whichever form the rows have:
// what part_notes.cc does for records and for chunks alike. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libobs/model/batch.h"
#include "libobs/store/attribute_keys.h"
#include "libobs/store/cube.h"
#include "libobs/store/index_tokens.h"
#include "libobs/store/part_index.h"

namespace obs::store {

// One thread.
class NoteTaker {
 public:
  NoteTaker(model::Signal signal, std::uint32_t group_rows)
      : text_field_(signal == model::Signal::kSpans ? TokenField::kName : TokenField::kBody),
        index_(group_rows) {}

  // From now on all is about this row. True for the first of a row group.
  bool begin_row(Timestamp time) { return index_.begin_row(time); }

  // The body of a log, the name of a span.
  void text(std::string_view text);
  void trace(Bytes trace_id) { index_.add(trace_token(trace_id)); }
  // `text` is what the index knows of the value; nullopt: nothing.
  void attribute(std::string_view key, const std::optional<std::string_view>& text) {
    const std::uint64_t token = attribute_key_token(TokenField::kAttribute, key);
    keys_.add(token);
    if (text) index_.add(attribute_value_token(token, *text));
  }
  void attribute(std::string_view key, const model::Value& value);
  // Once for each that a row group has is enough.
  void resource_attribute(std::string_view key, std::string_view value) {
    index_.add_shared(attribute_token(TokenField::kResource, key, value));
  }
  void resource_attribute(std::string_view key, const model::Value& value);

  // Of logs. See CubeBuilder.
  std::size_t group_number(std::string_view project,
                           const std::optional<std::string_view>& service) {
    return cube_.group_number(project, service);
  }
  void count(std::size_t group, SeverityClass severity, Timestamp time) {
    cube_.add(group, severity, time);
  }

  PartIndexBuilder& index() { return index_; }
  CubeBuilder& cube() { return cube_; }
  const AttributeKeysBuilder& keys() const { return keys_; }

 private:
  const TokenField text_field_;
  PartIndexBuilder index_;
  CubeBuilder cube_;
  AttributeKeysBuilder keys_;
  std::string folded_;
  std::string number_;
};

// The attribute under which a resource's service is indexed.
inline constexpr std::string_view kServiceKey = "service.name";

}  // namespace obs::store
