// What a program of the pipeline language (obs-pipeline(7)) needs of a store's records. Pure.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libobs/lang/ast.h"
#include "libobs/model/batch.h"

namespace obs::query {

// The fields that are read before the first `stats` or `top`, when what comes out depends on
// nothing else of a record; nullopt when it does: whole records come out, or a stage looks at all
// of one.
std::optional<std::vector<lang::FieldRef>> find_reads(const lang::Program& program);

// Of `time` a program reads before its first `stats` or `top`, and there, only which multiple of
// this lies before it: bucket(time, 1m); 0: nothing; nullopt: all of it.
std::optional<Duration> find_time_step(const lang::Program& program);

// On which order of the records that go in it depends what comes out.
enum class OrderNeeded : std::uint8_t {
  kNone,
  kWindows,  // By time, and within a window any: `every`.
  kArrival,
};
OrderNeeded order_needed(const lang::Program& program);

// Whether an expression reads no field.
bool is_constant(const lang::Expr& expr);

// Where a field of a stored record stands.
struct FieldSource {
  std::vector<std::string_view> columns;  // Of record_columns().
  // In SQL: the field stands in none of the columns, but in an attribute of its name. Empty: never.
  std::string elsewhere;
};

// nullopt: it may be made of anything.
std::optional<FieldSource> find_source(model::Signal signal, const lang::FieldRef& field);

}  // namespace obs::query
