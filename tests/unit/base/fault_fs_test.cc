#include "libobs/base/fault_fs.h"

#include <catch2/catch.hpp>

#include "tests/unit/base/temporary_dir.h"

namespace obs {
namespace {

struct Fixture {
  TemporaryDir dir;
  FaultFs fs{system_fs()};

  std::string path(const std::string& name) const { return dir / name; }
  // The file's contents, or "gone".
  std::string read(const std::string& name) {
    const auto contents = fs.read_file(path(name));
    return contents ? *contents : "gone";
  }
  // A file that survives anything.
  void keep(const std::string& name, const std::string& contents) {
    REQUIRE(fs.replace_file(path(name), contents));
  }
};

TEST_CASE("without a fault the files are as if unwrapped", "[base][fault_fs]") {
  Fixture f;
  auto file = f.fs.open_append(f.path("a")).value();
  REQUIRE(file->append(as_bytes("text")));
  REQUIRE(file->sync());
  CHECK(file->size() == 4);
  REQUIRE(f.fs.rename(f.path("a"), f.path("b")));
  REQUIRE(f.fs.sync_dir(f.dir.path()));
  CHECK(f.read("a") == "gone");
  CHECK(system_fs().read_file(f.path("b")).value() == "text");
  CHECK(f.fs.count(FsCall::kWrite) == 1);
  CHECK(f.fs.count(FsCall::kSync) == 1);
  CHECK(f.fs.count(FsCall::kRename) == 1);
  CHECK(f.fs.count(FsCall::kSyncDir) == 1);
}

TEST_CASE("the nth write fails once, half done", "[base][fault_fs]") {
  Fixture f;
  auto file = f.fs.open_append(f.path("a")).value();
  f.fs.fail_nth(FsCall::kWrite, 2);
  CHECK(file->append(as_bytes("1111")));
  const auto second = file->append(as_bytes("2222"));
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::kIo);
  CHECK(f.read("a") == "111122");
  REQUIRE(file->truncate(4));
  CHECK(file->append(as_bytes("3333")));
  CHECK(f.read("a") == "11113333");
}

TEST_CASE("each kind of call can fail, and changes nothing then", "[base][fault_fs]") {
  Fixture f;
  f.keep("a", "text");
  for (const FsCall call : {FsCall::kOpen, FsCall::kSync, FsCall::kSyncDir, FsCall::kRename,
                            FsCall::kLink, FsCall::kRemove}) {
    f.fs.fail_nth(call, 1);
  }
  CHECK_FALSE(f.fs.open_append(f.path("a")));
  CHECK_FALSE(f.fs.sync_file(f.path("a")));
  CHECK_FALSE(f.fs.sync_dir(f.dir.path()));
  CHECK_FALSE(f.fs.rename(f.path("a"), f.path("b")));
  CHECK_FALSE(f.fs.link(f.path("a"), f.path("b")));
  CHECK_FALSE(f.fs.remove(f.path("a")));
  CHECK(f.read("a") == "text");
  CHECK(f.read("b") == "gone");
  CHECK(f.fs.remove(f.path("a")));
}

TEST_CASE("a full disk takes what fits, until it is given room", "[base][fault_fs]") {
  Fixture f;
  auto file = f.fs.open_append(f.path("a")).value();
  f.fs.set_room(6);
  CHECK(file->append(as_bytes("1234")));
  const auto second = file->append(as_bytes("5678"));
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::kUnavailable);
  CHECK(f.read("a") == "123456");
  f.fs.set_room(100);
  CHECK(file->append(as_bytes("9")));
}

TEST_CASE("a replacement that fails at any step leaves the old file alone", "[base][fault_fs]") {
  for (const FsCall call : {FsCall::kOpen, FsCall::kWrite, FsCall::kSync, FsCall::kRename}) {
    Fixture f;
    f.keep("a", "old");
    f.fs.fail_nth(call, 1);
    CHECK_FALSE(f.fs.replace_file(f.path("a"), "new"));
    CHECK(f.read("a") == "old");
    CHECK(f.fs.list(f.dir.path()).value().size() == 1);
  }
}

TEST_CASE("a power cut takes bytes that were not synced", "[base][fault_fs]") {
  Fixture f;
  auto file = f.fs.open_append(f.path("a")).value();
  REQUIRE(file->append(as_bytes("kept")));
  REQUIRE(file->sync());
  REQUIRE(f.fs.sync_dir(f.dir.path()));
  REQUIRE(file->append(as_bytes(" lost")));
  REQUIRE(f.fs.power_cut());
  CHECK(f.read("a") == "kept");
}

TEST_CASE("a power cut takes a new file whose directory was not synced", "[base][fault_fs]") {
  Fixture f;
  auto file = f.fs.open_append(f.path("a")).value();
  REQUIRE(file->append(as_bytes("text")));
  REQUIRE(file->sync());
  REQUIRE(f.fs.power_cut());
  CHECK(f.read("a") == "gone");
}

TEST_CASE("a power cut undoes a rename, and what it replaced is back", "[base][fault_fs]") {
  Fixture f;
  f.keep("a", "new");
  f.keep("b", "old");
  REQUIRE(f.fs.rename(f.path("a"), f.path("b")));
  REQUIRE(f.fs.power_cut());
  CHECK(f.read("a") == "new");
  CHECK(f.read("b") == "old");
}

