#include "libobs/places/batch_program.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "libobs/base/hash.h"
#include "libobs/codec/ndjson.h"
#include "libobs/lang/field_scan.h"
#include "libobs/lang/fields.h"
#include "libobs/lang/parser.h"

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
                   lang::KeepStage, lang::DropStage, lang::RedactStage, lang::SampleStage>(stage);
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
        "drop, redact and sample; let obs-pipe or obs-query do this one"});
  }
  if (changes_signal(stage)) {
    return fail(lang::Diagnostic{stage.where,
                                 "the signal of a record decides where it is stored, "
                                 "and cannot be changed here"});
  }
  return {};
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

model::BatchId derive_id(const model::BatchId& id, std::size_t index) {
  if (index == 0 || id.is_zero()) return id;
  return {hash128(as_text(id.bytes), index)};
}

// Lines back into batches of the same origin.
void gather(std::string_view lines, const model::Batch& from, Processed& processed) {
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

// Closes the sum: lines that a prefilter passed over are counted nowhere else, and a metric without
// points is a line but no record.
void settle(const lang::Counters& counters, std::size_t records, Processed& processed) {
  std::uint64_t left = records;
  const auto take = [&left](std::uint64_t count) {
    count = std::min(count, left);
    left -= count;
    return count;
  };
  for (const auto& batch : processed.batches) take(batch->size());
  processed.rejected = take(processed.rejected);
  processed.sampled = take(counters.sampled);
  processed.filtered = left;
  processed.errors = counters.errors;
  processed.redacted.found = counters.redacted;
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
  auto plan = lang::compile(std::move(*program), options);
  if (!plan) return refuse(plan.error());
  if (!redactors) return fail(std::move(redactors).error());
  auto made = std::shared_ptr<BatchProgram>(new BatchProgram(std::move(*plan)));
  made->redactors_ = std::move(*redactors);
  return ProgramPtr(std::move(made));
}

Result<Processed> BatchProgram::run(const model::BatchPtr& batch) const {
  if (!redactors_.empty()) return redact(batch);
  std::string lines;
  codec::append_ndjson(lines, *batch);
  const std::size_t size = lines.size();
  lines.append(lang::kScanPadding, '\0');
  std::string out;
  const std::string_view text = std::string_view(lines).substr(0, size);
  OBS_TRY(const lang::Counters counters, run_lane(text, out));
  Processed processed;
  if (out == text) {
    processed.batches.push_back(batch);
  } else {
    gather(out, *batch, processed);
  }
  settle(counters, batch->size(), processed);
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

// What the lane counts is counted from its beginning on.
Result<lang::Counters> BatchProgram::run_lane(std::string_view lines, std::string& out) const {
  auto lane = take_lane();
  const lang::Counters before = lane->counters();
  // One that failed is not used again.
  if (auto done = lane->run(lines, 0, out); !done) return fail(done.error().error);
  lang::Counters counters = lane->counters();
  counters.sampled -= before.sampled;
  counters.errors -= before.errors;
  for (std::size_t i = 0; i < counters.redacted.size(); ++i)
    counters.redacted[i] -= before.redacted[i];
  const std::lock_guard lock(mutex_);
  lanes_.push_back(std::move(lane));
  return counters;
}

std::unique_ptr<lang::Lane> BatchProgram::take_lane() const {
  {
    const std::lock_guard lock(mutex_);
    if (!lanes_.empty()) {
      auto lane = std::move(lanes_.back());
      lanes_.pop_back();
      return lane;
    }
  }
  return std::make_unique<lang::Lane>(plan_);
}

}  // namespace obs::places
