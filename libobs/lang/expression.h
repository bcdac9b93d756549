// Expressions, compiled: a tree of nodes that know which fields they read and how.
//
// Immutable once made; any thread may evaluate with its own Record.

#pragma once

#include <memory>

#include "libobs/lang/ast.h"
#include "libobs/lang/field_table.h"
#include "libobs/lang/record.h"
#include "libobs/lang/value.h"

namespace obs::lang {

// One evaluation over one record.
struct Env {
  Record& record;
  // What went wrong, as static text; the value is then missing. Of several the first.
  const char* error = nullptr;

  Scratch& scratch() const { return record.scratch(); }
  Value fail(const char* sentence) {
    if (error == nullptr) error = sentence;
    return {};
  }
};

class Expression {
 public:
  virtual ~Expression() = default;
  virtual Value eval(Env& env) const = 0;
  // Whether it holds: is_true(eval()), without making a Value where that is not needed.
  virtual bool test(Env& env) const { return is_true(eval(env)); }
};
using ExpressionPtr = std::unique_ptr<const Expression>;

// What compiling an expression needs to know.
struct ExpressionContext {
  FieldTable& fields;  // Fields that are read are added.
  Timestamp now = 0;
};

ExpressionPtr compile_expression(const Expr& expr, ExpressionContext& context);
// compile_compare.cc: the operations that come to true or false.
ExpressionPtr compile_condition(const Expr& expr, const Operation& operation,
                                ExpressionContext& context);
// eval_functions.cc
ExpressionPtr compile_call(const Call& call, ExpressionContext& context);
// Whether the expression is a time: beside one, text and distances such as -1h are times too.
bool is_time(const Expr& expr);
// An expression whose value is that of the other as a time.
ExpressionPtr compile_time(const Expr& expr, ExpressionContext& context);

bool contains(std::string_view text, std::string_view part);

}  // namespace obs::lang
