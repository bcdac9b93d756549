// A chunk's attributes as columns: hot ones in their own, the rest as JSON, in one pass over the
// rows. Internal to libobs/store.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libobs/store/hot_attributes.h"
#include "libobs/store/row_schema.h"

namespace obs::store {

// One thread.
class HotFiller {
 public:
  // `hot` outlives the filler, and is what all rows to come agree on.
  explicit HotFiller(std::span<const HotAttribute> hot) : hot_(hot), index_(hot) {}

  // Columns that are wanted; the others are left out.
  struct Out {
    std::optional<ColumnOut> rest;
    std::vector<std::optional<ColumnOut>> hot;  // By place in the set.
  };
  void fill(const RowSlice& rows, Out& out);

 private:
  void fill_row(idx_t i, model::Attributes attributes, Out& out);

  std::span<const HotAttribute> hot_;
  HotIndex index_;
  std::vector<model::KeyValue> rest_;
  std::vector<bool> seen_;
  std::string json_;
};

}  // namespace obs::store
