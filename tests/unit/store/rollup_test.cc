// Rollups of spans: exact whatever comes first, whatever is merged, rewritten or started anew.

#include "libobs/store/rollup.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/codec/otlp.h"
#include "libobs/store/edges.h"
#include "libobs/store/rollup_sql.h"
#include "libobs/store/sqlite.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

using Kind = Session::RollupKind;

struct TestSpan {
  std::uint64_t trace = 0;
  std::uint64_t id = 0;
  std::uint64_t parent = 0;
  std::string service;
  std::string name;
  Timestamp time = kNoon;
  Duration duration = kMillisecond;
  bool failed = false;
  std::string trace_state = {};
  std::int32_t kind = 2;
  std::vector<std::pair<std::string, std::string>> attributes = {};
};

template <class Id>
Id to_id(std::uint64_t number) {
  Id id;
  std::memcpy(id.bytes.data(), &number, sizeof(number));
  return id;
}

void add_span(model::Batch& batch, const TestSpan& span) {
  model::SpanColumns& spans = batch.spans;
  spans.time.push_back(span.time);
  spans.time_source.push_back(model::TimeSource::kSender);
  spans.duration.push_back(span.duration);
  spans.scope.push_back(0);
  spans.trace_id.push_back(to_id<model::TraceId>(span.trace));
  spans.span_id.push_back(to_id<model::SpanId>(span.id));
  spans.parent_span_id.push_back(to_id<model::SpanId>(span.parent));
  spans.name.push_back(batch.arena->copy(span.name));
  spans.kind.push_back(span.kind);
  spans.status_code.push_back(span.failed ? 2 : 0);
  spans.status_message.emplace_back();
  spans.trace_state.push_back(batch.arena->copy(span.trace_state));
  spans.flags.push_back(0);
  std::vector<model::KeyValue> attributes;
  for (const auto& [key, value] : span.attributes) {
    attributes.push_back({batch.arena->copy(key), model::Value::string(batch.arena->copy(value))});
  }
  spans.attributes.push_back(batch.arena->copy_array(std::span<const model::KeyValue>(attributes)));
  spans.events.emplace_back();
  spans.links.emplace_back();
  spans.dropped_attributes_count.push_back(0);
  spans.dropped_events_count.push_back(0);
  spans.dropped_links_count.push_back(0);
}

// Spans of one service.
model::BatchPtr make_spans(const std::vector<TestSpan>& spans) {
  model::Batch batch;
  batch.signal = model::Signal::kSpans;
  batch.received = kNoon;
  model::KeyValue service[] = {
      {"service.name", model::Value::string(batch.arena->copy(spans.front().service))}};
  model::Resource resource;
  resource.attributes = batch.arena->copy_array(std::span<const model::KeyValue>(service));
  resource.service = model::find_service(resource.attributes);
  batch.resources.push_back(resource);
  batch.scopes.emplace_back();
  for (const TestSpan& span : spans) add_span(batch, span);
  auto decoded = codec::decode_otlp_protobuf(model::Signal::kSpans,
                                             codec::encode_otlp_protobuf(batch), batch.received);
  REQUIRE(decoded);
  model::assign_id(decoded->batch, decoded->batch.wire);
  return std::make_shared<const model::Batch>(std::move(decoded->batch));
}

// Some of them say who is at the other side, which may be a service after all.
void add_peer(TestSpan& span, std::mt19937& random) {
  span.kind = 2 + static_cast<std::int32_t>(random() % 4);
  switch (random() % 4) {
    case 0: span.attributes = {{"peer.service", fmt::format("service-{}", random() % 6)}}; return;
    case 1: span.attributes = {{"server.address", "api.example"}, {"http.route", "/"}}; return;
    case 2: span.attributes = {{"db.system.name", "redis"}, {"server.address", "db-1"}}; return;
    default: span.attributes = {{"messaging.destination.name", "orders"}};
  }
}

