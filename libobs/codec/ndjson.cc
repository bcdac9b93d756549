#include "libobs/codec/ndjson.h"

#include <algorithm>
#include <map>
#include <utility>

#include "libobs/base/text.h"
#include "libobs/codec/foreign.h"
#include "libobs/codec/json_reader.h"
#include "libobs/codec/json_value.h"
#include "libobs/codec/ndjson_builder.h"
#include "libobs/codec/ndjson_fields.h"
#include "libobs/codec/ndjson_record.h"
#include "libobs/codec/otlp.h"

namespace obs::codec {

using model::Batch;
using model::Signal;

namespace {

constexpr std::string_view kDefaultProject = "default";

// Lines lie one behind the other in chunks of the arena; only the last of a chunk needs padding.
// Chunks grow, so that a decoder that is asked for every line at once stays small.
constexpr std::size_t kFirstChunk = 1 * kKiB;
constexpr std::size_t kLargestChunk = 256 * kKiB;

// How our own encoder begins a record. A line that begins so claims to be one, damaged or not.
constexpr std::string_view kRecordStart = R"({"signal":")";

// What a row takes in columns, about.
constexpr std::size_t kRowBytes = 200;

class LineRoom {
 public:
  // A copy of the line, with the padding a JsonReader wants.
  char* copy(std::string_view line, Arena& arena) {
    const std::size_t needed = line.size() + JsonReader::kPadding;
    if (left_ < needed) {
      chunk_ = std::min(chunk_ * 2, kLargestChunk);
      left_ = std::max(chunk_, needed);
      next_ = arena.allocate_array<char>(left_);
    }
    char* const room = next_;
    line.copy(room, line.size());
    next_ += line.size();
    left_ -= line.size();
    return room;
  }

 private:
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t chunk_ = kFirstChunk / 2;
};

}  // namespace

struct NdjsonDecoder::State final : Builders {
  explicit State(NdjsonOptions given) : options(given) {}

  BatchBuilder& recent(Signal signal) override;
  BatchBuilder& of_project(Signal signal, std::string_view project) override;

  Result<void, ParseError> add(std::string_view line);
  bool start(std::string_view line);
  Result<bool, ParseError> add_object(bool claims_record);
  BatchBuilder& add_foreign(const ForeignLog& log);
  BatchBuilder& add_text(std::string_view line);
  void kept(BatchBuilder& builder);
  std::vector<Batch> take();

  NdjsonOptions options;
  std::shared_ptr<Arena> arena = std::make_shared<Arena>();
  JsonReader json;
  JsonValues records{json, *arena, JsonSpelling::kRecord, {kMaxValueDepth, kMaxItems}};
  JsonValues plain{json, *arena, JsonSpelling::kPlain, {kMaxValueDepth, kMaxItems}};
  LineRoom room;
  std::map<std::pair<Signal, std::string>, BatchBuilder> builders;
  std::array<BatchBuilder*, model::kSignalCount> last_used{};
  std::size_t lines = 0;

  // Of the line under way.
  Timestamp received = 0;
  std::uint64_t repaired = 0;
};

BatchBuilder& NdjsonDecoder::State::recent(Signal signal) {
  BatchBuilder* const last = last_used[static_cast<std::size_t>(signal)];
  return last != nullptr ? *last : of_project(signal, {});
}

BatchBuilder& NdjsonDecoder::State::of_project(Signal signal, std::string_view project) {
  if (project.empty()) project = kDefaultProject;
  BatchBuilder*& last = last_used[static_cast<std::size_t>(signal)];
  if (last != nullptr && last->batch().project == project) return *last;
  std::string name(project);
  auto found = builders.find({signal, name});
  if (found == builders.end()) {
    found = builders.try_emplace({signal, name}, BatchBuilder(signal, name, arena, received)).first;
  }
  last = &found->second;
  return *last;
}

void NdjsonDecoder::State::kept(BatchBuilder& builder) {
  builder.batch().repaired_utf8 += repaired;
  ++lines;
}

// Lays the line out for the reader. What is not UTF-8 in it is mended first.
bool NdjsonDecoder::State::start(std::string_view line) {
  if (json.start(room.copy(line, *arena), line.size())) return true;
  if (is_valid_utf8(line)) return false;
  const std::string mended = repair_utf8(line);
  repaired = 1;
  return json.start(room.copy(mended, *arena), mended.size());
}

Result<void, ParseError> NdjsonDecoder::State::add(std::string_view line) {
  const std::string_view text = trim(line);
  repaired = 0;
  if (text.empty()) return {};
  const bool is_object = text.front() == '{';
  if (is_object || options.strict) {
    const bool claims_record = text.starts_with(kRecordStart);
    if (start(line) && is_object) {
      OBS_TRY(const bool added, add_object(claims_record));
      if (added) return {};
    } else {
      json.skip();
      json.finish();
    }
    if (!json.ok() && (claims_record || options.strict)) return fail(json.error());
  }
  kept(add_text(line));
  return {};
}

// False when it is no JSON after all, or too deep for attributes; the reader says why. Fails on a
// record that is none.
Result<bool, ParseError> NdjsonDecoder::State::add_object(bool claims_record) {
  if (const auto signal = parse_record_signal(json.find_raw("signal"))) {
    LineReader line{json, records, *this, options.trusted, received};
    BatchBuilder* const builder = read_record(line, *signal);
    if (builder == nullptr) return fail(json.error());
    repaired += json.repaired();
    kept(*builder);
    return true;
  }
  const model::Attributes members = plain.attributes();
  if (!json.finish()) return false;
  if (claims_record && !has_foreign_message(members)) {
    return fail(ParseError{Errc::kMalformed, 0, "signal is not log, span or metric"});
  }
  repaired += json.repaired();
  kept(add_foreign(to_foreign_log(members, *arena, received)));
  return true;
}

BatchBuilder& NdjsonDecoder::State::add_foreign(const ForeignLog& log) {
  BatchBuilder& builder = of_project(Signal::kLogs, {});
  LogRow row = log.row;
  row.scope = builder.scope_of_service(log.service);
  append_row(builder.batch().logs, row);
  return builder;
}

BatchBuilder& NdjsonDecoder::State::add_text(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (is_valid_utf8(line)) return add_foreign(to_text_log(arena->copy(line), received));
  repaired = 1;
  return add_foreign(to_text_log(arena->adopt(repair_utf8(line)), received));
}

std::vector<Batch> NdjsonDecoder::State::take() {
  std::vector<Batch> batches;
  for (auto& [name, builder] : builders) {
    if (!builder.empty()) batches.push_back(std::move(builder.batch()));
  }
  builders.clear();
  last_used = {};
  lines = 0;
  room = {};
  arena = std::make_shared<Arena>();
  records.use(*arena);
  plain.use(*arena);
  return batches;
}

NdjsonDecoder::NdjsonDecoder(NdjsonOptions options) : state_(std::make_unique<State>(options)) {}
NdjsonDecoder::~NdjsonDecoder() = default;

Result<void, ParseError> NdjsonDecoder::add_line(std::string_view line, Timestamp received) {
  state_->received = received;
  auto added = state_->add(line);
  // What was mended may be longer than what came.
  if (!added) added.error().offset = std::min(added.error().offset, line.size());
  return added;
}

std::size_t NdjsonDecoder::size() const { return state_->lines; }

std::size_t NdjsonDecoder::bytes() const {
  return state_->arena->bytes() + state_->lines * kRowBytes;
}

std::vector<Batch> NdjsonDecoder::take() { return state_->take(); }

}  // namespace obs::codec
