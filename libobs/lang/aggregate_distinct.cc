// Distinct values: how many, and which.

#include <algorithm>

#include "libobs/base/text.h"
#include "libobs/lang/aggregate_column.h"
#include "libobs/lang/group_table.h"
#include "libobs/lang/spill_segment.h"

namespace obs::lang {
namespace {

struct Hashes {
  HashSet set;
  std::vector<SpillSegment> aside;  // Sorted, without doubles in each.
};

class Distinct final : public Column<Hashes> {
 public:
  void add(std::uint32_t group, const Sample& sample) override {
    if (is_absent(sample.value)) return;
    key_.clear();
    append_key(key_, sample.value);
    HashSet& set = states_[group].set;
    held_ -= set.bytes();
    set.add(key_);
    held_ += set.bytes();
  }
  void merge(std::uint32_t group, Accumulator& other, std::uint32_t other_group) override {
    const Hashes& more = state_of(other, other_group);
    HashSet& set = states_[group].set;
    held_ -= set.bytes();
    set.add_all(more.set);
    held_ += set.bytes();
    add_segments(group, more.aside);
    if (!more.aside.empty()) file_ = static_cast<Distinct&>(other).file_;
  }
  void save(std::string& out, std::uint32_t group) const override {
    append_items(out, states_[group].set.hashes());
    append_items(out, states_[group].aside);
    append_plain(out, file_);
  }
  void load(std::uint32_t group, std::string_view& bytes) override {
    HashSet& set = states_[group].set;
    held_ -= set.bytes();
    for (const auto& hash : take_items<HashSet::Hash>(bytes)) set.add(hash);
    held_ += set.bytes();
    add_segments(group, take_items<SpillSegment>(bytes));
    if (SpillFile* const file = take_plain<SpillFile*>(bytes)) file_ = file;
  }
  Result<void> spill(SpillFile& file) override {
    file_ = &file;
    for (std::uint32_t group = 0; group < states_.size(); ++group) {
      if (states_[group].set.size() >= kLeastAside) OBS_TRY_VOID(put_aside(group));
    }
    return {};
  }
  Result<void> append_result(std::string& out, std::uint32_t group) override {
    Hashes& state = states_[group];
    if (state.aside.empty()) {
      append_uint(out, state.set.size());
      return {};
    }
    OBS_TRY_VOID(put_aside(group));
    OBS_TRY(const std::uint64_t count, count_distinct<HashSet::Hash>(*file_, state.aside));
    append_uint(out, count);
    return {};
  }

 private:
  Result<void> put_aside(std::uint32_t group) {
    Hashes& state = states_[group];
    std::vector<HashSet::Hash> hashes = state.set.hashes();
    std::sort(hashes.begin(), hashes.end());
    OBS_TRY(const SpillSegment segment, write_segment<HashSet::Hash>(*file_, hashes));
    held_ -= state.set.bytes();
    state.set = {};
    add_segments(group, {segment});
    return {};
  }
  void add_segments(std::uint32_t group, const std::vector<SpillSegment>& segments) {
    auto& aside = states_[group].aside;
    aside.insert(aside.end(), segments.begin(), segments.end());
    held_ += segments.size() * sizeof(SpillSegment);
  }

  SpillFile* file_ = nullptr;  // Where something was put aside.
  std::string key_;
};

// The distinct values, in the order of sort.
class Values final : public Column<std::unique_ptr<GroupTable>> {
 public:
  void add(std::uint32_t group, const Sample& sample) override {
    if (is_absent(sample.value)) return;
    key_.clear();
    append_key(key_, sample.value);
    add_key(group, key_);
  }
  void merge(std::uint32_t group, Accumulator& other, std::uint32_t other_group) override {
    const auto& more = state_of(other, other_group);
    if (!more) return;
    for (std::uint32_t i = 0; i < more->size(); ++i) add_key(group, more->key(i));
  }
  void save(std::string& out, std::uint32_t group) const override {
    const auto& table = states_[group];
    const std::uint32_t size = table ? static_cast<std::uint32_t>(table->size()) : 0;
    append_plain(out, size);
    for (std::uint32_t i = 0; i < size; ++i) append_sized(out, table->key(i));
  }
  void load(std::uint32_t group, std::string_view& bytes) override {
    for (auto left = take_plain<std::uint32_t>(bytes); left > 0; --left) {
      add_key(group, take_sized(bytes));
    }
  }
  Result<void> append_result(std::string& out, std::uint32_t group) override {
    std::vector<Value> values;
    const auto& table = states_[group];
    for (std::uint32_t i = 0; table && i < table->size(); ++i) {
      std::string_view key = table->key(i);
      values.push_back(take_key(key));
    }
    std::sort(values.begin(), values.end(),
              [](const Value& a, const Value& b) { return order(a, b) < 0; });
    out += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0) out += ',';
      append_json(out, values[i]);
    }
    out += ']';
    return {};
  }

 private:
  void add_key(std::uint32_t group, std::string_view key) {
    auto& table = states_[group];
    if (!table) table = std::make_unique<GroupTable>();
    held_ -= table->bytes();
    table->find(key);
    held_ += table->bytes();
  }

  std::string key_;
};

}  // namespace

std::unique_ptr<Accumulator> make_distinct() { return std::make_unique<Distinct>(); }
std::unique_ptr<Accumulator> make_values() { return std::make_unique<Values>(); }

}  // namespace obs::lang
