#include "libobs/lang/parse_stage.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libobs/base/regex.h"
#include "libobs/base/text.h"
#include "libobs/lang/detectors.h"
#include "libobs/lang/fields.h"
#include "libobs/lang/parse_habits.h"
#include "libobs/lang/pattern.h"
#include "libobs/lang/tail_policies.h"

namespace obs::lang {
namespace {

using StageNode = decltype(Stage::node);
using Parser = Parsed<StageNode> (*)(TokenStream&, const Bindings&);

Parsed<bool> check_regex(const std::string& pattern, Extent where) {
  auto compiled = Regex::compile(pattern);
  if (!compiled) return fail(Diagnostic{where, compiled.error().message + regex_habit(pattern)});
  return true;
}

Parsed<StageNode> parse_where(TokenStream& tokens, const Bindings& bindings) {
  OBS_TRY(ExprPtr condition, parse_expr(tokens, bindings));
  return StageNode(WhereStage{std::move(condition)});
}

Parsed<ParseStage> parse_parse_format(TokenStream& tokens) {
  constexpr std::array kWords = {std::string_view("json"),  std::string_view("logfmt"),
                                 std::string_view("clf"),   std::string_view("syslog"),
                                 std::string_view("regex"), std::string_view("pattern")};
  ParseStage stage;
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (!tokens.accept_word(kWords[i])) continue;
    stage.format = static_cast<ParseFormat>(i);
    if (stage.format < ParseFormat::kRegex) return stage;
    const Extent where = tokens.peek().where;
    OBS_TRY(stage.pattern, tokens.expect_string("the expression as a string"));
    if (stage.format == ParseFormat::kRegex) {
      OBS_TRY_VOID(check_regex(stage.pattern, where));
    } else {
      auto pattern = compile_pattern(stage.pattern);
      if (!pattern) return fail(Diagnostic{where, pattern.error().message});
    }
    return stage;
  }
  return tokens.expected("json, logfmt, clf, syslog, regex or pattern");
}

Parsed<StageNode> parse_parse(TokenStream& tokens, const Bindings&) {
  OBS_TRY(ParseStage stage, parse_parse_format(tokens));
  stage.from = resolve_name("body", false);
  if (tokens.accept_word("from")) {
    OBS_TRY(stage.from, parse_field(tokens, "the field to parse"));
  }
  if (tokens.accept_word("into")) {
    OBS_TRY(stage.into, parse_field(tokens, "the field to put the result into"));
  }
  return StageNode(std::move(stage));
}

Parsed<StageNode> parse_set(TokenStream& tokens, const Bindings& bindings) {
  SetStage stage;
  do {
    OBS_TRY(FieldRef target, parse_field(tokens, "a field to set"));
    OBS_TRY_VOID(tokens.expect_symbol("=", "the field"));
    OBS_TRY(ExprPtr value, parse_expr(tokens, bindings));
    stage.assignments.push_back({std::move(target), std::move(value)});
  } while (tokens.accept_symbol(","));
  return StageNode(std::move(stage));
}

Parsed<StageNode> parse_rename(TokenStream& tokens, const Bindings&) {
  RenameStage stage;
  do {
    OBS_TRY(FieldRef from, parse_field(tokens, "a field to rename"));
    if (!tokens.accept_word("as")) return tokens.expected("`as` and the new name");
    OBS_TRY(FieldRef to, parse_field(tokens, "the new name"));
    stage.pairs.push_back({std::move(from), std::move(to)});
  } while (tokens.accept_symbol(","));
  return StageNode(std::move(stage));
}

Parsed<StageNode> parse_keep(TokenStream& tokens, const Bindings&) {
  OBS_TRY(auto fields, parse_fields(tokens, "a field to keep"));
  return StageNode(KeepStage{std::move(fields)});
}

Parsed<StageNode> parse_drop(TokenStream& tokens, const Bindings&) {
  OBS_TRY(auto fields, parse_fields(tokens, "a field to drop"));
  return StageNode(DropStage{std::move(fields)});
}

Parsed<StageNode> parse_unroll(TokenStream& tokens, const Bindings&) {
  OBS_TRY(FieldRef field, parse_field(tokens, "the field that holds an array"));
  return StageNode(UnrollStage{std::move(field)});
}

Parsed<bool> parse_redact_target(TokenStream& tokens, RedactStage& stage) {
  const Extent where = tokens.peek().where;
  if (tokens.accept_word("regex")) {
    OBS_TRY(std::string pattern, tokens.expect_string("a regular expression as a string"));
    OBS_TRY_VOID(check_regex(pattern, where));
    stage.patterns.push_back(std::move(pattern));
    return true;
  }
  if (tokens.peek().kind != TokenKind::kName) return tokens.expected("what to redact");
  const Token name = tokens.take();
  if (find_detector(name.text) == nullptr && name.text != "all") {
    return fail(Diagnostic{where, fmt::format("there is no detector \"{}\"{}", name.text,
                                              suggestion(name.text, detector_names()))});
  }
  stage.detectors.push_back(name.text);
  return true;
}

Parsed<bool> parse_redact_mode(TokenStream& tokens, RedactStage& stage) {
  if (tokens.accept_word("hash")) {
    stage.mode = RedactMode::kHash;
  } else if (tokens.accept_word("drop")) {
    stage.mode = RedactMode::kDrop;
  } else if (tokens.accept_word("mask")) {
    if (!tokens.accept_word("keep")) return true;
    OBS_TRY(const std::uint64_t last, tokens.expect_count("how many characters to leave"));
    stage.keep_last = static_cast<std::int64_t>(std::min<std::uint64_t>(last, 8));
  } else {
    return tokens.expected("mask, hash or drop");
  }
  return true;
}

Parsed<StageNode> parse_redact(TokenStream& tokens, const Bindings&) {
  RedactStage stage;
  do {
    OBS_TRY_VOID(parse_redact_target(tokens, stage));
  } while (tokens.accept_symbol(","));
  if (tokens.accept_word("in")) {
    OBS_TRY(stage.fields, parse_fields(tokens, "a field to redact"));
  }
  if (tokens.accept_word("except")) {
    OBS_TRY(stage.except, parse_fields(tokens, "a field to leave alone"));
  }
  if (tokens.accept_word("with")) OBS_TRY_VOID(parse_redact_mode(tokens, stage));
  return StageNode(std::move(stage));
}

Parsed<StageNode> parse_sample(TokenStream& tokens, const Bindings&) {
  SampleStage stage;
  OBS_TRY(stage.ratio, tokens.expect_percent("a share such as 10%"));
  if (tokens.accept_word("by")) {
    OBS_TRY(stage.by, parse_field(tokens, "the field to sample by"));
  }
  return StageNode(std::move(stage));
}

// "100/s", "6000/m".
Parsed<double> parse_rate(TokenStream& tokens, std::string_view what) {
  OBS_TRY(const std::uint64_t count, tokens.expect_count(what));
  OBS_TRY_VOID(tokens.expect_symbol("/", "the count"));
  if (tokens.accept_word("s")) return static_cast<double>(count);
  if (tokens.accept_word("m")) return static_cast<double>(count) / 60;
  if (tokens.accept_word("h")) return static_cast<double>(count) / 3600;
  return tokens.expected("s, m or h");
}

// A limit that is a share of a total which stands behind it.
struct TotalShare {
  std::size_t when;
  double share;
  Extent where;
};

Parsed<void> parse_when(TokenStream& tokens, const Bindings& bindings, TailSampleStage& stage,
                        std::vector<TotalShare>& shares) {
  if (!tokens.accept_word("when")) return tokens.expected("`when` and a condition");
  TailSampleStage::When when;
  do {
    OBS_TRY(ExprPtr condition, parse_expr(tokens, bindings));
    when.conditions.push_back(std::move(condition));
  } while (tokens.accept_word("with"));
  if (tokens.accept_word("limit")) {
    const Token limit = tokens.peek();
    if (limit.unit == "%") {
      OBS_TRY(const double share, tokens.expect_percent("a share of the total such as 25%"));
      shares.push_back({stage.whens.size(), share, limit.where});
    } else {
      OBS_TRY(when.traces_per_second,
              parse_rate(tokens, "traces a second, such as 100/s, or a share of the total"));
    }
  }
  stage.whens.push_back(std::move(when));
  return {};
}

Parsed<void> parse_whens(TokenStream& tokens, const Bindings& bindings, TailSampleStage& stage) {
  const Extent where = tokens.peek().where;
  std::vector<TotalShare> shares;
  do {
    OBS_TRY_VOID(parse_when(tokens, bindings, stage, shares));
  } while (tokens.accept_symbol(","));
  if (tokens.accept_word("total")) {
    OBS_TRY(stage.traces_per_second, parse_rate(tokens, "traces a second, such as 100/s"));
  }
  for (const auto& [when, share, at] : shares) {
    if (!stage.traces_per_second) {
      return fail(
          Diagnostic{at, "a limit in per cent is a share of `total N/s`, which is missing"});
    }
    stage.whens[when].traces_per_second = share * *stage.traces_per_second;
  }
  if (tail_condition_count(stage) > kMaxTailConditions) {
    return fail(Diagnostic{
        where, fmt::format("tailsample has more than {} conditions", kMaxTailConditions)});
  }
  return {};
}

Parsed<StageNode> parse_tailsample(TokenStream& tokens, const Bindings& bindings) {
  TailSampleStage stage;
  OBS_TRY_VOID(parse_whens(tokens, bindings, stage));
  if (tokens.accept_word("wait")) {
    OBS_TRY(stage.wait, tokens.expect_duration("how long to wait, such as 10s"));
  }
  if (tokens.accept_word("else")) {
    OBS_TRY(stage.otherwise, tokens.expect_percent("a share such as 5%"));
  }
  return StageNode(std::move(stage));
}

Parsed<StageNode> parse_dedup(TokenStream& tokens, const Bindings&) {
  DedupStage stage;
  if (tokens.accept_word("by")) {
    OBS_TRY(stage.by, parse_fields(tokens, "a field that makes records equal"));
  }
  if (tokens.accept_word("within")) {
    OBS_TRY(stage.within, tokens.expect_duration("a window such as 10s"));
  }
  return StageNode(std::move(stage));
}

Parsed<StageNode> parse_throttle(TokenStream& tokens, const Bindings&) {
  ThrottleStage stage;
  OBS_TRY(stage.per_second, parse_rate(tokens, "a rate such as 100/s"));
  if (tokens.accept_word("by")) {
    OBS_TRY(stage.by, parse_fields(tokens, "a field to throttle by"));
  }
  return StageNode(std::move(stage));
}

Parsed<StageNode> parse_stats_node(TokenStream& tokens, const Bindings& bindings) {
  OBS_TRY(StatsStage stage, parse_stats(tokens, bindings));
  return StageNode(std::move(stage));
}

Parsed<StageNode> parse_sort(TokenStream& tokens, const Bindings&) {
  SortStage stage;
  const Token& next = tokens.peek(1);
  if (tokens.at_word("by") && (next.kind == TokenKind::kName || next.text == "-")) {
    return fail(Diagnostic{tokens.peek().where, "the field stands right behind `sort`: no `by`"});
  }
  do {
    const bool descending = tokens.accept_symbol("-");
    OBS_TRY(FieldRef field, parse_field(tokens, "a field to sort by"));
    stage.keys.push_back({std::move(field), descending});
  } while (tokens.accept_symbol(","));
  return StageNode(std::move(stage));
}

Parsed<std::uint64_t> parse_optional_count(TokenStream& tokens, std::uint64_t otherwise) {
  if (tokens.peek().kind != TokenKind::kNumber) return otherwise;
  return tokens.expect_count("a number of records");
}

Parsed<StageNode> parse_head(TokenStream& tokens, const Bindings&) {
  OBS_TRY(const std::uint64_t count, parse_optional_count(tokens, 10));
  return StageNode(HeadStage{count});
}

Parsed<StageNode> parse_tail(TokenStream& tokens, const Bindings&) {
  OBS_TRY(const std::uint64_t count, parse_optional_count(tokens, 10));
  return StageNode(TailStage{count});
}

Parsed<StageNode> parse_top(TokenStream& tokens, const Bindings&) {
  OBS_TRY(const std::uint64_t count, parse_optional_count(tokens, 10));
  TopStage stage{count, {}, {}};
  do {
    const Token name = tokens.peek();
    OBS_TRY(FieldRef field, parse_field(tokens, "the field whose values to count"));
    stage.fields.push_back(std::move(field));
    stage.names.push_back(name_as_written(name));
  } while (tokens.accept_symbol(","));
  return StageNode(std::move(stage));
}

Parsed<StageNode> parse_patterns(TokenStream& tokens, const Bindings&) {
  PatternsStage stage{resolve_name("body", false)};
  if (tokens.accept_word("of")) {
    OBS_TRY(stage.field, parse_field(tokens, "the field to find patterns in"));
  }
  return StageNode(std::move(stage));
}

Parsed<StageNode> parse_format(TokenStream& tokens, const Bindings& bindings) {
  const Extent where = tokens.peek().where;
  OBS_TRY(const std::string text, tokens.expect_string("a template such as \"{service}: {body}\""));
  OBS_TRY(FormatStage stage, parse_format_template(text, where, bindings));
  return StageNode(std::move(stage));
}

Parsed<StageNode> parse_route(TokenStream& tokens, const Bindings& bindings) {
  RouteStage stage;
  OBS_TRY(stage.condition, parse_expr(tokens, bindings));
  if (!tokens.accept_word("to")) return tokens.expected("`to` and an address");
  OBS_TRY(stage.address, tokens.expect_string("an address such as \"file:errors.ndjson\""));
  return StageNode(std::move(stage));
}

Parsed<StageNode> parse_tee(TokenStream& tokens, const Bindings&) {
  OBS_TRY(std::string address, tokens.expect_string("an address such as \"file:copy.ndjson\""));
  return StageNode(TeeStage{std::move(address)});
}

struct NamedParser {
  std::string_view name;
  Parser parse;
};

constexpr std::array kParsers = {
    NamedParser{"where", parse_where},      NamedParser{"parse", parse_parse},
    NamedParser{"set", parse_set},          NamedParser{"rename", parse_rename},
    NamedParser{"keep", parse_keep},        NamedParser{"drop", parse_drop},
    NamedParser{"unroll", parse_unroll},    NamedParser{"redact", parse_redact},
    NamedParser{"sample", parse_sample},    NamedParser{"tailsample", parse_tailsample},
    NamedParser{"dedup", parse_dedup},      NamedParser{"throttle", parse_throttle},
    NamedParser{"stats", parse_stats_node}, NamedParser{"sort", parse_sort},
    NamedParser{"head", parse_head},        NamedParser{"tail", parse_tail},
    NamedParser{"top", parse_top},          NamedParser{"patterns", parse_patterns},
    NamedParser{"format", parse_format},    NamedParser{"route", parse_route},
    NamedParser{"tee", parse_tee},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kParsers.size()> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kParsers[i].name;
  return names;
}();

// What stands where a stage should: a table that is misspelt is meant too.
std::string unknown_stage(std::string_view word, const Token& next) {
  constexpr std::array kReserved = {std::string_view("join"), std::string_view("lookup"),
                                    std::string_view("union"), std::string_view("fill")};
  if (std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end()) {
    return fmt::format("\"{}\" is a word of a later version", word);
  }
  for (const model::Signal signal : model::kSignals) {
    if (word == model::to_string(signal)) {
      return fmt::format("\"{}\" takes records out of a mixed stream; write `{} | ...`", word,
                         word);
    }
  }
  if (const std::string habit = stage_habit(word, next); !habit.empty()) {
    return fmt::format("there is no stage \"{}\"{}", word, habit);
  }
  std::vector<std::string_view> known(kNames.begin(), kNames.end());
  for (const model::Signal signal : model::kSignals) known.push_back(model::to_string(signal));
  std::string help = suggestion(word, known);
  if (help.empty()) help = fmt::format("; there are {}", fmt::join(kNames, ", "));
  return fmt::format("there is no stage \"{}\"{}", word, help);
}

}  // namespace

std::span<const std::string_view> stage_names() { return kNames; }

Parsed<Stage> parse_stage(TokenStream& tokens, const Bindings& bindings) {
  const Token word = tokens.peek();
  for (const NamedParser& stage : kParsers) {
    if (!tokens.accept_word(stage.name)) continue;
    OBS_TRY(StageNode node, stage.parse(tokens, bindings));
    return Stage{{word.where.begin, tokens.last_end()}, std::move(node)};
  }
  if (word.kind == TokenKind::kString) {
    return fail(Diagnostic{word.where, "a text is no stage; write `where body contains \"text\"`"});
  }
  if (word.kind != TokenKind::kName) return tokens.expected("a stage such as `where`");
  return fail(Diagnostic{word.where, unknown_stage(word.text, tokens.peek(1))});
}

}  // namespace obs::lang