// Traces of a few spans each over some services, in no order.
std::vector<TestSpan> make_traces(std::uint64_t first, std::size_t traces, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<TestSpan> spans;
  for (std::uint64_t trace = first; trace < first + traces; ++trace) {
    for (std::uint64_t i = 1; i <= 5; ++i) {
      TestSpan span{trace,
                    trace * 100 + i,
                    0,
                    fmt::format("service-{}", random() % 4),
                    fmt::format("GET /{}", random() % 3),
                    kNoon,
                    0,
                    false,
                    {}};
      add_peer(span, random);
      if (i > 1) span.parent = trace * 100 + 1 + random() % (i - 1);
      span.time = kNoon + static_cast<Timestamp>(random() % 300) * kSecond;
      span.duration = 1 + random() % 1'000'000'000;
      span.failed = random() % 10 == 0;
      if (trace % 3 == 0) span.trace_state = "ot=th:c";
      spans.push_back(std::move(span));
    }
  }
  std::shuffle(spans.begin(), spans.end(), random);
  return spans;
}

void write_each(Writer& writer, std::span<const TestSpan> spans) {
  for (const TestSpan& span : spans) REQUIRE(write_and_wait(writer, make_spans({span})));
}

// What the store says is what its spans say, counted all at once.
void check_exact(const std::string& dir) {
  auto session = Session::open(system_fs(), dir, {1, "", ""});
  REQUIRE(session);
  REQUIRE((*session)->refresh());
  Connection& connection = (*session)->connection();
  const auto metrics = (*session)->rollup(Kind::kSpanMetrics);
  const auto edges = (*session)->rollup(Kind::kEdges);
  REQUIRE(metrics);
  REQUIRE(edges);
  const auto plain_metrics = count_span_metrics(connection, "spans");
  const auto plain_edges = count_edges(connection, "spans", "spans");
  REQUIRE(plain_metrics);
  REQUIRE(plain_edges);
  CHECK(metrics->rows() == plain_metrics->rows());
  CHECK(edges->rows() == settle_answers(*plain_edges).rows());
}

std::uint64_t count_blobs(const std::string& dir) {
  auto catalog = Sqlite::open(dir + "/catalog.sqlite", Sqlite::Mode::kRead);
  REQUIRE(catalog);
  return static_cast<std::uint64_t>(*catalog->query_integer(
      "SELECT count(*) FROM part_blobs WHERE kind IN ('span_metrics', 'edges')"));
}

}  // namespace

TEST_CASE("a sampled span stands for as many as its threshold says", "[store][rollup]") {
  struct {
    const char* state;
    double weight;
  } const cases[] = {
      {"", 1},
      {"ot=th:0", 1},
      {"ot=th:8", 2},
      {"ot=th:c", 4},
      {"ot=th:f", 16},
      {"a=b, ot=rv:1;th:8", 2},
      {"ot=rv:1", 1},
      {"ot=th:", 1},
      {"ot=th:xyz", 1},
      {"ot=th:ffffffffffffff", 16'777'216},
      {"ot=th:123456789abcdef", 1},
      {"notot=th:8", 1},
  };
  for (const auto& one : cases) {
    INFO(one.state);
    CHECK(static_cast<double>(span_weight(one.state)) == one.weight * kRollupUnit);
  }
}

