// Grouping: records into groups, groups into rows. What stats, its windows and top have in common.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libobs/lang/aggregate.h"
#include "libobs/lang/expression.h"
#include "libobs/lang/group_table.h"
#include "libobs/lang/spill_runs.h"
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
  // Takes a row; false: no more are wanted.
  using Row = std::function<bool(std::string_view line)>;

  explicit Grouping(const GroupingSpec& spec);

  // False on an error in an expression; the record then counts where it can.
  bool add(Record& record, Flow& flow);
  // Takes over what another holds; it is empty afterwards.
  Result<void> merge(Grouping& other);
  // Calls row(line) for each group, in the order of their values. `prefix` is put in front of the
  // members, as the window's time is.
  Result<void> each_row(std::string_view prefix, const Row& row);
  // Memory in use, about.
  std::size_t bytes() const;
  // Puts into the file what it takes to come down to so many bytes. each_row() then holds about as
  // many, or a mebibyte.
  Result<void> spill(SpillFile& file, std::size_t bytes);
  bool has_spilt() const { return runs_.has_value(); }

 private:
  void clear();
  Result<void> spill_columns(std::size_t bytes);
  Result<void> put_aside();
  void start_runs(SpillFile& file);
  Result<bool> add_saved(std::string_view record, std::string_view prefix, const Row& row);
  std::vector<std::uint32_t> sorted_groups() const;
  Result<bool> show(const std::vector<std::uint32_t>& groups, std::string_view prefix,
                    const Row& row);
  Result<void> append_row(std::string& out, std::uint32_t group);
  std::uint32_t find(std::string_view key);

  const GroupingSpec& spec_;
  GroupTable table_;
  std::vector<std::unique_ptr<Accumulator>> columns_;
  std::size_t group_bytes_ = 0;
  std::string key_;
  std::string line_;
  // Once it was too much: groups by their keys.
  SpillFile* file_ = nullptr;
  std::optional<SpillRuns> runs_;
  std::size_t most_bytes_ = 0;
};

}  // namespace obs::lang
