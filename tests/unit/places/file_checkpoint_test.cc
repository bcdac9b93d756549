#include "libobs/places/file_checkpoint.h"

#include <catch2/catch.hpp>

#include "libobs/base/bytes.h"
#include "tests/unit/base/temporary_dir.h"

using namespace obs;
using namespace obs::places;

namespace {

struct Fixture {
  std::unique_ptr<FileCheckpoint> open() { return *FileCheckpoint::open(system_fs(), path); }
  void append(std::string_view text) {
    REQUIRE((*system_fs().open_append(path))->append(as_bytes(text)));
  }

  TemporaryDir dir;
  std::string path = dir.path() + "/state";
  FileMark mark{"/var/log/\"a\".log", 7, 1ULL << 63, 256, ~0ULL, 0, {}};
};

}  // namespace

TEST_CASE("a checkpoint remembers what was sent and what was acknowledged", "[places][tail]") {
  Fixture f;
  std::string id;
  {
    const auto checkpoint = f.open();
    id = *checkpoint->begin(f.mark);
    REQUIRE(checkpoint->sent(id, 0, 10));
    REQUIRE(checkpoint->sent(id, 10, 20));
    REQUIRE(checkpoint->sent(id, 20, 30));
    REQUIRE(checkpoint->done(id, 10));
  }
  // As after a crash, and once more after what was read was written anew.
  for (int i = 0; i < 2; ++i) {
    const auto checkpoint = f.open();
    REQUIRE(checkpoint->marks().size() == 1);
    const FileMark& mark = checkpoint->marks().at(id);
    CHECK(mark.path == f.mark.path);
    CHECK(mark.device == 7);
    CHECK(mark.inode == f.mark.inode);
    CHECK(mark.prefix_hash == f.mark.prefix_hash);
    CHECK(mark.done == 10);
    CHECK(mark.sent == std::map<std::uint64_t, std::uint64_t>{{10, 20}, {20, 30}});
  }
  REQUIRE(f.open()->forget(id));
  CHECK(f.open()->marks().empty());
}

TEST_CASE("a checkpoint whose last line was cut short is good up to there", "[places][tail]") {
  Fixture f;
  const std::string id = *f.open()->begin(f.mark);
  f.append("{\"done\":\"" + id + "\",\"to\":\"10\"}\n{\"done\":\"" + id + "\",\"to\":\"2");
  CHECK(f.open()->marks().at(id).done == 10);
}

TEST_CASE("a checkpoint stays small however long it is used", "[places][tail]") {
  Fixture f;
  const auto checkpoint = f.open();
  const std::string id = *checkpoint->begin(f.mark);
  for (std::uint64_t at = 0; at < 20'000; ++at) {
    REQUIRE(checkpoint->sent(id, at, at + 1));
    REQUIRE(checkpoint->done(id, at + 1));
  }
  CHECK(system_fs().read_file(f.path)->size() < 2 * kMiB);
  CHECK(f.open()->marks().at(id).done == 20'000);
}

TEST_CASE("a file that is no checkpoint is left alone", "[places][tail]") {
  Fixture f;
  REQUIRE(system_fs().replace_file(f.path, "precious\n"));
  const auto opened = FileCheckpoint::open(system_fs(), f.path);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::kMalformed);
  CHECK(*system_fs().read_file(f.path) == "precious\n");
}