TEST_CASE("quantiles of durations are right within nine percent", "[store][rollup]") {
  RollupCell cell;
  std::vector<Duration> durations;
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) durations.push_back(1'000 + random() % 50'000'000);
  for (const Duration duration : durations) {
    cell.add(kRollupUnit, false, duration_bucket(duration));
  }
  std::sort(durations.begin(), durations.end());
  for (const double q : {0.01, 0.5, 0.9, 0.99}) {
    const auto exact = static_cast<double>(durations[static_cast<std::size_t>(q * 20'000) - 1]);
    CHECK(cell.quantile(q) == Approx(exact).epsilon(0.095));
  }
  CHECK(duration_bucket(0) == 0);
  CHECK(duration_bucket(-5) == 0);
  CHECK(RollupCell{}.quantile(0.5) == 0);
}

TEST_CASE("keys beyond the limit are counted together, and the limit holds", "[store][rollup]") {
  Rollup rollup(100);
  for (int i = 0; i < 10'000; ++i) {
    rollup.at({"default", {fmt::format("s{}", i % 500), fmt::format("GET /{}", i), "", ""}})[0].add(
        kRollupUnit, false, 0);
  }
  CHECK(rollup.rows().size() <= 152);
  std::uint64_t calls = 0;
  for (const auto& [key, minutes] : rollup.rows()) calls += minutes.at(0).calls;
  CHECK(calls == 10'000 * kRollupUnit);
}

TEST_CASE("a rollup's bytes come back as they were, and damaged ones are refused",
          "[store][rollup]") {
  Rollup rollup;
  std::mt19937_64 random(3);
  for (int i = 0; i < 500; ++i) {
    const RollupKey key{i % 2 == 0 ? "default" : "other",
                        {fmt::format("s{}", i % 5), fmt::format("n{}", i % 7), "server", "ok"}};
    rollup.at(key)[static_cast<std::int64_t>(random() % 100) - 50].add(
        random() >> 40, i % 3 == 0, static_cast<std::int32_t>(random() % 200));
  }
  const std::string bytes = encode_rollup(rollup);
  const auto decoded = decode_rollup(bytes);
  REQUIRE(decoded);
  CHECK(decoded->rows() == rollup.rows());
  for (std::size_t cut = 0; cut < bytes.size(); cut += 7) {
    CHECK_FALSE(decode_rollup(std::string_view(bytes).substr(0, cut)));
  }
  for (std::size_t i = 1; i < bytes.size(); i += 11) {
    std::string bad = bytes;
    bad[i] ^= 4;
    CHECK_FALSE(decode_rollup(bad));
  }
  std::string later = bytes;
  later[0] = 2;
  CHECK(decode_rollup(later).error().code == Errc::kUnsupported);
  CHECK(decode_rollup(encode_rollup(Rollup()))->empty());
}

TEST_CASE("an edge is found whichever of its spans comes first, and once", "[store][rollup]") {
  EdgeTracker tracker;
  const std::uint32_t shop = tracker.origin("default", "shop");
  const std::uint32_t bank = tracker.origin("default", "bank");
  const auto span = [](std::uint64_t id, std::uint64_t parent, std::uint32_t origin) {
    return LinkedSpan{id, parent, origin, 0, 0, kRollupUnit, 0, false};
  };
  const auto flush = [&](std::vector<LinkedSpan> spans) {
    std::uint64_t calls = 0;
    (void)tracker.find(spans, 1);  // A flush that failed changes nothing.
    const Rollup rollup = tracker.find(spans, 1).at(0);
    for (const auto& [key, minutes] : rollup.rows()) {
      for (const auto& [minute, cell] : minutes) calls += cell.calls;
    }
    tracker.adopt(spans);
    return calls / kRollupUnit;
  };
  CHECK(flush({span(1, 0, shop), span(2, 1, bank)}) == 1);  // Together, in order,
  CHECK(flush({span(4, 3, bank), span(3, 0, shop)}) == 1);  // or not;
  CHECK(flush({span(5, 1, bank), span(6, 1, bank)}) == 2);  // the parent before,
  CHECK(flush({span(8, 7, bank), span(9, 7, bank)}) == 0);  // or after.
  CHECK(flush({span(7, 0, shop)}) == 2);
  CHECK(flush({span(10, 1, shop)}) == 0);  // Within a service.
  CHECK(flush({span(11, 1, 0)}) == 0);     // Of no service.
}

TEST_CASE("who is called and sends no spans is a node by the name that the caller gives it",
          "[store][rollup]") {
  using Attributes = std::vector<std::pair<std::string, std::string>>;
  struct {
    std::int32_t kind;
    Attributes attributes;
    PeerKind peer;
    const char* name;
  } const cases[] = {
      {3, {{"db.system.name", "postgresql"}}, PeerKind::kDatabase, "postgresql"},
      {3, {{"db.name", "shop"}, {"db.system", "mysql"}}, PeerKind::kDatabase, "mysql:shop"},
      {3, {{"db.system", "redis"}, {"peer.service", "cache"}}, PeerKind::kDatabase, "cache"},
      {4, {{"messaging.destination.name", "orders"}}, PeerKind::kQueueOut, "orders"},
      {5,
       {{"messaging.system", "kafka"}, {"messaging.destination", "orders"}},
       PeerKind::kQueueIn,
       "kafka:orders"},
      {3, {{"peer.service", "bank"}, {"server.address", "b1"}}, PeerKind::kExternal, "bank"},
      {3, {{"net.peer.name", "old"}, {"server.address", "new"}}, PeerKind::kExternal, "new"},
      {3, {}, PeerKind::kNone, ""},
      {3, {{"server.address", std::string(1000, 'x')}}, PeerKind::kNone, ""},
      {2, {{"server.address", "myself"}}, PeerKind::kNone, ""},
      {1, {{"db.system", "sqlite"}}, PeerKind::kNone, ""},
      {4, {{"server.address", "broker"}}, PeerKind::kNone, ""},
  };
  for (const auto& one : cases) {
    std::vector<model::KeyValue> attributes;
    for (const auto& [key, value] : one.attributes) {
      attributes.push_back({key, model::Value::string(value)});
    }
    const Peer peer = find_peer(one.kind, find_peer_texts(attributes));
    INFO(one.name);
    CHECK(peer.kind == one.peer);
    CHECK(peer.name == one.name);
  }
}

TEST_CASE("a peer that turns out to be a service is an edge once, whoever comes first",
          "[store][rollup]") {
  EdgeTracker tracker;
  const std::uint32_t shop = tracker.origin("default", "shop");
  const std::uint32_t bank = tracker.origin("default", "bank");
  const auto client = [&](std::uint64_t id) {
    LinkedSpan span{id, 0, shop, 0, 0, kRollupUnit, 0, false};
    span.peer_kind = PeerKind::kExternal;
    span.peer = tracker.peer("default", "bank.example");
    return span;
  };
  const auto server = [&](std::uint64_t id, std::uint64_t parent) {
    return LinkedSpan{id, parent, bank, 0, 0, kRollupUnit, 0, false};
  };
  Rollup all;
  const auto flush = [&](std::vector<LinkedSpan> spans) {
    all.add(tracker.find(spans, 1).at(0));
    tracker.adopt(spans);
  };
  const auto calls_of = [&](const char* callee) {
    std::uint64_t calls = 0;
    const Rollup settled = settle_answers(all);
    for (const auto& [key, minutes] : settled.rows()) {
      if (key.labels[1] == callee) calls += minutes.at(0).calls;
    }
    return calls / kRollupUnit;
  };
  flush({client(1)});
  CHECK(calls_of("bank.example") == 1);  // Nobody answered so far.
  flush({server(2, 1)});
  CHECK(calls_of("bank.example") == 0);
  CHECK(calls_of("bank") == 1);
  flush({server(3, 1)});  // Another answer takes nothing away.
  flush({client(4), server(5, 4), server(6, 4)});
  flush({server(8, 7)});
  flush({client(7)});
  flush({server(9, 7)});
  CHECK(calls_of("bank.example") == 0);
  CHECK(calls_of("bank") == 6);
  flush({client(10)});
  CHECK(calls_of("bank.example") == 1);
}

TEST_CASE("services that call each other in a circle have an edge each way", "[store][rollup]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  std::vector<TestSpan> spans;
  const std::string names[] = {"a", "b", "c"};
  for (std::uint64_t i = 0; i < 6; ++i) spans.push_back({1, i + 1, i, names[i % 3], "call"});
  write_each(*writer, spans);
  REQUIRE(writer->flush());
  auto session = Session::open(system_fs(), dir / "data", {1, "", ""});
  REQUIRE(session);
  REQUIRE((*session)->refresh());
  const auto edges = (*session)->rollup(Kind::kEdges);
  REQUIRE(edges);
  std::string found;
  for (const auto& [key, minutes] : edges->rows()) {
    found += fmt::format("{}>{}:{} ", key.labels[0], key.labels[1],
                         minutes.begin()->second.calls / kRollupUnit);
  }
  CHECK(found == "a>b:2 b>c:2 c>a:1 ");
}

TEST_CASE("the table of edges has peers, and of external ones what nobody answered",
          "[store][rollup]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  std::vector<TestSpan> spans = {{1, 1, 0, "shop", "pay"},   {1, 2, 1, "shop", "pay"},
                                 {1, 3, 2, "bank", "pay"},   {2, 4, 0, "shop", "mail"},
                                 {2, 5, 0, "shop", "query"}, {2, 6, 0, "shop", "send"},
                                 {2, 7, 0, "post", "take"}};
  spans[1].kind = spans[3].kind = spans[4].kind = 3;
  spans[5].kind = 4;
  spans[6].kind = 5;
  spans[1].attributes = spans[3].attributes = {{"server.address", "example.com"}};
  spans[4].attributes = {{"db.system.name", "postgresql"}, {"db.namespace", "shop"}};
  spans[5].attributes = spans[6].attributes = {{"messaging.destination.name", "mails"}};
  const auto edges = [&] {
    auto session = Session::open(system_fs(), dir / "data", {1, "", ""});
    REQUIRE(session);
    REQUIRE((*session)->refresh());
    REQUIRE((*session)->make_count_view(CountTable::kEdges, {}));
    return ask(
        (*session)->connection(),
        "SELECT concat_ws(' ', caller, callee, sum(calls)::BIGINT) FROM edges GROUP BY caller, "
        "callee ORDER BY 1");
  };
  const std::string_view expected =
      "\"mails post 1\"\n\"shop bank 1\"\n\"shop example.com 1\"\n\"shop mails 1\"\n"
      "\"shop postgresql:shop 1\"\n";
  write_each(*writer, std::span(spans).first(2));
  CHECK(edges() == "\"shop example.com 1\"\n");
  REQUIRE(writer->flush());  // The call is answered in another part.
  write_each(*writer, std::span(spans).subspan(2));
  CHECK(edges() == expected);
  REQUIRE(writer->flush());
  CHECK(edges() == expected);
}

TEST_CASE("what the tracker remembers is bounded", "[store][rollup]") {
  EdgeTracker tracker(100);
  const std::uint32_t shop = tracker.origin("default", "shop");
  const std::uint32_t bank = tracker.origin("default", "bank");
  std::vector<LinkedSpan> spans;
  for (std::uint64_t i = 1; i <= 1000; ++i) spans.push_back({i, i + 5000, shop, 0, 0, 1, 0, false});
  tracker.adopt(spans);
  const std::vector<LinkedSpan> children{{9001, 1, bank, 0, 0, 1, 0, false},
                                         {9002, 1000, bank, 0, 0, 1, 0, false}};
  const auto rollup = tracker.find(children, 1).at(0);
  REQUIRE(rollup.rows().size() == 1);
  CHECK(rollup.rows().begin()->second.at(0).calls == 1);  // Of the two parents one is forgotten.
}

TEST_CASE("rollups are exact in the WAL, in parts, after a restart and after a merge",
          "[store][rollup]") {
  TemporaryDir dir;
  const std::string data = dir / "data";
  const auto spans = make_traces(1, 40, 1);
  const std::span<const TestSpan> all(spans);
  {
    Registry registry;
    auto writer = open_writer(data, registry);
    write_each(*writer, all.first(60));
    check_exact(data);  // All of it in the WAL.
    REQUIRE(writer->flush());
    check_exact(data);
    write_each(*writer, all.subspan(60, 60));
    check_exact(data);  // Some here, some there.
    REQUIRE(writer->close());
  }
  {
    Registry registry;
    auto writer = open_writer(data, registry);  // Which remembers nothing by itself.
    write_each(*writer, all.subspan(120));
    REQUIRE(writer->close());
    check_exact(data);
  }
  CHECK(count_blobs(data) == 6);
  WriterOptions options = manual_options();
  options.merge_parts = 2;
  Registry registry;
  auto merging = open_writer(data, registry, options);
  wait_until([&] { return list_parts(data + "/spans").size() == 1; });
  check_exact(data);
  CHECK(count_blobs(data) == 2);
}

TEST_CASE("parts without rollups are counted from their spans, and get some", "[store][rollup]") {
  TemporaryDir dir;
  const std::string data = dir / "data";
  {
    Registry registry;
    auto writer = open_writer(data, registry);
    const auto spans = make_traces(1, 30, 2);
    write_each(*writer, std::span(spans).first(70));
    REQUIRE(writer->flush());
    write_each(*writer, std::span(spans).subspan(70));
    REQUIRE(writer->close());
  }
  {
    auto catalog = Sqlite::open(data + "/catalog.sqlite", Sqlite::Mode::kWrite);
    REQUIRE(catalog);
    REQUIRE(catalog->execute("DELETE FROM part_blobs WHERE kind <> 'hashes'"));
  }
  check_exact(data);
  Registry registry;
  auto writer = open_writer(data, registry);
  wait_until([&] { return count_blobs(data) == 4; });
  check_exact(data);
}

}  // namespace obs::store
