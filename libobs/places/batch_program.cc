#include "libobs/places/batch_program.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "libobs/base/hash.h"
#include "libobs/codec/ndjson.h"
#include "libobs/lang/fields.h"
#include "libobs/lang/parser.h"
#include "libobs/lang/tail_policies.h"

namespace obs::places {
namespace {

using lang::FieldRef;

// What every record needs to be stored as what it is, and what went wrong with it.
constexpr std::string_view kAlwaysKept[] = {"signal",        "time",    "time_source",
                                            "observed_time", "project", "_error"};

template <class Node, class... Nodes>
bool is_one_of(const lang::Stage& stage) {
  return std::holds_alternative<Node>(stage.node) ||
         (std::holds_alternative<Nodes>(stage.node) || ...);
}

bool is_runnable(const lang::Stage& stage) {
  return is_one_of<lang::WhereStage, lang::ParseStage, lang::SetStage, lang::RenameStage,
                   lang::KeepStage, lang::DropStage, lang::RedactStage, lang::SampleStage,
                   lang::TailSampleStage>(stage);
}

bool changes_signal(const lang::Stage& stage) {
  const FieldRef signal = lang::resolve_name("signal", false);
  if (const auto* set = std::get_if<lang::SetStage>(&stage.node)) {
    return std::any_of(set->assignments.begin(), set->assignments.end(),
                       [&](const auto& assignment) { return assignment.target == signal; });
  }
  if (const auto* rename = std::get_if<lang::RenameStage>(&stage.node)) {
    return std::any_of(rename->pairs.begin(), rename->pairs.end(),
                       [&](const auto& pair) { return pair.from == signal || pair.to == signal; });
  }
  const auto* drop = std::get_if<lang::DropStage>(&stage.node);
  return drop != nullptr &&
         std::find(drop->fields.begin(), drop->fields.end(), signal) != drop->fields.end();
}

Result<void, lang::Diagnostic> check_stage(const lang::Stage& stage) {
  if (!is_runnable(stage)) {
    return fail(lang::Diagnostic{
        stage.where,
        "a receiver runs stages that look at one record alone: where, parse, set, rename, keep, "
        "drop, redact and sample, and one tailsample; let obs-pipe or obs-query do this one"});
  }
  if (changes_signal(stage)) {
    return fail(lang::Diagnostic{stage.where,
                                 "the signal of a record decides where it is stored, "
                                 "and cannot be changed here"});
  }
  return {};
}

bool is_tail(const lang::Stage& stage) { return is_one_of<lang::TailSampleStage>(stage); }

Result<void, lang::Diagnostic> check_tails(const lang::Program& program) {
  const auto& stages = program.stages;
  const auto first = std::find_if(stages.begin(), stages.end(), is_tail);
  const auto second =
      first == stages.end() ? first : std::find_if(first + 1, stages.end(), is_tail);
  if (second == stages.end()) return {};
  return fail(lang::Diagnostic{second->where, "a receiver has one tailsample at most"});
}

void keep_what_is_needed(lang::Program& program) {
  for (lang::Stage& stage : program.stages) {
    auto* keep = std::get_if<lang::KeepStage>(&stage.node);
    if (keep == nullptr) continue;
    for (const std::string_view name : kAlwaysKept) {
      FieldRef field = lang::resolve_name(name, false);
      const bool kept =
          std::find(keep->fields.begin(), keep->fields.end(), field) != keep->fields.end();
      if (!kept) keep->fields.push_back(std::move(field));
    }
  }
}

// What a stage says of a record that it failed on is an attribute where records are stored.
void store_errors(lang::Program& program) {
  const auto& stages = program.stages;
  if (std::none_of(stages.begin(), stages.end(), is_one_of<lang::ParseStage, lang::SetStage>))
    return;
  lang::RenameStage rename;
  rename.pairs.push_back(
      {lang::resolve_name("_error", false), lang::resolve_name("attributes._error", false)});
  const std::size_t end = program.text.size();
  program.stages.push_back({{end, end}, std::move(rename)});
}

Result<lang::Program, lang::Diagnostic> parse_program(std::string_view text) {
  OBS_TRY(lang::Program program, lang::parse(text));
  for (const lang::Stage& stage : program.stages) OBS_TRY_VOID(check_stage(stage));
  OBS_TRY_VOID(check_tails(program));
  keep_what_is_needed(program);
  store_errors(program);
  return program;
}

// Empty unless every stage is `redact`.
Result<std::vector<lang::Redactor>> make_redactors(const lang::Program& program,
                                                   std::string_view key) {
  std::vector<lang::Redactor> redactors;
  const auto& stages = program.stages;
  const bool only = std::all_of(stages.begin(), stages.end(), is_one_of<lang::RedactStage>);
  if (!only || program.table) return redactors;
  for (const lang::Stage& stage : stages) {
    OBS_TRY(auto redactor, lang::Redactor::make(std::get<lang::RedactStage>(stage.node), key));
    redactors.push_back(std::move(redactor));
  }
  return redactors;
}

// A program without its `tailsample`: what stands before it, and what behind.
struct Division {
  lang::Program first;
  lang::Program rest;
  std::optional<TailRules> rules;
};

// What waits is bounded by the keeper.
constexpr std::size_t kTailMemory = std::size_t{512} << 20;

Division divide(lang::Program program) {
  using Part = lang::TailSampleStage::Part;
  Division division{std::move(program), {}, {}};
  auto& stages = division.first.stages;
  const auto tail = std::find_if(stages.begin(), stages.end(), is_tail);
  if (tail == stages.end()) return division;
  auto& met = std::get<lang::TailSampleStage>(tail->node);
  met.part = Part::kMeet;
  division.rules = TailRules{lang::tail_options(met, kTailMemory), met.policies};
  lang::TailSampleStage kept;
  kept.policies = met.policies;
  kept.part = Part::kKeep;
  division.rest.text = division.first.text;
  division.rest.stages.push_back({tail->where, std::move(kept)});
  division.rest.stages.insert(division.rest.stages.end(), std::make_move_iterator(tail + 1),
                              std::make_move_iterator(stages.end()));
  stages.erase(tail + 1, stages.end());
  return division;
}

model::BatchId derive_id(const model::BatchId& id, std::size_t index) {
  if (index == 0 || id.is_zero()) return id;
  return {hash128(as_text(id.bytes), index)};
}

// Takes the records of traces out of the lines; what is left are lines too.
std::string take_undecided(Processed& processed) {
  std::string passed;
  for (std::string_view left = processed.text; !left.empty();) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    const std::string_view line = left.substr(0, end);
    left.remove_prefix(std::min(end + 1, left.size()));
    if (const auto met = lang::parse_met(line)) {
      processed.undecided.push_back({met->trace, met->conditions, met->record});
    } else {
      (passed += line) += '\n';
    }
  }
  return passed;
}

struct Origin {
  model::BatchId id;
  Timestamp received = 0;
  std::uint64_t repaired_utf8 = 0;
};

// Lines back into batches of the same origin.
void gather(std::string_view lines, const Origin& from, Processed& processed) {
  codec::NdjsonDecoder decoder;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    auto added = decoder.add_line(lines.substr(0, end), from.received);
    if (!added && processed.rejected++ == 0) processed.first_rejection = added.error().what;
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  for (model::Batch& batch : decoder.take()) {
    if (batch.size() == 0) continue;
    batch.id = derive_id(from.id, processed.batches.size());
    batch.received = from.received;
    batch.repaired_utf8 = from.repaired_utf8;
    processed.batches.push_back(std::make_shared<const model::Batch>(std::move(batch)));
  }
}

void add(const lang::Counters& counters, Processed& processed) {
  processed.sampled += counters.sampled;
  processed.errors += counters.errors;
  for (std::size_t i = 0; i < counters.redacted.size(); ++i) {
    processed.redacted.found[i] += counters.redacted[i];
  }
}

// Closes the sum: lines that a prefilter passed over are counted nowhere else, and a metric without
// points is a line but no record.
void settle(std::size_t records, Processed& processed) {
  std::uint64_t left = records;
  const auto take = [&left](std::uint64_t count) {
    count = std::min(count, left);
    left -= count;
    return count;
  };
  for (const auto& batch : processed.batches) take(batch->size());
  take(processed.undecided.size());
  processed.rejected = take(processed.rejected);
  processed.sampled = take(processed.sampled);
  processed.filtered = left;
}

}  // namespace

