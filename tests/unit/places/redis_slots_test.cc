#include "libobs/places/redis_slots.h"

#include "tests/unit/places/support.h"

namespace obs::places {
namespace {

std::string lines_of(const std::vector<SlotBatch>& parts) {
  std::string out;
  for (const SlotBatch& part : parts) codec::append_ndjson(out, *part.batch);
  return out;
}

std::multiset<std::string> sorted(const std::string& text) {
  std::multiset<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.insert(line);
  return lines;
}

std::multiset<std::string> lines_of(const model::Batch& batch) {
  std::string out;
  codec::append_ndjson(out, batch);
  return sorted(out);
}

TEST_CASE("the parts of a batch say together what it said", "[places][slots]") {
  std::vector<std::string> spans, logs, metrics;
  for (int i = 0; i < 200; ++i) {
    spans.push_back(span_line(i / 3));
    logs.push_back(log_line(fmt::format("b{}", i), fmt::format("host-{}", i % 9)));
    metrics.push_back(metric_line(fmt::format("m{}", i % 50), i));
  }
  for (const auto& lines : {spans, logs, metrics}) {
    const auto batch = make_batch(lines);
    const auto parts = split_by_slot(batch);
    CHECK(parts.size() > 5);
    CHECK(sorted(lines_of(parts)) == lines_of(*batch));
  }
}

TEST_CASE("a metric without points goes along, once", "[places][slots]") {
  std::vector<std::string> lines;
  for (int i = 0; i < 40; ++i) lines.push_back(metric_line(fmt::format("m{}", i), i));
  lines.push_back(R"({"signal":"metric","name":"bare","type":"gauge"})");
  const auto batch = make_batch(lines);
  CHECK(sorted(lines_of(split_by_slot(batch))) == lines_of(*batch));
  CHECK(split_by_slot(make_batch({lines.back()})).size() == 1);
}

TEST_CASE("a trace, a series and the logs of a resource each stay in one slot", "[places][slots]") {
  for (const auto& pair :
       {std::pair{span_line(5), span_line(5)}, std::pair{log_line("a"), log_line("b")},
        std::pair{metric_line("cpu", 1), metric_line("cpu", 2)}}) {
    const auto one = split_by_slot(make_batch({pair.first}));
    const auto other = split_by_slot(make_batch({pair.second}));
    REQUIRE(one.size() == 1);
    REQUIRE(other.size() == 1);
    CHECK(one[0].slot == other[0].slot);
  }
}

TEST_CASE("the order of attributes does not matter to the slot", "[places][slots]") {
  const auto slot = [](const char* attributes) {
    return split_by_slot(make_batch({fmt::format(
        R"({{"signal":"metric","time":"2026-11-22T10:00:00Z","name":"x","type":"gauge","value":1,"attributes":{}}})",
        attributes)}))[0]
        .slot;
  };
  CHECK(slot(R"({"a":1,"b":"2"})") == slot(R"({"b":"2","a":1})"));
}

TEST_CASE("a batch that falls whole into a slot stays itself", "[places][slots]") {
  const auto batch = make_batch({log_line("a"), log_line("b")});
  const auto parts = split_by_slot(batch);
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].batch == batch);
}

TEST_CASE("the parts of a retry have the ids they had, and all differ", "[places][slots]") {
  std::vector<std::string> lines;
  for (int i = 0; i < 100; ++i) lines.push_back(span_line(i));
  const auto batch = make_batch(lines);
  std::set<std::string> ids;
  const auto first = split_by_slot(batch);
  const auto second = split_by_slot(batch);
  REQUIRE(first.size() == second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(first[i].batch->id == second[i].batch->id);
    ids.insert(to_hex(first[i].batch->id));
  }
  CHECK(ids.size() == first.size());
}

// Entries are read by other versions of obs for as long as they lie in a Redis.
TEST_CASE("the slots of known records never change", "[places][slots]") {
  CHECK(split_by_slot(make_batch({span_line(1)}))[0].slot == 15);
  CHECK(split_by_slot(make_batch({log_line("a", "web")}))[0].slot == 39);
  CHECK(split_by_slot(make_batch({metric_line("cpu", 1)}))[0].slot == 30);
  CHECK(slot_key("obs", 7) == "obs:07");
}

TEST_CASE("consumers divide the slots among themselves: each slot once", "[places][slots]") {
  std::vector<std::string> consumers;
  for (int n = 1; n <= 8; ++n) {
    consumers.push_back(fmt::format("host-{}", n));
    std::multiset<int> all;
    for (const std::string& self : consumers) {
      const auto slots = own_slots(self, consumers);
      if (n <= 4) CHECK(slots.size() >= 64u / static_cast<unsigned>(n) / 3);
      all.insert(slots.begin(), slots.end());
    }
    CHECK(all.size() == 64);
    CHECK(std::set<int>(all.begin(), all.end()).size() == 64);
  }
  CHECK(own_slots("stranger", consumers).empty());
}

TEST_CASE("a consumer that goes leaves the others what they had", "[places][slots]") {
  const std::vector<std::string> before = {"a", "b", "c"};
  const std::vector<std::string> after = {"b", "a"};
  for (const char* self : {"a", "b"}) {
    const auto old_slots = own_slots(self, before);
    const auto new_slots = own_slots(self, after);
    CHECK(std::includes(new_slots.begin(), new_slots.end(), old_slots.begin(), old_slots.end()));
  }
}

}  // namespace
}  // namespace obs::places