TEST_CASE("a power cut keeps a rename whose directory was synced", "[base][fault_fs]") {
  Fixture f;
  f.keep("a", "new");
  f.keep("b", "old");
  REQUIRE(f.fs.rename(f.path("a"), f.path("b")));
  REQUIRE(f.fs.sync_dir(f.dir.path()));
  REQUIRE(f.fs.power_cut());
  CHECK(f.read("a") == "gone");
  CHECK(f.read("b") == "new");
}

TEST_CASE("a power cut brings back a removed file, and undoes a link", "[base][fault_fs]") {
  Fixture f;
  f.keep("a", "text");
  REQUIRE(f.fs.link(f.path("a"), f.path("b")));
  REQUIRE(f.fs.remove(f.path("a")));
  REQUIRE(f.fs.power_cut());
  CHECK(f.read("a") == "text");
  CHECK(f.read("b") == "gone");
}

TEST_CASE("a replaced file is durable by the time the call returns", "[base][fault_fs]") {
  Fixture f;
  f.keep("a", "old");
  f.keep("a", "new");
  REQUIRE(f.fs.power_cut());
  CHECK(f.read("a") == "new");
  CHECK(f.fs.list(f.dir.path()).value().size() == 1);
}

TEST_CASE("a file that another library wrote needs sync_file before its rename counts",
          "[base][fault_fs]") {
  for (const bool synced : {false, true}) {
    Fixture f;
    REQUIRE(system_fs().replace_file(f.path("part.tmp"), "parquet"));
    if (synced) REQUIRE(f.fs.sync_file(f.path("part.tmp")));
    REQUIRE(f.fs.rename(f.path("part.tmp"), f.path("part")));
    REQUIRE(f.fs.sync_dir(f.dir.path()));
    REQUIRE(f.fs.power_cut());
    CHECK(f.read("part") == (synced ? "parquet" : ""));
  }
}

TEST_CASE("files opened before a power cut are dead, and new ones work", "[base][fault_fs]") {
  Fixture f;
  f.keep("a", "text");
  auto before = f.fs.open_append(f.path("a")).value();
  REQUIRE(f.fs.power_cut());
  CHECK_FALSE(before->append(as_bytes("x")));
  CHECK_FALSE(before->sync());
  CHECK_FALSE(before->truncate(0));
  auto after = f.fs.open_append(f.path("a")).value();
  CHECK(after->append(as_bytes("!")));
  CHECK(f.read("a") == "text!");
}

TEST_CASE("bytes whose sync failed are never durable, whatever a later sync says",
          "[base][fault_fs]") {
  Fixture f;
  auto file = f.fs.open_append(f.path("a")).value();
  REQUIRE(f.fs.sync_dir(f.dir.path()));
  REQUIRE(file->append(as_bytes("1111")));
  REQUIRE(file->sync());
  REQUIRE(file->append(as_bytes("2222")));
  f.fs.fail_nth(FsCall::kSync, 1);
  CHECK_FALSE(file->sync());
  REQUIRE(file->append(as_bytes("3333")));
  REQUIRE(file->sync());
  REQUIRE(f.fs.sync_file(f.path("a")));
  REQUIRE(f.fs.power_cut());
  CHECK(f.read("a") == std::string("1111\0\0\0\0"
                                   "3333",
                                   12));
}

TEST_CASE("a torn file has its length, and zeros where nothing was synced", "[base][fault_fs]") {
  Fixture f;
  f.keep("old", "text");
  auto file = f.fs.open_append(f.path("a")).value();
  REQUIRE(file->append(as_bytes("11")));
  REQUIRE(file->sync());
  REQUIRE(file->append(as_bytes("22")));
  REQUIRE(f.fs.rename(f.path("old"), f.path("new")));
  REQUIRE(f.fs.power_cut(FaultFs::Tail::kTorn));
  CHECK(f.read("a") == std::string("11\0\0", 4));
  CHECK(f.read("new") == "text");
}

TEST_CASE("from where the machine stops every call fails, until it is started again",
          "[base][fault_fs]") {
  Fixture f;
  auto file = f.fs.open_append(f.path("a")).value();
  f.fs.stop_at(2);
  CHECK(file->append(as_bytes("1")));
  CHECK_FALSE(file->append(as_bytes("2")));
  CHECK_FALSE(file->sync());
  CHECK_FALSE(f.fs.remove(f.path("a")));
  f.fs.restart();
  CHECK_FALSE(file->append(as_bytes("3")));  // Of the process that is no more.
  CHECK(f.fs.open_append(f.path("a")).value()->append(as_bytes("4")));
  CHECK(f.read("a") == "14");
}

TEST_CASE("a removed tree stays removed, whatever happened in it", "[base][fault_fs]") {
  Fixture f;
  REQUIRE(f.fs.make_dirs(f.path("t/u")));
  auto file = f.fs.open_append(f.path("t/u/a")).value();
  REQUIRE(file->append(as_bytes("text")));
  REQUIRE(f.fs.rename(f.path("t/u/a"), f.path("t/b")));
  REQUIRE(f.fs.remove_tree(f.path("t")));
  REQUIRE(f.fs.power_cut());
  CHECK_FALSE(f.fs.exists(f.path("t")));
}

}  // namespace
}  // namespace obs
