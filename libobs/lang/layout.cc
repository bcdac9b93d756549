#include "libobs/lang/layout.h"

#include <algorithm>

#include <fmt/format.h>

#include "libobs/lang/prefilter.h"
#include "libobs/lang/tail_policies.h"

namespace obs::lang {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

template <class T>
constexpr bool kIsStateless = std::is_same_v<T, WhereStage> || std::is_same_v<T, ParseStage> ||
                              std::is_same_v<T, SetStage> || std::is_same_v<T, RenameStage> ||
                              std::is_same_v<T, KeepStage> || std::is_same_v<T, DropStage> ||
                              std::is_same_v<T, UnrollStage> || std::is_same_v<T, FormatStage> ||
                              std::is_same_v<T, RedactStage> || std::is_same_v<T, SampleStage>;

bool is_stateless(const Stage& stage) {
  if (const auto* tail = std::get_if<TailSampleStage>(&stage.node)) {
    return tail->part != TailSampleStage::Part::kWhole;
  }
  return std::visit([](const auto& node) { return kIsStateless<std::decay_t<decltype(node)>>; },
                    stage.node);
}

bool is_gathering(const Stage& stage) {
  if (const auto* stats = std::get_if<StatsStage>(&stage.node)) return !stats->every;
  return std::holds_alternative<TopStage>(stage.node);
}

bool holds_back(const Stage& stage) {
  return is_gathering(stage) || std::holds_alternative<SortStage>(stage.node) ||
         std::holds_alternative<TailStage>(stage.node) ||
         std::holds_alternative<PatternsStage>(stage.node);
}

// How many of the first records a stage wants.
std::uint64_t wanted_by(const Stage* stage) {
  const auto* head = stage == nullptr ? nullptr : std::get_if<HeadStage>(&stage->node);
  return head == nullptr ? UINT64_MAX : head->count;
}

const Stage* stage_after(const Program& program, std::size_t stage) {
  return stage + 1 < program.stages.size() ? &program.stages[stage + 1] : nullptr;
}

// Null for a stage that the engine does not run.
std::unique_ptr<Operator> make_operator(const Stage& stage, const Stage* next,
                                        const StageContext& context) {
  return std::visit(
      Overloaded{
          [&](const WhereStage& node) { return make_where(node, context); },
          [&](const ParseStage& node) { return make_parse(node, context); },
          [&](const DedupStage& node) { return make_dedup(node, context); },
          [&](const ThrottleStage& node) { return make_throttle(node, context); },
          [&](const SetStage& node) { return make_set(node, context); },
          [&](const RenameStage& node) { return make_rename(node, context); },
          [&](const KeepStage& node) { return make_keep(node, context); },
          [&](const DropStage& node) { return make_drop(node, context); },
          [&](const UnrollStage& node) { return make_unroll(node, context); },
          [&](const FormatStage& node) { return make_format(node, context); },
          [&](const RedactStage& node) { return make_redact(node, context); },
          [&](const SampleStage& node) { return make_sample(node, context); },
          [&](const TailSampleStage& node) { return make_tail_sample(node, context); },
          [&](const PatternsStage& node) { return make_patterns(node, context); },
          [&](const RouteStage& node) { return make_route(node, context); },
          [&](const TeeStage& node) { return make_tee(node, context); },
          [&](const HeadStage& node) { return make_head(node); },
          [&](const TailStage& node) { return make_tail(node); },
          [&](const SortStage& node) { return make_sort(node, wanted_by(next), context); },
          [&](const TopStage& node) { return make_top(node, context); },
          [&](const StatsStage& node) {
            return node.every ? make_windows(node, context) : make_stats(node, context);
          },
          [&](const auto&) { return std::unique_ptr<Operator>(); },
      },
      stage.node);
}

std::string_view text_of(const Plan::Parts& parts, const Stage& stage) {
  return std::string_view(parts.program.text)
      .substr(stage.where.begin, stage.where.end - stage.where.begin);
}

Operators make_operators(const Plan::Parts& parts, FieldTable& fields, std::size_t from,
                         std::size_t to) {
  const StageContext context{fields, parts.options};
  Operators operators;
  if (from == 0 && parts.program.table) {
    operators.push_back(make_signal_filter(*parts.program.table, context));
  }
  for (std::size_t i = from; i < to; ++i) {
    operators.push_back(
        make_operator(parts.program.stages[i], stage_after(parts.program, i), context));
  }
  return operators;
}

// The condition of the first stage, which sees lines as they came.
std::optional<std::string> needle_of(const Program& program) {
  if (program.stages.empty()) return std::nullopt;
  const auto* where = std::get_if<WhereStage>(&program.stages.front().node);
  return where == nullptr ? std::nullopt : find_needle(*where->condition);
}

}  // namespace

