#include "libobs/lang/prefilter.h"

#include <algorithm>

#include "libobs/base/text.h"
#include "libobs/lang/expression.h"
#include "libobs/lang/fields.h"

namespace obs::lang {
namespace {

constexpr std::size_t kShortest = 2;

// Fields whose value is not the text of the line: named by number, computed, or spelled otherwise.
bool is_verbatim(const FieldRef& field) {
  if (field.root != FieldRef::Root::kAny) return true;
  switch (find_record_field(field.name).value_or(RecordField::kBody)) {
    case RecordField::kSeverity:
    case RecordField::kSeverityNumber:
    case RecordField::kDate:
    case RecordField::kAge:
    case RecordField::kDuration:
    case RecordField::kDurationMs:
    case RecordField::kTime:
    case RecordField::kObservedTime:
    case RecordField::kStartTime: return false;
    default: return true;
  }
}

const FieldRef* verbatim_field(const Expr& expr) {
  const auto* field = std::get_if<FieldRef>(&expr.node);
  return field != nullptr && is_verbatim(*field) ? field : nullptr;
}

const std::string* text_of(const Expr& expr) {
  const auto* literal = std::get_if<Literal>(&expr.node);
  return literal != nullptr && literal->kind == LiteralKind::kString ? &literal->text : nullptr;
}

// What numbers, words and JSON are printed with may be spelled otherwise in the line.
bool could_be_printed(std::string_view text) {
  constexpr std::string_view kPrinted = "0123456789+-.eENaIinfty truefalsn{}[]\":,$";
  return text.find_first_not_of(kPrinted) == std::string_view::npos;
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
  });
}

std::optional<std::string> of_equality(const FieldRef& field, const std::string& text) {
  if (!is_plain(text) || could_be_printed(text)) return std::nullopt;
  // A line that is no JSON is a body without quotes.
  const bool may_be_bare = field.name == "body";
  return may_be_bare ? text : "\"" + text + "\"";
}

std::optional<std::string> of_part(const std::string& text) {
  if (!is_plain(text) || could_be_printed(text)) return std::nullopt;
  return text;
}

std::optional<std::string> longer(std::optional<std::string> a, std::optional<std::string> b) {
  if (!a) return b;
  if (!b) return a;
  return a->size() >= b->size() ? a : b;
}

std::optional<std::string> find(const Expr& condition, int depth) {
  const auto* operation = std::get_if<Operation>(&condition.node);
  if (operation == nullptr || depth > 200) return std::nullopt;
  const auto& operands = operation->operands;
  if (operation->op == Op::kAnd) {
    return longer(find(*operands[0], depth + 1), find(*operands[1], depth + 1));
  }
  if (operands.size() != 2) return std::nullopt;
  const FieldRef* field = verbatim_field(*operands[0]);
  const std::string* text = text_of(*operands[1]);
  if (field == nullptr || text == nullptr) return std::nullopt;
  switch (operation->op) {
    case Op::kIn:
    case Op::kEqual: return of_equality(*field, *text);
    case Op::kContains:
    case Op::kStartsWith:
    case Op::kEndsWith: return of_part(*text);
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> find_needle(const Expr& condition) {
  auto needle = find(condition, 0);
  if (!needle || needle->size() < kShortest) return std::nullopt;
  return needle;
}

}  // namespace obs::lang
