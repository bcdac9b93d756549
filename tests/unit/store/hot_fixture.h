// Batches whose attributes are worth columns: keys of every kind, each with values of its own
// habits.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libobs/model/batch.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {

// Keys that such batches use: quotes, dots, backticks, the empty one, some that begin with `$`,
// some that DuckDB takes for the same, some that no column can be called after.
std::vector<std::string> hot_keys();

// A random batch whose records have these attributes. What values a key has, and in how many
// records, follows from `habits`; records and values from `seed`.
model::BatchPtr make_hot(model::Signal signal, std::uint64_t seed, std::uint64_t habits,
                         std::size_t records);

// An object of attributes in the record spelling, its members by key; duplicates keep their order.
std::string in_order(std::string_view json);
// The same of a record in memory.
std::string in_order(model::Attributes attributes);

// Logs whose attributes are made by f(i, out).
template <class F>
model::BatchPtr make_logs_with(std::size_t count, F f) {
  model::Batch batch = *make_logs(count, "b");
  batch.wire = {};
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<model::KeyValue> attributes;
    f(i, attributes);
    batch.logs.attributes[i] =
        batch.arena->copy_array(std::span<const model::KeyValue>(attributes));
  }
  batch.id = {};
  return std::make_shared<const model::Batch>(std::move(batch));
}

inline model::Value text(std::string_view value) { return model::Value::string(value); }

}  // namespace obs::store
