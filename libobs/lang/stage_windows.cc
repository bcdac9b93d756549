// stats … every D: windows of event time.
//
// A record belongs to the window [k*D, (k+1)*D) of UTC that its time lies in; one without a time to
// that of the latest time seen. The watermark is that latest time less one window: a window is
// over, and its rows come out, when the watermark has passed its end. A record later than that is
// counted and left out. At the end of the input all windows come out, earliest first.

#include <map>

#include "libobs/lang/grouping.h"

namespace obs::lang {
namespace {

class Windows final : public Operator {
 public:
  Windows(GroupingSpec spec, std::size_t time) : spec_(std::move(spec)), time_(time) {}

  void push(Record& record, Flow& flow, std::size_t next) override {
    const Timestamp time = to_time(record.get(time_)).value_or(latest_);
    const Timestamp begin = floor_to(time);
    ++flow.counters().folded;
    if (begin < closed_before_) {
      ++flow.counters().late;
      return;
    }
    auto& window = windows_[begin];
    const std::size_t before = window ? window->bytes() : 0;
    if (!window) window = std::make_unique<Grouping>(spec_);
    if (!window->add(record, flow)) flow.counters().errors += flow.copies();
    if (!flow.try_hold(window->bytes() - before)) flow.check(put_aside(flow));
    if (time > latest_) {
      latest_ = time;
      close_before(floor_to(latest_ - spec_.every), flow, next);
    }
  }

  void finish(Flow& flow, std::size_t next) override { close_before(INT64_MAX, flow, next); }

 private:
  Timestamp floor_to(Timestamp time) const {
    const Timestamp rest = time % spec_.every;
    return time - (rest < 0 ? rest + spec_.every : rest);
  }

  Result<void> put_aside(Flow& flow) {
    for (auto& [begin, window] : windows_) {
      const std::size_t before = window->bytes();
      OBS_TRY_VOID(window->spill(flow.spill(), before / 2));
      flow.release(before - window->bytes());
    }
    return {};
  }

  void close_before(Timestamp time, Flow& flow, std::size_t next) {
    while (!windows_.empty() && windows_.begin()->first < time) {
      const auto closed = windows_.extract(windows_.begin());
      std::string prefix = "\"time\":\"";
      append_rfc3339(prefix, closed.key());
      prefix += "\",";
      const std::size_t bytes = closed.mapped()->bytes();
      flow.check(closed.mapped()->each_row(prefix, [&](std::string_view line) {
        ++flow.counters().created;
        flow.push_line(line, next);
        return flow.wants_more(next);
      }));
      flow.release(bytes);
    }
    if (time != INT64_MAX) closed_before_ = std::max(closed_before_, time);
  }

  GroupingSpec spec_;
  std::size_t time_;
  std::map<Timestamp, std::unique_ptr<Grouping>> windows_;
  Timestamp latest_ = 0;
  Timestamp closed_before_ = INT64_MIN;
};

}  // namespace

std::unique_ptr<Operator> make_windows(const StatsStage& stage, const StageContext& context) {
  const std::size_t time = context.fields.add({FieldRef::Root::kAny, "time"});
  return std::make_unique<Windows>(compile_grouping(stage, context), time);
}

}  // namespace obs::lang