Result<std::unique_ptr<Plan::Parts>, Diagnostic> lay_out(Program program,
                                                         const EngineOptions& options) {
  auto parts = std::make_unique<Plan::Parts>();
  parts->program = std::move(program);
  parts->options = options;
  const auto& stages = parts->program.stages;
  FieldTable fields(options.now);
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (make_operator(stages[i], nullptr, {fields, options}) == nullptr) {
      const bool is_redact = std::holds_alternative<RedactStage>(stages[i].node);
      return fail(Diagnostic{stages[i].where,
                             is_redact ? "`with hash` needs a secret key, or the hashes could be "
                                         "guessed: give one with --redact-key @FILE"
                                       : "this stage does not run here"});
    }
    if (std::holds_alternative<FormatStage>(stages[i].node)) parts->text_from = i;
    if (is_gathering(stages[i]) || std::holds_alternative<StatsStage>(stages[i].node)) {
      parts->makes_rows = true;
    }
    parts->waits_for_end |= holds_back(stages[i]);
  }
  while (parts->lane_stages < stages.size() && is_stateless(stages[parts->lane_stages])) {
    ++parts->lane_stages;
  }
  parts->gathers = parts->lane_stages < stages.size() && is_gathering(stages[parts->lane_stages]);
  parts->needle = needle_of(parts->program);
  return parts;
}

Operators make_lane_operators(const Plan::Parts& parts, FieldTable& fields) {
  return make_operators(parts, fields, 0, parts.lane_stages + (parts.gathers ? 1 : 0));
}

Operators make_finish_operators(const Plan::Parts& parts, FieldTable& fields) {
  const std::size_t end = parts.program.stages.size();
  if (parts.lane_stages == end) return {};
  const StageContext context{fields, parts.options};
  Operators operators;
  for (std::size_t i = parts.lane_stages; i < end; ++i) {
    operators.push_back(
        make_operator(parts.program.stages[i], stage_after(parts.program, i), context));
  }
  return operators;
}

std::string limit_text(const std::optional<double>& traces_per_second) {
  return traces_per_second ? fmt::format(", limit {:.4g}/s", *traces_per_second) : "";
}

// The policies with the numbers that kept records have.
std::string explain_policies(const TailSampleStage& stage) {
  std::string out;
  const auto policies = tail_policies(stage);
  for (std::size_t i = 0; i < policies.size(); ++i) {
    const auto& limit = stage.whens[policies[i].when].traces_per_second;
    const bool shares = std::count_if(policies.begin(), policies.end(), [&](const auto& other) {
                          return other.when == policies[i].when;
                        }) > 1;
    out += fmt::format("  policy {}  {}{}{}\n", i + 1, stage.policies[i], limit_text(limit),
                       limit && shares ? " shared" : "");
  }
  if (stage.traces_per_second) {
    out += fmt::format("  total     {:.4g}/s\n", *stage.traces_per_second);
  }
  out += fmt::format("  else      {:.4g}%\n", stage.otherwise * 100);
  return out;
}

std::string explain_layout(const Plan::Parts& parts) {
  std::string out;
  FieldTable fields(parts.options.now);
  (void)make_lane_operators(parts, fields);
  const bool validates = parts.options.strict || parts.options.skip_invalid;
  if (parts.needle && !validates) {
    out += fmt::format("prefilter  only lines that contain {}, or an escape that could hide it\n",
                       *parts.needle);
  } else {
    out += "prefilter  none: every line is looked at\n";
  }
  std::string names;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    names += (i == 0 ? "" : ", ") + to_string(fields.plan(i).ref);
  }
  out += fmt::format("reads      {}\n", names.empty() ? "no fields" : names);
  for (std::size_t i = 0; i < parts.program.stages.size(); ++i) {
    const bool gathers = parts.gathers && i == parts.lane_stages;
    const std::string_view how = i < parts.lane_stages ? "parallel "
                                 : gathers             ? "gathered "
                                                       : "in order ";
    const Stage& stage = parts.program.stages[i];
    out += fmt::format("{}  {}\n", how, text_of(parts, stage));
    if (const auto* tail = std::get_if<TailSampleStage>(&stage.node))
      out += explain_policies(*tail);
  }
  return out;
}

Result<Plan, Diagnostic> compile(Program program, const EngineOptions& options) {
  OBS_TRY(auto parts, lay_out(std::move(program), options));
  return Plan(std::move(parts));
}

}  // namespace obs::lang
