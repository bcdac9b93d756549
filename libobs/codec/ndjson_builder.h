// A batch in the making, from lines: resources, scopes and metrics that repeat are interned. For
// the codec's own files.
//
// Lines of one stream say the same of their resource again and again. They are told apart by their
// raw text, unread: what was seen before costs a comparison, and only what is new is decoded.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "libobs/codec/columns.h"
#include "libobs/codec/json_reader.h"
#include "libobs/codec/json_value.h"
#include "libobs/model/batch.h"

namespace obs::codec {

// A member that was passed over and may be read later.
struct RawMember {
  JsonReader::Position at = nullptr;  // nullptr: the line has none.
  std::string_view text;
  std::size_t tokens = 0;
};

// The members that say where a record comes from.
struct RawContext {
  enum Part : std::uint8_t {
    kService,
    kResource,
    kResourceSchemaUrl,
    kResourceDropped,
    kEntityRefs,
    kScope,
    kParts
  };
  std::array<RawMember, kParts> parts;
};

class BatchBuilder {
 public:
  BatchBuilder(model::Signal signal, std::string project, std::shared_ptr<Arena> arena,
               Timestamp received);

  model::Batch& batch() { return batch_; }
  // No record, and no metric without points.
  bool empty() const { return batch_.size() == 0 && batch_.metrics.metrics.empty(); }

  // Passes over the member that is next, quickly if the last line had the same there.
  void pass(JsonReader& json, RawContext::Part part, RawContext& context) const;

  // The scope that a line's context names, made on first use. Failures are the reader's.
  std::uint32_t scope(JsonReader& json, JsonValues& values, const RawContext& context);
  // The scope of a foreign line.
  std::uint32_t scope_of_service(std::string_view service);

  // The metric that is described so, made on first use. `metadata` is read only then.
  std::uint32_t metric(JsonReader& json, JsonValues& values, model::Metric metric,
                       const RawMember& metadata);

 private:
  using Index = std::unordered_map<std::string, std::uint32_t>;

  std::uint32_t resource(JsonReader& json, JsonValues& values, const RawContext& context);
  model::Resource read_resource(JsonReader& json, JsonValues& values, const RawContext& context);
  model::Scope read_scope(JsonReader& json, JsonValues& values, const RawMember& member);
  // The index of the item that `key_` names; `read()` makes it when it is new.
  template <class Item, class Read>
  std::uint32_t intern(JsonReader& json, Index& index, std::vector<Item>& items, Read&& read);
  void remember(const RawContext& context);
  bool is_last(const RawContext& context) const;

  model::Batch batch_;
  Index resources_;
  Index scopes_;
  Index metrics_;
  std::string key_;  // Of the look-up under way.

  // The last line's context.
  struct Last {
    std::string text;
    std::size_t tokens = 0;
  };
  std::array<Last, RawContext::kParts> last_;
  std::uint32_t last_scope_ = 0;
  bool has_last_ = false;
  std::uint32_t last_metric_ = 0;
  std::string last_metric_key_;
};

}  // namespace obs::codec
