#include "libobs/store/hashed_bytes.h"

#include "libobs/codec/json.h"

namespace obs::store {

void HashedBytes::add_other(const model::Value& value) {
  switch (value.kind()) {
    case model::ValueKind::kBool: return add(value.kind(), value.as_bool());
    case model::ValueKind::kDouble: return add(value.kind(), value.as_double());
    case model::ValueKind::kNone:
    case model::ValueKind::kEmpty: return add(value.kind());
    default: break;
  }
  std::string json;
  codec::append_record_value(json, value);
  add(value.kind(), std::string_view(json));
}

}  // namespace obs::store
