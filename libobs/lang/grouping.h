// Grouping: records into groups, groups into rows. What stats, its windows and top have in common.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libobs/lang/aggregate.h"
#include "libobs/lang/expression.h"
#include "libobs/lang/group_table.h"
#include "libobs/lang/stage.h"

namespace obs::lang {

// What `stats` computes, compiled: shared by all its windows.
struct GroupingSpec {
  struct Column {
    Aggregate aggregate = Aggregate::kCount;
    double quantile = 0;
    ExpressionPtr argument;   // Null: counts records.
    ExpressionPtr condition;  // Null: all records.
    std::string name;         // As a JSON member: "n": with quotes and colon.
  };
  struct Group {
    ExpressionPtr value;
    std::string name;
  };
  std::vector<Column> columns;
  std::vector<Group> groups;
  Duration every = 0;
};
GroupingSpec compile_grouping(const StatsStage& stage, const StageContext& context);
// "name": as a JSON member begins.
std::string to_member(std::string_view name);

// How many records one stands for: what the sampling threshold of its trace state or of its
// attributes says.
double weight_of(Record& record);

class Grouping {
 public:
  explicit Grouping(const GroupingSpec& spec);

  // False on an error in an expression; the record then counts where it can.
  bool add(Record& record, Flow& flow);
  void merge(Grouping& other);
  // Calls row(line) for each group, in the order of their values. `prefix` is put in front of the
  // members, as the window's time is.
  template <class Row>
  void each_row(std::string_view prefix, Row&& row) {
    for (const std::uint32_t group : sorted_groups()) {
      line_.assign(1, '{').append(prefix);
      append_row(line_, group);
      row(std::string_view(line_));
    }
  }
  std::size_t bytes() const;

 private:
  std::vector<std::uint32_t> sorted_groups();
  void append_row(std::string& out, std::uint32_t group);
  std::uint32_t find(std::string_view key);

  const GroupingSpec& spec_;
  GroupTable table_;
  std::vector<std::unique_ptr<Accumulator>> columns_;
  std::size_t group_bytes_ = 0;
  std::string key_;
  std::string line_;
};

}  // namespace obs::lang
