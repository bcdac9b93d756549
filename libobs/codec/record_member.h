// Members: writes the members of one JSON object of obs-record(5), from brace to brace.
//
// A function named after a field's kind leaves the member out when it says nothing: 0, "", no id,
// no attributes. Keys are literals that need no escaping.

#pragma once

#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/model/batch.h"

namespace obs::codec {

class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  ~Members() { out_ += '}'; }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  std::string& key(std::string_view name) {
    out_ += out_.back() == '{' ? "\"" : ",\"";
    out_ += name;
    out_ += "\":";
    return out_;
  }

  void text(std::string_view name, std::string_view text) {
    if (!text.empty()) append_json_string(key(name), text);
  }

  void number(std::string_view name, std::int64_t number) {
    if (number != 0) append_int(key(name), number);
  }

  void real(std::string_view name, double number) { append_record_double(key(name), number); }

  void time(std::string_view name, Timestamp time) {
    if (time == 0) return;
    key(name) += '"';
    append_rfc3339(out_, time);
    out_ += '"';
  }

  template <class Id>
  void id(std::string_view name, const Id& id) {
    if (id.is_zero()) return;
    key(name) += '"';
    append_hex(out_, id.bytes);
    out_ += '"';
  }

  void attributes(std::string_view name, model::Attributes attributes) {
    if (!attributes.empty()) append_record_map(key(name), attributes);
  }

  void value(std::string_view name, const model::Value& value) {
    if (value.kind() != model::ValueKind::kNone) append_record_value(key(name), value);
  }

 private:
  std::string& out_;
};

}  // namespace obs::codec
