// parse: fields out of a text field.

#include "libobs/base/regex.h"
#include "libobs/lang/fields.h"
#include "libobs/lang/pattern.h"
#include "libobs/lang/stage.h"
#include "libobs/lang/text_fields.h"

namespace obs::lang {
namespace {

// Where a parsed name goes, planned once each: programs and formats have few names. Names out of
// data (json, logfmt) are not kept beyond a bound.
class Targets {
 public:
  explicit Targets(std::optional<FieldRef> into) : into_(std::move(into)) {}

  const FieldPlan& find(std::string_view name) {
    for (const auto& [known, plan] : plans_) {
      if (known == name) return plan;
    }
    constexpr std::size_t kMost = 64;
    if (plans_.size() == kMost) plans_.clear();
    return plans_.emplace_back(std::string(name), plan_field(target(name))).second;
  }

 private:
  // `into P` puts every field below P: as attributes P.name.
  FieldRef target(std::string_view name) const {
    if (!into_) return resolve_name(name, false);
    return {into_->root, into_->name + "." + std::string(name)};
  }

  std::optional<FieldRef> into_;
  std::vector<std::pair<std::string, FieldPlan>> plans_;
};

using TextParser = bool (*)(std::string_view, Scratch&, std::vector<TextField>&);

class Parse : public Operator {
 public:
  Parse(const ParseStage& stage, const StageContext& context)
      : from_(context.fields.add(stage.from)), targets_(stage.into) {}

  void push(Record& record, Flow& flow, std::size_t next) final {
    const Value value = record.get(from_);
    const char* const failed = value.is_string() || value.kind() == ValueKind::kJson
                                   ? apply(record, value.text())
                                   : "parse: the field is missing or no text";
    if (failed != nullptr) {
      ++flow.counters().errors;
      record.set_error(failed);
    }
    flow.push(record, next);
  }

 protected:
  // Sets the fields, or says why there are none.
  virtual const char* apply(Record& record, std::string_view text) = 0;
  void set(Record& record, std::string_view name, const Value& value) {
    record.set(targets_.find(name), value);
  }
  Targets& targets() { return targets_; }

 private:
  std::size_t from_;
  Targets targets_;
};

class ParseText final : public Parse {
 public:
  ParseText(const ParseStage& stage, const StageContext& context, TextParser parser,
            const char* failure)
      : Parse(stage, context), parser_(parser), failure_(failure) {}

 private:
  const char* apply(Record& record, std::string_view text) override {
    fields_.clear();
    if (!parser_(text, record.scratch(), fields_)) return failure_;
    for (const TextField& field : fields_) set(record, field.name, field.value);
    return nullptr;
  }

  TextParser parser_;
  const char* failure_;
  std::vector<TextField> fields_;
};

class ParseJson final : public Parse {
 public:
  using Parse::Parse;

 private:
  const char* apply(Record& record, std::string_view text) override {
    const Raw object = to_raw(text);
    if (object.kind != RawKind::kObject) return "parse json: the text is no JSON object";
    RawWalk walk(object);
    Raw key;
    Raw value;
    // The text may be of a member that a change moves: names and values first.
    std::vector<std::pair<std::string, std::string>> members;
    while (walk.next(key, value)) {
      members.emplace_back(unescape(key, record.scratch()), value.token());
    }
    if (walk.malformed()) return "parse json: the text is no JSON object";
    for (const auto& [name, json] : members) record.set_raw(targets().find(name), json);
    return nullptr;
  }
};

class ParseRegex final : public Parse {
 public:
  ParseRegex(const ParseStage& stage, const StageContext& context)
      : Parse(stage, context), regex_(std::move(*Regex::compile(stage.pattern))) {}

 private:
  const char* apply(Record& record, std::string_view text) override {
    const auto groups = regex_.match(text);
    if (groups.empty()) return "parse regex: the text does not match";
    const auto& names = regex_.group_names();
    for (std::size_t i = 1; i < groups.size(); ++i) {
      const bool named = i < names.size() && !names[i].empty();
      if (named && groups[i].data() != nullptr) set(record, names[i], Value::string(groups[i]));
    }
    return nullptr;
  }

  Regex regex_;
};

class ParsePattern final : public Parse {
 public:
  ParsePattern(const ParseStage& stage, const StageContext& context)
      : Parse(stage, context), pattern_(std::move(*compile_pattern(stage.pattern))) {}

 private:
  const char* apply(Record& record, std::string_view text) override {
    if (!match_pattern(pattern_, text, values_)) return "parse pattern: the text does not match";
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const std::string& name = pattern_.holes[i].name;
      if (!name.empty()) set(record, name, Value::string(values_[i]));
    }
    return nullptr;
  }

  Pattern pattern_;
  std::vector<std::string_view> values_;
};

}  // namespace

std::unique_ptr<Operator> make_parse(const ParseStage& stage, const StageContext& context) {
  switch (stage.format) {
    case ParseFormat::kJson: return std::make_unique<ParseJson>(stage, context);
    case ParseFormat::kRegex: return std::make_unique<ParseRegex>(stage, context);
    case ParseFormat::kPattern: return std::make_unique<ParsePattern>(stage, context);
    case ParseFormat::kLogfmt:
      return std::make_unique<ParseText>(stage, context, parse_logfmt,
                                         "parse logfmt: the text has no name=value");
    case ParseFormat::kClf:
      return std::make_unique<ParseText>(stage, context, parse_clf,
                                         "parse clf: the text is no line of an access log");
    case ParseFormat::kSyslog:
      return std::make_unique<ParseText>(stage, context, parse_syslog,
                                         "parse syslog: the text is no syslog message");
  }
  return nullptr;
}

}  // namespace obs::lang