Result<ProgramPtr> BatchProgram::compile(const ProgramText& source) {
  const auto refuse = [&](const lang::Diagnostic& diagnostic) {
    return fail(Errc::kInvalidArgument, lang::render(diagnostic, source.text, source.name));
  };
  auto program = parse_program(source.text);
  if (!program) return refuse(program.error());
  auto redactors = make_redactors(*program, source.redact_key);
  lang::EngineOptions options;
  options.now = system_clock().now();
  options.redact_key = source.redact_key;
  // Receivers have limits of their own; a record they took is not left out here.
  options.max_line = std::numeric_limits<std::size_t>::max();
  Division division = divide(std::move(*program));
  auto plan = lang::compile(std::move(division.first), options);
  if (!plan) return refuse(plan.error());
  if (!redactors) return fail(std::move(redactors).error());
  auto made = std::shared_ptr<BatchProgram>(new BatchProgram());
  made->lanes_.emplace(std::move(*plan));
  made->redactors_ = std::move(*redactors);
  made->rules_ = std::move(division.rules);
  if (!made->rules_) return ProgramPtr(std::move(made));
  auto rest = lang::compile(std::move(division.rest), options);
  if (!rest) return refuse(rest.error());
  made->rest_.emplace(std::move(*rest));
  return ProgramPtr(std::move(made));
}

Result<Processed> BatchProgram::run(const model::BatchPtr& batch) const {
  if (!redactors_.empty()) return redact(batch);
  std::string lines;
  codec::append_ndjson(lines, *batch);
  Processed processed;
  OBS_TRY(const lang::Counters counters, lanes_->run(lines, processed.text));
  add(counters, processed);
  if (rules_) {
    std::string passed = take_undecided(processed);
    std::string out;
    OBS_TRY(const lang::Counters rest, rest_->run(passed, out));
    add(rest, processed);
    gather(out, {batch->id, batch->received, batch->repaired_utf8}, processed);
  } else if (processed.text == lines) {
    processed.batches.push_back(batch);
  } else {
    gather(processed.text, {batch->id, batch->received, batch->repaired_utf8}, processed);
  }
  settle(batch->size(), processed);
  return processed;
}

Result<Processed> BatchProgram::finish(const TailOutput& output, const model::BatchId& id) const {
  Processed processed;
  std::string lines = output.lines;
  std::string out;
  OBS_TRY(const lang::Counters counters, rest_->run(lines, out));
  add(counters, processed);
  gather(out, {id, output.decided}, processed);
  settle(std::accumulate(output.records.begin(), output.records.end(), std::uint64_t{0}),
         processed);
  return processed;
}

Processed BatchProgram::redact(const model::BatchPtr& batch) const {
  Processed processed;
  model::BatchPtr clean = batch;
  for (const lang::Redactor& redactor : redactors_) {
    auto redacted = redactor.redact(*clean, processed.redacted);
    if (redacted) clean = std::make_shared<const model::Batch>(std::move(*redacted));
  }
  processed.batches.push_back(std::move(clean));
  return processed;
}

}  // namespace obs::places
