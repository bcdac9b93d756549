#include "libobs/store/part_index.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "libobs/store/index_tokens.h"
#include "tests/unit/base/temporary_dir.h"

namespace obs::store {
namespace {

constexpr std::uint32_t kGroupRows = 2048;

std::uint64_t word(std::string_view text) { return word_token(TokenField::kBody, text); }

Part make_part(std::uint64_t rows) {
  Part part;
  part.id = 17;
  part.rows = rows;
  part.group_rows = kGroupRows;
  return part;
}

// Row i is at time i, with the words "common" and "w<i>".
std::string make_index(const Part& part) {
  PartIndexBuilder builder(part.group_rows);
  for (std::uint64_t i = 0; i < part.rows; ++i) {
    builder.begin_row(static_cast<Timestamp>(i));
    builder.add(word("common"));
    builder.add(word(fmt::format("w{}", i)));
  }
  return builder.finish(part);
}

Result<std::unique_ptr<PartIndex>> open_index(const TemporaryDir& dir, std::string_view file,
                                              const Part& part) {
  const std::string path = dir.path() + "/part.idx";
  REQUIRE(system_fs().replace_file(path, file));
  return PartIndex::open(system_fs(), path, part);
}

std::vector<std::size_t> find_blocks(PartIndex& index, const TokenClauses& clauses) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < index.blocks().size(); ++i) {
    if (index.find(i, clauses) != 0) found.push_back(i);
  }
  return found;
}

using Blocks = std::vector<std::size_t>;

TEST_CASE("an index knows the row groups of a token, and their times", "[store][index]") {
  const TemporaryDir dir;
  const Part part = make_part(5 * kGroupRows + 1);
  auto index = open_index(dir, make_index(part), part);
  REQUIRE(index);
  REQUIRE((*index)->blocks().size() == 6);
  CHECK((*index)->blocks()[1].min_time == kGroupRows);
  CHECK((*index)->blocks()[1].max_time == 2 * kGroupRows - 1);
  CHECK((*index)->blocks()[5].max_time == 5 * kGroupRows);

  CHECK(find_blocks(**index, {}) == Blocks{0, 1, 2, 3, 4, 5});
  CHECK(find_blocks(**index, {{word("common")}}) == Blocks{0, 1, 2, 3, 4, 5});
  CHECK(find_blocks(**index, {{word("w2049")}}) == Blocks{1});
  CHECK(find_blocks(**index, {{word("w2049")}, {word("w1")}}) == Blocks{});
  CHECK(find_blocks(**index, {{word("w2049"), word("w1")}}) == Blocks{0, 1});
  CHECK(find_blocks(**index, {{word("nowhere")}}) == Blocks{});
  CHECK((*index)->verify());
}

TEST_CASE("a damaged filter loses nothing and is told", "[store][index]") {
  const TemporaryDir dir;
  const Part part = make_part(3 * kGroupRows);
  std::string file = make_index(part);
  file[file.size() - 100] ^= 1;  // In the last filter.
  auto index = open_index(dir, file, part);
  REQUIRE(index);
  CHECK(find_blocks(**index, {{word("w1")}}) == Blocks{0, 2});
  const auto verified = (*index)->verify();
  REQUIRE_FALSE(verified);
  CHECK(verified.error().message.find("row group 2") != std::string::npos);
}

TEST_CASE("an index that is cut, changed or of another part is refused", "[store][index]") {
  const TemporaryDir dir;
  const Part part = make_part(2 * kGroupRows);
  const std::string file = make_index(part);
  for (std::size_t at = 0; at < 48 + 2 * 40; ++at) {
    std::string bad = file;
    bad[at] ^= 0x10;
    INFO("byte " << at);
    CHECK_FALSE(open_index(dir, bad, part));
    CHECK_FALSE(open_index(dir, file.substr(0, at), part));
  }
  CHECK_FALSE(open_index(dir, file.substr(0, file.size() - 1), part));
  Part other = part;
  other.id = 18;
  CHECK_FALSE(open_index(dir, file, other));
  other = part;
  other.rows -= 1;
  CHECK_FALSE(open_index(dir, file, other));
  CHECK(open_index(dir, file, part));
  CHECK(PartIndex::open(system_fs(), dir.path() + "/none.idx", part).error().code ==
        Errc::kNotFound);
}

TEST_CASE("an index of a later version is left to a later obs", "[store][index]") {
  const TemporaryDir dir;
  const Part part = make_part(10);
  std::string file = make_index(part);
  file[8] = kIndexVersion + 1;
  CHECK(open_index(dir, file, part).error().code == Errc::kUnsupported);
}

TEST_CASE("an index of an earlier version is made anew", "[store][index]") {
  const TemporaryDir dir;
  const Part part = make_part(10);
  std::string file = make_index(part);
  file[8] = kIndexVersion - 1;
  CHECK(open_index(dir, file, part).error().code == Errc::kMalformed);
}

TEST_CASE("an index knows in which sections of a row group tokens are", "[store][index]") {
  const TemporaryDir dir;
  const Part part = make_part(2 * kGroupRows);
  auto index = open_index(dir, make_index(part), part);
  REQUIRE(index);
  const std::uint32_t rows = section_rows(kGroupRows);
  CHECK(rows * kSections >= kGroupRows);
  for (const std::uint32_t row : {0U, 1U, rows - 1, rows, kGroupRows - 1}) {
    const auto found = (*index)->find(1, {{word(fmt::format("w{}", kGroupRows + row))}});
    CHECK(found == SectionMask{1} << row / rows);
  }
  const auto both = TokenClauses{{word("w0")}, {word(fmt::format("w{}", rows))}};
  CHECK((*index)->find(0, both) == 0);
  CHECK((*index)->find(0, {{word("w0"), word(fmt::format("w{}", rows))}}) == 3);
  CHECK((*index)->find(0, {{word("common")}}) == kAllSections);
}

TEST_CASE("the index of a part lies beside it", "[store][index]") {
  CHECK(index_path("logs/2026-11-22/a-b-17.parquet") == "logs/2026-11-22/a-b-17.idx");
}

TEST_CASE("only values that are always indexed are asked of an index", "[store][index]") {
  for (const std::string_view text : {"", "abc", "42", "-7", "true", "007", "1.2.3.4", "v1"}) {
    INFO(text);
    CHECK(is_indexed(text));
  }
  for (const std::string_view text : {"1.5", "1e3", "NaN", "{}", "[1]", "99999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(is_indexed(text));
  }
}

TEST_CASE("long words and values are known by their beginning", "[store][index]") {
  const std::string a(1000, 'a');
  CHECK(word(a + "b") == word(a + "c"));
  CHECK(attribute_token(TokenField::kAttribute, "k", a + "b") ==
        attribute_token(TokenField::kAttribute, "k", a + "c"));
  CHECK(attribute_token(TokenField::kAttribute, "k", "v") !=
        attribute_token(TokenField::kResource, "k", "v"));
}

}  // namespace
}  // namespace obs::store
