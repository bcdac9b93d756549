#include "libobs/lang/engine.h"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "libobs/codec/json_reader.h"
#include "libobs/lang/layout.h"
#include "libobs/lang/search.h"
#include "libobs/lang/stage.h"

namespace obs::lang {

Counters& Counters::operator+=(const Counters& other) {
  received += other.received;
  sent += other.sent;
  filtered += other.filtered;
  folded += other.folded;
  created += other.created;
  invalid += other.invalid;
  too_long += other.too_long;
  late += other.late;
  sampled += other.sampled;
  for (std::size_t i = 0; i < redacted.size(); ++i) redacted[i] += other.redacted[i];
  errors += other.errors;
  return *this;
}

Counters Counters::operator*(std::uint64_t times) const {
  Counters product = *this;
  for (std::uint64_t* const count :
       {&product.received, &product.sent, &product.filtered, &product.folded, &product.created,
        &product.invalid, &product.too_long, &product.late, &product.sampled, &product.errors}) {
    *count *= times;
  }
  for (std::uint64_t& count : product.redacted) count *= times;
  return product;
}

Plan::Plan(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;
Plan::~Plan() = default;

std::string Plan::explain() const { return explain_layout(*parts_); }
bool Plan::makes_rows() const { return parts_->makes_rows; }
bool Plan::makes_text() const { return parts_->text_from < parts_->program.stages.size(); }
std::vector<std::string> Plan::addresses() const {
  std::vector<std::string> addresses;
  for (const Stage& stage : parts_->program.stages) {
    if (const auto* route = std::get_if<RouteStage>(&stage.node)) {
      addresses.push_back(route->address);
    } else if (const auto* tee = std::get_if<TeeStage>(&stage.node)) {
      addresses.push_back(tee->address);
    }
  }
  return addresses;
}
bool Plan::waits_for_end() const { return parts_->waits_for_end; }

namespace {

// Lanes that gather hold as much as what runs in order, each.
std::size_t share_of_memory(const Plan::Parts& parts, unsigned lanes) {
  return parts.gathers ? parts.options.memory / (lanes + 1) : parts.options.memory;
}

}  // namespace

struct Lane::State {
  State(const Plan& plan, unsigned lanes)
      : parts(plan.parts()),
        fields(parts.options.now),
        operators(make_lane_operators(parts, fields)),
        flow(fields, parts.options, *parts.spill, share_of_memory(parts, lanes)),
        record(fields),
        validates(parts.options.strict || parts.options.skip_invalid) {
    if (parts.needle && !validates) needle.emplace(*parts.needle);
  }

  void begin(std::string_view lines, std::uint64_t chunk);
  Result<void, RunError> run_searching(std::string_view lines);
  Result<void, RunError> run_all(std::string_view lines);
  Result<void, RunError> run_copies(std::string_view lines, std::span<const std::uint64_t> copies);
  Result<void, RunError> run_line(std::string_view line);
  bool is_valid(std::string_view line, ParseError& error);

  const Plan::Parts& parts;
  FieldTable fields;
  Operators operators;
  Flow flow;
  Record record;
  bool validates;
  std::optional<Needle> needle;
  std::size_t line_number = 0;
  codec::JsonReader reader;
  std::string copy;
};

bool Lane::State::is_valid(std::string_view line, ParseError& error) {
  copy.assign(line);
  copy.append(codec::JsonReader::kPadding, '\0');
  if (reader.start(copy.data(), line.size())) reader.skip();
  const bool valid = reader.finish() && reader.ok();
  if (!valid) error = reader.error();
  return valid;
}

Result<void, RunError> Lane::State::run_line(std::string_view line) {
  const auto is_blank = [](std::string_view text) {
    return text.find_first_not_of(" \t\r") == std::string_view::npos;
  };
  ++line_number;
  if (line.empty() || (line.front() <= ' ' && is_blank(line))) return {};
  ++flow.counters().received;
  if (line.size() > parts.options.max_line) {
    ++flow.counters().too_long;
    return {};
  }
  if (validates) {
    ParseError error;
    if (!is_valid(line, error)) {
      ++flow.counters().invalid;
      if (!parts.options.strict) return {};
      return fail(RunError{to_error(error), line_number - 1, error.offset});
    }
  }
  record.reset(line);
  flow.push(record, 0);
  if (flow.error()) return fail(RunError{*flow.error(), RunError::kNoLine, 0});
  return {};
}

Result<void, RunError> Lane::State::run_all(std::string_view lines) {
  static const Needle kSignal{"\"signal\""};
  std::size_t signal = kSignal.find(lines, 0);  // The next one.
  std::size_t begin = 0;
  while (begin < lines.size()) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    if (signal < begin) signal = kSignal.find(lines, begin);
    record.expect_foreign(signal >= end);
    OBS_TRY_VOID(run_line(lines.substr(begin, end - begin)));
    begin = end + 1;
  }
  return {};
}

Result<void, RunError> Lane::State::run_copies(std::string_view lines,
                                               std::span<const std::uint64_t> copies) {
  Counters before = std::exchange(flow.counters(), {});
  for (const std::uint64_t one : copies) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    flow.set_copies(one);
    OBS_TRY_VOID(run_line(lines.substr(0, end)));
    before += std::exchange(flow.counters(), {}) * one;
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  flow.set_copies(1);
  flow.counters() = before;
  return {};
}

// Only lines with a hit are looked at.
Result<void, RunError> Lane::State::run_searching(std::string_view lines) {
  std::size_t at = 0;
  while (at < lines.size()) {
    const std::size_t hit = needle->find(lines, at);
    if (hit == std::string_view::npos) break;
    const void* const before = hit == at ? nullptr : ::memrchr(lines.data() + at, '\n', hit - at);
    const std::size_t begin =
        before == nullptr
            ? at
            : static_cast<std::size_t>(static_cast<const char*>(before) - lines.data()) + 1;
    const std::size_t end = std::min(lines.find('\n', hit), lines.size());
    OBS_TRY_VOID(run_line(lines.substr(begin, end - begin)));
    at = end + 1;
  }
  return {};
}

Lane::Lane(const Plan& plan, unsigned lanes) : state_(std::make_unique<State>(plan, lanes)) {}
Lane::~Lane() = default;
Lane::Lane(Lane&&) noexcept = default;

void Lane::State::begin(std::string_view lines, std::uint64_t chunk) {
  flow.begin_chunk(chunk);
  if (parts.gathers) flow.look_for_weights(lines);
  line_number = 0;
}

Result<void, RunError> Lane::run(std::string_view lines, std::uint64_t chunk, std::string& out) {
  state_->flow.use(state_->operators, out);
  state_->begin(lines, chunk);
  if (state_->needle) return state_->run_searching(lines);
  return state_->run_all(lines);
}

Result<void, RunError> Lane::run(std::string_view lines, std::uint64_t chunk, std::string& out,
                                 std::vector<std::uint64_t>& copies) {
  const std::vector<std::uint64_t> given = std::exchange(copies, {});
  state_->flow.use(state_->operators, out, &copies);
  state_->begin(lines, chunk);
  return state_->run_copies(lines, given);
}

std::size_t Lane::lines_run() const { return state_->line_number; }
const Counters& Lane::counters() const { return state_->flow.counters(); }

struct Finish::State {
  State(const Plan& whole, unsigned lanes)
      : plan(whole),
        parts(plan.parts()),
        fields(parts.options.now),
        operators(make_finish_operators(parts, fields)),
        flow(fields, parts.options, *parts.spill, share_of_memory(parts, lanes)),
        record(fields) {
    record.trust();
  }

