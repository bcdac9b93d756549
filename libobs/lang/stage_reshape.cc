// The stages that keep, drop and change records one at a time.

#include "libobs/lang/stage.h"

namespace obs::lang {
namespace {

class Where final : public Operator {
 public:
  explicit Where(ExpressionPtr condition) : condition_(std::move(condition)) {}
  void push(Record& record, Flow& flow, std::size_t next) override {
    Env env{record};
    const bool kept = condition_->test(env);
    if (env.error != nullptr) ++flow.counters().errors;
    if (kept) return flow.push(record, next);
    ++flow.counters().filtered;
  }

 private:
  ExpressionPtr condition_;
};

// A leading `logs`, `spans` or `metrics`. A foreign line is a log record.
class SignalFilter final : public Operator {
 public:
  SignalFilter(model::Signal wanted, std::size_t field) : wanted_(wanted), field_(field) {}
  void push(Record& record, Flow& flow, std::size_t next) override {
    const Value signal = record.get(field_);
    const std::string_view name = signal.is_string() ? signal.text() : "log";
    if (name == singular()) return flow.push(record, next);
    ++flow.counters().filtered;
  }

 private:
  std::string_view singular() const {
    std::string_view name = model::to_string(wanted_);
    name.remove_suffix(1);
    return name;
  }

  model::Signal wanted_;
  std::size_t field_;
};

class Set final : public Operator {
 public:
  struct Assignment {
    FieldPlan target;
    ExpressionPtr value;
  };
  explicit Set(std::vector<Assignment> assignments) : assignments_(std::move(assignments)) {}
  void push(Record& record, Flow& flow, std::size_t next) override {
    for (const Assignment& assignment : assignments_) {
      Env env{record};
      const Value value = assignment.value->eval(env);
      if (env.error != nullptr) {
        ++flow.counters().errors;
        record.set_error(env.error);
      } else {
        record.set(assignment.target, value);
      }
    }
    flow.push(record, next);
  }

 private:
  std::vector<Assignment> assignments_;
};

class Rename final : public Operator {
 public:
  struct Pair {
    FieldPlan from;
    FieldPlan to;
  };
  explicit Rename(std::vector<Pair> pairs) : pairs_(std::move(pairs)) {}
  void push(Record& record, Flow& flow, std::size_t next) override {
    for (const Pair& pair : pairs_) record.rename(pair.from, pair.to);
    flow.push(record, next);
  }

 private:
  std::vector<Pair> pairs_;
};

class Keep final : public Operator {
 public:
  explicit Keep(std::vector<std::size_t> fields) : fields_(std::move(fields)) {}
  void push(Record& record, Flow& flow, std::size_t next) override {
    record.keep(fields_);
    flow.push(record, next);
  }

 private:
  std::vector<std::size_t> fields_;  // Of the table.
};

class Drop final : public Operator {
 public:
  explicit Drop(std::vector<FieldPlan> fields) : fields_(std::move(fields)) {}
  void push(Record& record, Flow& flow, std::size_t next) override {
    for (const FieldPlan& field : fields_) record.drop(field);
    flow.push(record, next);
  }

 private:
  std::vector<FieldPlan> fields_;
};

// A record for each item of an array; one without an array goes on as it is.
class Unroll final : public Operator {
 public:
  Unroll(FieldPlan plan, std::size_t field) : plan_(std::move(plan)), field_(field) {}
  void push(Record& record, Flow& flow, std::size_t next) override {
    const Value value = record.get(field_);
    const bool is_array = value.kind() == ValueKind::kJson && value.text().starts_with('[');
    if (!is_array) return flow.push(record, next);
    line_.clear();
    record.append_line(line_);
    line_.pop_back();
    items_.assign(value.text());
    ++flow.counters().folded;
    RawWalk walk(to_raw(items_));
    Raw key;
    Raw item;
    while (walk.next(key, item) && !flow.error()) {
      Record& child = flow.spare(line_, next);
      child.set_raw(plan_, item.token());
      ++flow.counters().created;
      flow.push(child, next);
    }
  }

 private:
  FieldPlan plan_;
  std::size_t field_;
  std::string line_;
  std::string items_;
};

class Format final : public Operator {
 public:
  struct Piece {
    std::string text;
    ExpressionPtr value;
  };
  explicit Format(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}
  void push(Record& record, Flow& flow, std::size_t next) override {
    line_.clear();
    Env env{record};
    for (const Piece& piece : pieces_) {
      if (piece.value == nullptr) {
        line_ += piece.text;
      } else {
        append_text(line_, piece.value->eval(env));
      }
    }
    if (env.error != nullptr) ++flow.counters().errors;
    flow.push_line(line_, next);
  }

 private:
  std::vector<Piece> pieces_;
  std::string line_;
};

std::vector<FieldPlan> plan_all(const std::vector<FieldRef>& fields) {
  std::vector<FieldPlan> plans;
  for (const FieldRef& field : fields) plans.push_back(plan_field(field));
  return plans;
}

}  // namespace

std::unique_ptr<Operator> make_where(const WhereStage& stage, const StageContext& context) {
  ExpressionContext expressions = context.expressions();
  return std::make_unique<Where>(compile_expression(*stage.condition, expressions));
}

std::unique_ptr<Operator> make_signal_filter(model::Signal signal, const StageContext& context) {
  return std::make_unique<SignalFilter>(signal,
                                        context.fields.add({FieldRef::Root::kAny, "signal"}));
}

std::unique_ptr<Operator> make_set(const SetStage& stage, const StageContext& context) {
  ExpressionContext expressions = context.expressions();
  std::vector<Set::Assignment> assignments;
  for (const auto& [target, value] : stage.assignments) {
    assignments.push_back({plan_field(target), compile_expression(*value, expressions)});
  }
  return std::make_unique<Set>(std::move(assignments));
}

std::unique_ptr<Operator> make_rename(const RenameStage& stage, const StageContext&) {
  std::vector<Rename::Pair> pairs;
  for (const auto& [from, to] : stage.pairs) pairs.push_back({plan_field(from), plan_field(to)});
  return std::make_unique<Rename>(std::move(pairs));
}

std::unique_ptr<Operator> make_keep(const KeepStage& stage, const StageContext& context) {
  std::vector<std::size_t> fields;
  for (const FieldRef& field : stage.fields) fields.push_back(context.fields.add(field));
  return std::make_unique<Keep>(std::move(fields));
}

std::unique_ptr<Operator> make_drop(const DropStage& stage, const StageContext&) {
  return std::make_unique<Drop>(plan_all(stage.fields));
}

std::unique_ptr<Operator> make_unroll(const UnrollStage& stage, const StageContext& context) {
  return std::make_unique<Unroll>(plan_field(stage.field), context.fields.add(stage.field));
}

std::unique_ptr<Operator> make_format(const FormatStage& stage, const StageContext& context) {
  ExpressionContext expressions = context.expressions();
  std::vector<Format::Piece> pieces;
  for (const auto& piece : stage.pieces) {
    pieces.push_back({piece.text, piece.value == nullptr
                                      ? nullptr
                                      : compile_expression(*piece.value, expressions)});
  }
  return std::make_unique<Format>(std::move(pieces));
}

}  // namespace obs::lang
