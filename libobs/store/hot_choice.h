// Which attributes of a part become columns. Pure. Internal to libobs/store.

#pragma once

#include <span>

#include "libobs/store/hot_attributes.h"
#include "libobs/store/row_set.h"

namespace obs::store {

// The hot attributes of a part of these rows: keys that are in one row of a hundred at least, the
// most frequent first, and of each only what all rows agree on (see hot_attributes.h). Keys in
// `before`, the choice for the part before this one, are kept while they are not much rarer, so
// that parts which follow one another have the same columns; in a part of few rows, even when it
// has none of them.
HotAttributes choose_hot_attributes(const RowSet& set, std::span<const RowRef> rows,
                                    std::span<const HotAttribute> before);

// The choice for a part that others are merged into: what most of their rows have as columns of one
// type. It says nothing yet about the rows of the other parts.
struct HotInput {
  std::span<const HotAttribute> hot;
  std::uint64_t rows = 0;
};
HotAttributes choose_hot_attributes(std::span<const HotInput> inputs);

}  // namespace obs::store
