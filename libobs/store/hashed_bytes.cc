#include "libobs/store/hashed_bytes.h"

#include "libobs/codec/json.h"

namespace obs::store {

void HashedBytes::add(const model::Value& value) {
  add(value.kind());
  switch (value.kind()) {
    case model::ValueKind::kString: return add(value.as_string());
    case model::ValueKind::kInt: return add(value.as_int());
    case model::ValueKind::kBool: return add(value.as_bool());
    case model::ValueKind::kDouble: return add(value.as_double());
    case model::ValueKind::kNone:
    case model::ValueKind::kEmpty: return;
    case model::ValueKind::kBytes:
    case model::ValueKind::kArray:
    case model::ValueKind::kMap: break;
  }
  std::string json;
  codec::append_record_value(json, value);
  add(std::string_view(json));
}

}  // namespace obs::store