  Result<void, RunError> result() const {
    if (flow.error()) return fail(RunError{*flow.error(), RunError::kNoLine, 0});
    return {};
  }

  const Plan& plan;
  const Plan::Parts& parts;
  FieldTable fields;
  Operators operators;
  Flow flow;
  Record record;
  Counters counters;
};

Finish::Finish(const Plan& plan, unsigned lanes) : state_(std::make_unique<State>(plan, lanes)) {}
Finish::~Finish() = default;
Finish::Finish(Finish&&) noexcept = default;

Result<void, RunError> Finish::push(std::string& lines, std::string& out,
                                    std::span<const std::uint64_t> copies) {
  if (state_->operators.empty()) {
    if (out.empty()) {
      out.swap(lines);
    } else {
      out += lines;
    }
    lines.clear();
    return {};
  }
  const std::size_t size = lines.size();
  lines.append(kScanPadding, '\0');
  if (state_->parts.makes_rows) {
    state_->flow.look_for_weights(std::string_view(lines).substr(0, size));
  }
  state_->flow.use(state_->operators, out);
  const std::uint64_t* next = copies.data();
  for (std::size_t at = 0; at < size && !done();) {
    const std::size_t end = std::min(lines.find('\n', at), size);
    state_->record.reset(std::string_view(lines).substr(at, end - at));
    if (!copies.empty()) state_->flow.set_copies(*next++);
    state_->flow.push(state_->record, 0);
    if (state_->flow.error()) break;
    at = end + 1;
  }
  state_->flow.set_copies(1);
  lines.clear();
  return state_->result();
}

bool Finish::done() const {
  for (const auto& one : state_->operators) {
    if (one->is_done()) return true;
    // What gathers until the end has not said its word yet.
    if (state_->parts.waits_for_end) return false;
  }
  return false;
}

Result<void, RunError> Finish::merge(Lane& lane) {
  Counters lane_counters = std::exchange(lane.state_->flow.counters(), {});
  // What a lane sent on to this was not sent out.
  if (!state_->operators.empty()) lane_counters.sent = 0;
  state_->counters += lane_counters;
  if (!state_->parts.gathers) return {};
  state_->operators.front()->merge(*lane.state_->operators.back(), state_->flow);
  return state_->result();
}

// The stages behind the one that gathers are made anew each time: they see its rows as they are
// now.
bool Finish::preview(std::string& out) {
  State now(state_->plan, 1);
  now.flow.use(now.operators, out);
  for (std::size_t i = 0; i < state_->operators.size(); ++i) {
    if (!state_->operators[i]->peek(now.flow, i + 1)) continue;
    while (++i < now.operators.size()) now.operators[i]->finish(now.flow, i + 1);
    return true;
  }
  return false;
}

Result<void, RunError> Finish::finish(std::string& out, const Drain& drain) {
  state_->flow.use(state_->operators, out);
  if (drain) state_->flow.drain_to(&drain);
  for (std::size_t i = 0; i < state_->operators.size(); ++i) {
    state_->operators[i]->finish(state_->flow, i + 1);
    OBS_TRY_VOID(state_->result());
  }
  state_->flow.drain_to(nullptr);
  state_->counters += state_->flow.counters();
  return {};
}

const Counters& Finish::counters() const { return state_->counters; }

}  // namespace obs::lang
