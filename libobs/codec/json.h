// JSON documents as model::Value trees, and Values as JSON.
//
// Two spellings of a Value exist. The *record* spelling is that of obs-record(5): doubles always
// with `.` or `e`, and what JSON cannot say as {"$bytes":"base64"}, {"$double":"NaN"},
// {"$empty":true}, with a real key that begins with `$` written with two. null there is a key
// without a value (kNone). The *plain* spelling is ordinary JSON: null for empty, no dollar forms.

#pragma once

#include <string>
#include <string_view>

#include "libobs/base/arena.h"
#include "libobs/base/result.h"
#include "libobs/model/value.h"

namespace obs::codec {

// Parses one document; text is copied into the arena. Integers that fit int64 are kInt, other
// numbers kDouble, null is kEmpty, objects are kMap in their order with duplicates kept. Fails on
// nesting beyond 1024.
Result<model::Value, ParseError> parse_json(std::string_view text, Arena& arena);

// Reads the record spelling, dollar forms resolved. Fails like parse_json, and on a malformed
// dollar form.
Result<model::Value, ParseError> parse_record_value(std::string_view text, Arena& arena);

void append_record_value(std::string& out, const model::Value& value);
void append_record_double(std::string& out, double value);
void append_record_map(std::string& out, model::Attributes attributes);  // {"k":v,…}
void append_plain_value(std::string& out,
                        const model::Value& value);  // NaN and infinities are null.

}  // namespace obs::codec
