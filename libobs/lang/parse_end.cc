#include "libobs/lang/parse_end.h"

#include <type_traits>

namespace obs::lang {

std::string stage_end_habit(const Stage& stage, const Token& next) {
  const bool is_name = next.kind == TokenKind::kName;
  const bool is_field = is_name || next.text == "-";
  const auto hint = [&](const auto& node) -> std::string_view {
    using Node = std::decay_t<decltype(node)>;
    constexpr bool takes_fields = std::is_same_v<Node, KeepStage> ||
                                  std::is_same_v<Node, DropStage> ||
                                  std::is_same_v<Node, SortStage>;
    if constexpr (takes_fields) return is_field ? "; write a comma between fields" : "";
    if constexpr (std::is_same_v<Node, StatsStage>) {
      return is_name ? "; write `as` before the name of a column, a comma between fields" : "";
    }
    if constexpr (std::is_same_v<Node, TopStage>) {
      return is_name ? "; write a comma between fields" : "; write `top 5 F`";
    }
    if constexpr (std::is_same_v<Node, DedupStage>) return is_name ? "; write `dedup by F`" : "";
    if constexpr (std::is_same_v<Node, HeadStage>) return "; write `head 10`";
    if constexpr (std::is_same_v<Node, TailStage>) return "; write `tail 10`";
    if constexpr (std::is_same_v<Node, ParseStage>) {
      return is_name ? "; write `from F` for the field to parse" : "";
    }
    if constexpr (std::is_same_v<Node, UnrollStage>) return "; write a stage for each field";
    if constexpr (std::is_same_v<Node, WhereStage>) {
      return next.text == "," ? "; write `and` or `or`" : "";
    }
    return "";
  };
  return std::string(std::visit(hint, stage.node));
}

}  // namespace obs::lang
