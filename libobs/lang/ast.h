// The pipeline language as a tree: what a program says, before anything runs it.
//
// Built by parse() (parser.h), which has already resolved names to fields, functions and stages and
// checked what can be checked without data. Plain values, owned by the Program; positions point
// into its text.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/lang/diagnostic.h"
#include "libobs/model/batch.h"

namespace obs::lang {

// A name in a program. The resolver's order for kAny: record field (with aliases such as level and
// msg), attribute by exact key, resource attribute, then descent into the value of a prefix.
struct FieldRef {
  enum class Root : std::uint8_t { kAny, kAttributes, kResource };
  Root root = Root::kAny;
  std::string
      name;  // Without the root: "http.route". Aliases are already replaced: "severity_text".
  friend bool operator==(const FieldRef&, const FieldRef&) = default;
};

enum class LiteralKind : std::uint8_t {
  kNull,
  kBool,
  kInt,
  kDouble,
  kString,
  kDuration,  // Nanoseconds.
  kSize,      // Bytes.
  kSeverity,  // A severity word, as its number.
};

struct Literal {
  LiteralKind kind = LiteralKind::kNull;
  std::int64_t integer = 0;  // kBool, kInt, kDuration, kSize, kSeverity.
  double number = 0;         // kDouble.
  std::string text;          // kString; for the others, as written.
};

enum class Op : std::uint8_t {
  kOr,
  kAnd,
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kMatch,     // =~
  kNotMatch,  // !~
  kIn,
  kNotIn,
  kHas,
  kContains,
  kStartsWith,
  kEndsWith,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kNegate,
  kExists,  // One operand, a field.
};
// As written in a program: "==", "startswith".
std::string_view to_string(Op op);
// The operator that says the same with its operands exchanged: < for >. Others are as they are.
Op mirrored(Op op);

enum class Function : std::uint8_t;  // functions.h

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Call {
  Function function;
  std::vector<ExprPtr> arguments;
};

struct Operation {
  Op op;
  std::vector<ExprPtr> operands;  // kIn and kNotIn: the needle, then the members.
};

struct Expr {
  Extent where;
  std::variant<Literal, FieldRef, Operation, Call> node;
};

// Stages, one struct each, in the order of the manual.

struct WhereStage {
  ExprPtr condition;
};

enum class ParseFormat : std::uint8_t { kJson, kLogfmt, kClf, kSyslog, kRegex, kPattern };

struct ParseStage {
  ParseFormat format = ParseFormat::kJson;
  std::string pattern;  // kRegex and kPattern.
  FieldRef from;        // Default: body.
  std::optional<FieldRef> into;
};

struct SetStage {
  struct Assignment {
    FieldRef target;
    ExprPtr value;
  };
  std::vector<Assignment> assignments;
};

struct RenameStage {
  struct Pair {
    FieldRef from;
    FieldRef to;
  };
  std::vector<Pair> pairs;
};

struct KeepStage {
  std::vector<FieldRef> fields;
};

struct DropStage {
  std::vector<FieldRef> fields;
};

struct UnrollStage {
  FieldRef field;
};

enum class RedactMode : std::uint8_t { kMask, kHash, kDrop };

struct RedactStage {
  std::vector<std::string> detectors;  // Names of built-in detectors.
  std::vector<std::string> patterns;   // Regular expressions.
  std::vector<FieldRef> fields;        // Empty: everywhere.
  std::vector<FieldRef> except;        // Fields left alone.
  RedactMode mode = RedactMode::kMask;
  std::int64_t keep_last = 0;  // kMask: characters left readable at the end.
};

struct SampleStage {
  double ratio = 1;  // 0 to 1.
  std::optional<FieldRef> by;
};

struct TailSampleStage {
  struct When {
    std::vector<ExprPtr> conditions;  // Each holds for a record of the trace, perhaps another one.
    std::optional<double> traces_per_second;  // Bound on what it lets through.
  };
  std::vector<When> whens;
  Duration wait = 10 * kSecond;
  double otherwise = 0;                     // Share of the other traces that is kept.
  std::optional<double> traces_per_second;  // Bound on what all of `whens` let through.
  std::vector<std::string> policies;        // tail_policies(), as written.
  // What of the work the engine does: all of it, or the parts that tail_policies.h tells of.
  enum class Part : std::uint8_t { kWhole, kMeet, kKeep } part = Part::kWhole;
};

struct DedupStage {
  std::vector<FieldRef> by;  // Empty: body, service and severity.
  Duration within = 10 * kSecond;
};

struct ThrottleStage {
  double per_second = 0;
  std::vector<FieldRef> by;
};

enum class Aggregate : std::uint8_t {
  kCount,
  kSum,
  kAvg,
  kMin,
  kMax,
  kQuantile,        // Exact, nearest rank.
  kApproxQuantile,  // DDSketch at 1 %.
  kUniq,
  kRate,
  kFirst,
  kLast,
  kValues,
};

struct StatsStage {
  struct Column {
    Aggregate aggregate = Aggregate::kCount;
    double quantile = 0;
    ExprPtr argument;   // Null for count() and rate().
    ExprPtr condition;  // count(where …): null when there is none.
    std::string name;
  };
  struct Group {
    ExprPtr value;
    std::string name;
  };
  std::vector<Column> columns;
  std::vector<Group> groups;
  std::optional<Duration> every;
};

struct SortStage {
  struct Key {
    FieldRef field;
    bool descending = false;
  };
  std::vector<Key> keys;
};

struct HeadStage {
  std::uint64_t count = 10;
};

struct TailStage {
  std::uint64_t count = 10;
};

struct TopStage {
  std::uint64_t count = 10;
  std::vector<FieldRef> fields;
  std::vector<std::string> names;  // As written.
};

struct PatternsStage {
  FieldRef field;  // Default: body.
};

// "{service}: {body}" cut into text and expressions.
struct FormatStage {
  struct Piece {
    std::string text;
    ExprPtr value;  // Null for text.
  };
  std::vector<Piece> pieces;
};

struct RouteStage {
  ExprPtr condition;
  std::string address;
};

struct TeeStage {
  std::string address;
};

struct Stage {
  Extent where;
  std::variant<WhereStage, ParseStage, SetStage, RenameStage, KeepStage, DropStage, UnrollStage,
               RedactStage, SampleStage, TailSampleStage, DedupStage, ThrottleStage, StatsStage,
               SortStage, HeadStage, TailStage, TopStage, PatternsStage, FormatStage, RouteStage,
               TeeStage>
      node;
};

struct Program {
  std::string text;
  std::optional<model::Signal> table;  // A leading `logs`, `spans` or `metrics`.
  std::vector<Stage> stages;
};

}  // namespace obs::lang
