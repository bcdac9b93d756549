// stats AGG [as NAME], … [by GROUP, …] [every DURATION]

#include <array>
#include <set>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/lang/fields.h"
#include "libobs/lang/parse_habits.h"
#include "libobs/lang/parse_stage.h"

namespace obs::lang {
namespace {

struct AggregateInfo {
  std::string_view name;
  Aggregate aggregate;
  bool takes_argument;
};

constexpr std::array kAggregates = {
    AggregateInfo{"count", Aggregate::kCount, false},
    AggregateInfo{"sum", Aggregate::kSum, true},
    AggregateInfo{"avg", Aggregate::kAvg, true},
    AggregateInfo{"min", Aggregate::kMin, true},
    AggregateInfo{"max", Aggregate::kMax, true},
    AggregateInfo{"uniq", Aggregate::kUniq, true},
    AggregateInfo{"rate", Aggregate::kRate, false},
    AggregateInfo{"first", Aggregate::kFirst, true},
    AggregateInfo{"last", Aggregate::kLast, true},
    AggregateInfo{"values", Aggregate::kValues, true},
    AggregateInfo{"quantile", Aggregate::kQuantile, true},
    AggregateInfo{"approx_quantile", Aggregate::kApproxQuantile, true},
};

// "p95" and "p99.9" are quantiles, "approx_p95" approximate ones.
std::optional<double> percentile(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  const auto percent = parse_double(name.substr(prefix.size()));
  if (!percent || !(*percent >= 0 && *percent <= 100)) return std::nullopt;
  return *percent / 100;
}

struct Chosen {
  Aggregate aggregate;
  bool takes_argument;
  std::optional<double> quantile;  // Set by the name.
};

std::optional<Chosen> find_aggregate(std::string_view name) {
  for (const AggregateInfo& known : kAggregates) {
    if (known.name == name) return Chosen{known.aggregate, known.takes_argument, std::nullopt};
  }
  if (const auto quantile = percentile(name, "p"))
    return Chosen{Aggregate::kQuantile, true, quantile};
  if (const auto quantile = percentile(name, "approx_p")) {
    return Chosen{Aggregate::kApproxQuantile, true, quantile};
  }
  return std::nullopt;
}

std::string unknown_aggregate(std::string_view name) {
  std::vector<std::string_view> known = {"p50", "p95", "p99"};
  for (const AggregateInfo& candidate : kAggregates) known.push_back(candidate.name);
  std::string help = aggregate_habit(name);
  if (help.empty()) help = suggestion(name, known);
  if (help.empty()) help = fmt::format("; there are {}", fmt::join(known, ", "));
  return fmt::format("there is no aggregate \"{}\"{}", name, help);
}

Parsed<double> parse_quantile(TokenStream& tokens) {
  OBS_TRY_VOID(tokens.expect_symbol(",", "the argument"));
  const auto quantile = tokens.peek().kind == TokenKind::kNumber && tokens.peek().unit.empty()
                            ? parse_double(tokens.peek().text)
                            : std::nullopt;
  if (!quantile || *quantile > 1) return tokens.expected("a quantile from 0 to 1");
  tokens.take();
  return *quantile;
}

// What stands between the parentheses: the argument, the quantile, `where` and a condition.
Parsed<bool> parse_arguments(TokenStream& tokens, const Bindings& bindings, const Chosen& chosen,
                             StatsStage::Column& column) {
  if (chosen.takes_argument) {
    OBS_TRY(column.argument, parse_expr(tokens, bindings));
    const bool is_quantile =
        column.aggregate == Aggregate::kQuantile || column.aggregate == Aggregate::kApproxQuantile;
    if (is_quantile && !chosen.quantile) {
      OBS_TRY(column.quantile, parse_quantile(tokens));
    }
  }
  const bool is_counted = column.aggregate == Aggregate::kCount && !tokens.at_symbol(")");
  if (is_counted && !tokens.at_word("where")) {
    return fail(Diagnostic{tokens.peek().where,
                           "count() takes no field; write `count(where exists F)` for the records "
                           "that have it, `uniq(F)` for its different values"});
  }
  if (tokens.accept_word("where")) {
    OBS_TRY(column.condition, parse_expr(tokens, bindings));
  }
  return true;
}

// "p95(duration)": what a column is called when nobody says `as`.
std::string default_name(std::string_view name, const StatsStage::Column& column) {
  if (column.argument == nullptr) return std::string(name);
  const auto* field = std::get_if<FieldRef>(&column.argument->node);
  return field == nullptr ? std::string(name) : fmt::format("{}({})", name, field->name);
}

Parsed<StatsStage::Column> parse_column(TokenStream& tokens, const Bindings& bindings) {
  if (tokens.peek().kind != TokenKind::kName)
    return tokens.expected("an aggregate such as count()");
  const Token name = tokens.take();
  const auto chosen = find_aggregate(name.text);
  if (!chosen) return fail(Diagnostic{name.where, unknown_aggregate(name.text)});
  StatsStage::Column column;
  column.aggregate = chosen->aggregate;
  column.quantile = chosen->quantile.value_or(0);
  if (tokens.accept_symbol("(")) {
    OBS_TRY_VOID(parse_arguments(tokens, bindings, *chosen, column));
    OBS_TRY_VOID(tokens.expect_symbol(")", "the argument"));
  } else if (chosen->takes_argument) {
    return tokens.expected(fmt::format("`(` and what to take the {} of", name.text));
  }
  column.name = default_name(name.text, column);
  if (tokens.accept_word("as")) {
    if (tokens.peek().kind != TokenKind::kName) return tokens.expected("a name for the column");
    column.name = tokens.take().text;
  }
  return column;
}

// Two columns of one name would be an object that has a key twice.
class ColumnNames {
 public:
  Parsed<bool> add(Extent where, const std::string& name) {
    if (names_.insert(name).second) return true;
    return fail(Diagnostic{
        where,
        fmt::format("there is a column \"{}\" already; give one another name with `as`", name)});
  }

