// dedup and throttle: at most so much of the same.

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>

#include "libobs/lang/fields.h"
#include "libobs/lang/group_table.h"
#include "libobs/lang/stage.h"

namespace obs::lang {
namespace {

// What a key costs beyond its bytes.
constexpr std::size_t kKeyOverhead = 128;

// The fields that make records the same, as a key; and event time, which never goes back.
class Identity {
 public:
  Identity(const std::vector<FieldRef>& fields, const StageContext& context)
      : now_(context.options.now), time_(context.fields.add({FieldRef::Root::kAny, "time"})) {
    for (const FieldRef& field : fields) fields_.push_back(context.fields.add(field));
  }

  const std::string& key(Record& record) {
    key_.clear();
    for (const std::size_t field : fields_) append_key(key_, record.get(field));
    return key_;
  }
  // The latest time seen; the time at which the program began while there was none.
  Timestamp time(Record& record) {
    if (const auto time = to_time(record.get(time_))) latest_ = std::max(latest_, *time);
    return latest_ == INT64_MIN ? now_ : latest_;
  }

 private:
  Timestamp now_;
  std::size_t time_;
  std::vector<std::size_t> fields_;
  Timestamp latest_ = INT64_MIN;
  std::string key_;
};

// Lets the first of equal records through; when its window is over, the next one that passes says
// in `dedup.count` how many were left out before it.
class Dedup final : public Operator {
 public:
  Dedup(Identity identity, Duration within)
      : identity_(std::move(identity)),
        within_(within),
        count_(plan_field({FieldRef::Root::kAttributes, "dedup.count"})) {}

  void push(Record& record, Flow& flow, std::size_t next) override {
    const Timestamp time = identity_.time(record);
    forget(time, flow);
    const auto [entry, is_new] = seen_.try_emplace(identity_.key(record));
    if (!is_new && time - entry->second.since < within_) {
      ++entry->second.folded;
      ++flow.counters().folded;
      return;
    }
    if (is_new) flow.hold(entry->first.size() + kKeyOverhead, "dedup");
    const std::uint64_t folded = std::exchange(entry->second.folded, 0);
    entry->second.since = time;
    order_.push_back({time, &entry->first});
    if (folded != 0) record.set(count_, Value::integer(static_cast<std::int64_t>(folded)));
    flow.push(record, next);
  }

 private:
  struct Entry {
    Timestamp since = 0;
    std::uint64_t folded = 0;
  };
  struct Begun {
    Timestamp since;
    const std::string* key;  // Nodes of an unordered_map stay where they are.
  };

  // Windows that were over long ago. One that left records out stays, to tell of them.
  void forget(Timestamp now, Flow& flow) {
    while (!order_.empty() && now - order_.front().since >= within_) {
      const auto entry = seen_.find(*order_.front().key);
      const bool is_last = entry != seen_.end() && entry->second.since == order_.front().since;
      if (is_last && entry->second.folded == 0) {
        flow.release(entry->first.size() + kKeyOverhead);
        order_.pop_front();
        seen_.erase(entry);
        continue;
      }
      order_.pop_front();
    }
  }

  Identity identity_;
  Duration within_;
  FieldPlan count_;
  std::unordered_map<std::string, Entry> seen_;
  std::deque<Begun> order_;
};

// A bucket of tokens for each key: one second's worth at most, filled by event time.
class Throttle final : public Operator {
 public:
  Throttle(Identity identity, double per_second)
      : identity_(std::move(identity)), per_second_(per_second) {}

  void push(Record& record, Flow& flow, std::size_t next) override {
    const Timestamp time = identity_.time(record);
    const auto [entry, is_new] = buckets_.try_emplace(identity_.key(record), Bucket{full(), time});
    if (is_new) flow.hold(entry->first.size() + kKeyOverhead, "throttle");
    Bucket& bucket = entry->second;
    const double seconds = static_cast<double>(time - bucket.at) / kSecond;
    bucket.tokens = std::min(full(), bucket.tokens + seconds * per_second_);
    bucket.at = time;
    if (bucket.tokens < 1) {
      ++flow.counters().filtered;
      return;
    }
    bucket.tokens -= 1;
    flow.push(record, next);
  }

 private:
  struct Bucket {
    double tokens = 0;
    Timestamp at = 0;
  };
  double full() const { return std::max(1.0, per_second_); }

  Identity identity_;
  double per_second_;
  std::unordered_map<std::string, Bucket> buckets_;
};

std::vector<FieldRef> usual_identity() {
  std::vector<FieldRef> fields;
  for (const char* name : {"body", "service", "severity"}) {
    fields.push_back(resolve_name(name, false));
  }
  return fields;
}

}  // namespace

std::unique_ptr<Operator> make_dedup(const DedupStage& stage, const StageContext& context) {
  return std::make_unique<Dedup>(Identity(stage.by.empty() ? usual_identity() : stage.by, context),
                                 stage.within);
}

std::unique_ptr<Operator> make_throttle(const ThrottleStage& stage, const StageContext& context) {
  return std::make_unique<Throttle>(Identity(stage.by, context), stage.per_second);
}

}  // namespace obs::lang
