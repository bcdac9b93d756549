#include "libobs/places/redis_entry.h"

#include "libobs/places/redis_group.h"
#include "tests/unit/places/support.h"

namespace obs::places {
namespace {

using Fields = std::vector<proto::RedisReply>;

Fields to_fields(const std::vector<std::string_view>& words) {
  Fields fields;
  for (std::string_view word : words) {
    proto::RedisReply& field = fields.emplace_back();
    field.kind = proto::RedisReply::Kind::kString;
    field.text = word;
  }
  return fields;
}

Fields seal_fields(const model::Batch& batch, bool zstd) {
  const auto envelope = codec::seal(batch, zstd);
  std::string scratch;
  return to_fields(entry_fields(envelope, scratch));
}

TEST_CASE("a batch comes out of an entry as it went in", "[places][redis]") {
  for (const bool zstd : {false, true}) {
    const auto batch = make_batch({log_line(std::string(500, 'x')), log_line("b")});
    auto fields = seal_fields(*batch, zstd);
    auto envelope = parse_entry(fields);
    REQUIRE(envelope);
    auto again = codec::open_envelope(*std::move(envelope), kMiB);
    REQUIRE(again);
    CHECK(again->id == batch->id);
    CHECK(again->project == batch->project);
    std::string before, after;
    codec::append_ndjson(before, *batch);
    codec::append_ndjson(after, *again);
    CHECK(after == before);
  }
}

TEST_CASE("an entry that is not ours is refused with the field that is wrong", "[places][redis]") {
  struct Case {
    std::string_view field, value, expected;
  };
  const Case cases[] = {
      {"v", "2", "its version is 2, this obs reads 1"},
      {"id", "xyz", "field 'id' holds 'xyz'"},
      {"sig", "smoke", "field 'sig' holds 'smoke'"},
      {"n", "-1", "field 'n' holds '-1'"},
      {"n", "4294967296", "field 'n' holds"},
      {"enc", "rot13", "field 'enc' holds 'rot13'"},
      {"prj", "", "field 'prj' holds ''"},
      {"prj", "\xff", "field 'prj' holds"},
      {"rt", "soon", "field 'rt' holds 'soon'"},
  };
  for (const Case& c : cases) {
    auto fields = seal_fields(*make_log("a"), false);
    for (std::size_t i = 0; i < fields.size(); i += 2) {
      if (fields[i].text == c.field) fields[i + 1].text = c.value;
    }
    auto envelope = parse_entry(fields);
    REQUIRE_FALSE(envelope);
    CHECK_THAT(envelope.error().message, Catch::Contains(std::string(c.expected)));
  }
}

TEST_CASE("an entry that lacks a field is refused, one with more is read", "[places][redis]") {
  const auto whole = seal_fields(*make_log("a"), false);
  for (std::size_t i = 0; i < whole.size(); i += 2) {
    auto fields = whole;
    fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i),
                 fields.begin() + static_cast<std::ptrdiff_t>(i) + 2);
    auto envelope = parse_entry(fields);
    REQUIRE_FALSE(envelope);
    CHECK_THAT(envelope.error().message, Catch::Contains("'" + whole[i].text + "'"));
  }
  auto more = whole;
  for (const char* word : {"later", "field"}) more.push_back(to_fields({word})[0]);
  CHECK(parse_entry(more));
}

TEST_CASE("a payload that lies about itself is refused", "[places][redis]") {
  auto fields = seal_fields(*make_log("a"), false);
  for (std::size_t i = 0; i < fields.size(); i += 2) {
    if (fields[i].text == "n") fields[i + 1].text = "7";
  }
  auto envelope = parse_entry(fields);
  REQUIRE(envelope);
  CHECK_FALSE(codec::open_envelope(*std::move(envelope), kMiB));
}

TEST_CASE("positions in a stream are ordered and have a next", "[places][redis]") {
  CHECK(parse_stream_id("5-3") == StreamId{5, 3});
  CHECK(parse_stream_id("5") == StreamId{5, 0});
  for (const char* bad : {"", "-", "5-", "a-1", "1-2-3"}) CHECK_FALSE(parse_stream_id(bad));
  CHECK(StreamId{5, 9} < StreamId{6, 0});
  CHECK(to_string(next_id({5, 3})) == "5-4");
  CHECK(to_string(next_id({5, UINT64_MAX})) == "6-0");
}

}  // namespace
}  // namespace obs::places