 private:
  std::set<std::string> names_;
};

Parsed<StatsStage::Group> parse_group(TokenStream& tokens, const Bindings& bindings) {
  const Token first = tokens.peek();
  OBS_TRY(ExprPtr value, parse_expr(tokens, bindings));
  const auto* field = std::get_if<FieldRef>(&value->node);
  std::string name = field != nullptr ? name_as_written(first) : first.text;
  if (tokens.accept_word("as")) {
    if (tokens.peek().kind != TokenKind::kName) return tokens.expected("a name for the group");
    name = tokens.take().text;
  }
  return StatsStage::Group{std::move(value), std::move(name)};
}

}  // namespace

Parsed<StatsStage> parse_stats(TokenStream& tokens, const Bindings& bindings) {
  StatsStage stage;
  ColumnNames names;
  do {
    const std::size_t begin = tokens.peek().where.begin;
    OBS_TRY(auto column, parse_column(tokens, bindings));
    OBS_TRY_VOID(names.add({begin, tokens.last_end()}, column.name));
    stage.columns.push_back(std::move(column));
  } while (tokens.accept_symbol(","));
  if (tokens.accept_word("by")) {
    do {
      const std::size_t begin = tokens.peek().where.begin;
      OBS_TRY(auto group, parse_group(tokens, bindings));
      OBS_TRY_VOID(names.add({begin, tokens.last_end()}, group.name));
      stage.groups.push_back(std::move(group));
    } while (tokens.accept_symbol(","));
  }
  const std::size_t begin = tokens.peek().where.begin;
  if (tokens.accept_word("every")) {
    OBS_TRY(stage.every, tokens.expect_duration("a window such as 1m"));
    OBS_TRY_VOID(names.add({begin, tokens.last_end()}, "time"));
  }
  return stage;
}

}  // namespace obs::lang
