// Values out of a JsonReader, in the spellings of json.h.

#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/codec/json_reader.h"
#include "libobs/model/value.h"

namespace obs::codec {

enum class JsonSpelling {
  kPlain,   // null is kEmpty.
  kRecord,  // Dollar forms are resolved; null as a map's value is kNone.
};

// Reads Values. Text stays where the reader's document is; arrays and maps go into the arena.
class JsonValues {
 public:
  // Beyond these it fails with kLimitExceeded.
  struct Limits {
    int depth = JsonReader::kMaxDepth;
    std::size_t items = SIZE_MAX;  // Of the arrays and objects that are open at a time.
    // Arrays and objects with room for nothing more become their JSON text instead of a failure.
    bool deeper_as_text = false;
    // Items for which there is no room are left out, and take_left_out() says so, instead of a
    // failure: for documents of many records, of which only one is to be refused.
    bool leaves_out = false;
  };

  // The arena outlives the object, or its use.
  JsonValues(JsonReader& reader, Arena& arena, JsonSpelling spelling, Limits limits)
      : reader_(reader), arena_(&arena), spelling_(spelling), limits_(limits) {}

  void use(Arena& arena) { arena_ = &arena; }

  // The value that is next. After a failure (reader.ok() is false) it is kNone.
  model::Value value() { return value(1); }
  // The members of the object that is next, as attributes.
  model::Attributes attributes() { return members(0).entries; }

  // Whether items were left out since it was asked last.
  bool take_left_out() { return std::exchange(left_out_, false); }

 private:
  struct Members {
    model::Attributes entries;
    bool dollar = false;  // It has one member, and its key is one of the dollar forms.
  };

  model::Value value(int depth);
  model::Value deeper();
  model::Value array(int depth);
  model::Value map(int depth);
  model::Value number();
  Members members(int depth);
  model::Value resolve(const model::KeyValue& form);
  template <class Item>
  void push(std::vector<Item>& open, const Item& item);

  JsonReader& reader_;
  Arena* arena_;
  JsonSpelling spelling_;
  Limits limits_;
  bool left_out_ = false;
  // Items of the arrays and objects that are open, innermost last.
  std::vector<model::Value> items_;
  std::vector<model::KeyValue> entries_;
};

// What {"$double":"…"} may say: "NaN", "Infinity", "-Infinity", or "NaN:" and the sixteen hex
// digits of a NaN that is not the usual one.
bool parse_special_double(std::string_view text, double& out);
// Appends the form, for a double that is not finite.
void append_special_double(std::string& out, double value);

}  // namespace obs::codec
