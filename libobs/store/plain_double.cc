#include "libobs/store/plain_double.h"

#include <algorithm>
#include <string_view>

#include "libobs/codec/json.h"
#include "libobs/codec/record.h"

namespace obs::store {
namespace {

void add_if_not_plain(ExtraJson& extra, std::string_view key, double number) {
  if (!is_plain(number)) codec::append_record_double(extra.begin(key), number);
}

}  // namespace

void add_exact_numbers(ExtraJson& extra, const model::Value& value) {
  if (value.kind() == model::ValueKind::kDouble) {
    add_if_not_plain(extra, "value", value.as_double());
  }
}

void add_exact_numbers(ExtraJson& extra, const model::Distribution& distribution) {
  add_if_not_plain(extra, "sum", distribution.sum.value_or(0));
  add_if_not_plain(extra, "min", distribution.min.value_or(0));
  add_if_not_plain(extra, "max", distribution.max.value_or(0));
  add_if_not_plain(extra, "zero_threshold", distribution.zero_threshold);
  if (!std::all_of(distribution.bounds.begin(), distribution.bounds.end(), is_plain)) {
    codec::append_record_bounds(extra.begin("bounds"), distribution.bounds);
  }
}

}  // namespace obs::store
