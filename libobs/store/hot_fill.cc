#include "libobs/store/hot_fill.h"

#include "libobs/codec/json.h"
#include "libobs/store/row_fill.h"

namespace obs::store {
namespace {

void set_value(ColumnOut& out, idx_t i, HotType type, const model::Value& value) {
  switch (type) {
    case HotType::kText: return out.text(i, value.as_string());
    case HotType::kInt: return out.set(i, value.as_int());
    case HotType::kBool: return out.set(i, value.as_bool());
  }
}

}  // namespace

void HotFiller::fill(const RowSlice& rows, Out& out) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    fill_row(i, attributes_of(*b.batch)[row], out);
  });
}

void HotFiller::fill_row(idx_t i, model::Attributes attributes, Out& out) {
  rest_.clear();
  seen_.assign(hot_.size(), false);
  for (std::size_t at = 0; at < attributes.size(); ++at) {
    const std::size_t found = index_.find(attributes[at].key, at);
    if (found == HotIndex::kNone) {
      rest_.push_back(attributes[at]);
      continue;
    }
    seen_[found] = true;
    if (out.hot[found]) set_value(*out.hot[found], i, hot_[found].type, attributes[at].value);
  }
  for (std::size_t column = 0; column < hot_.size(); ++column) {
    if (!seen_[column] && out.hot[column]) out.hot[column]->null(i);
  }
  if (!out.rest) return;
  if (rest_.empty()) return out.rest->text(i, "{}");
  json_.clear();
  codec::append_record_map(json_, rest_);
  out.rest->made_text(i, json_);
}

}  // namespace obs::store
