#include "libobs/base/fs.h"

#include <catch2/catch.hpp>

#include "tests/unit/base/temporary_dir.h"

namespace obs {
namespace {

std::string names_in(Fs& fs, const std::string& path) {
  const auto entries = fs.list(path);
  if (!entries) return entries.error().message;
  std::string names;
  for (const DirEntry& entry : *entries) names += entry.name + (entry.is_directory ? "/ " : " ");
  return names;
}

TEST_CASE("a file grows by appending, also when opened again", "[base][fs]") {
  const TemporaryDir dir;
  Fs& fs = system_fs();
  {
    auto file = fs.open_append(dir / "a").value();
    CHECK(file->size() == 0);
    REQUIRE(file->append(as_bytes("one ")));
    REQUIRE(file->sync());
    CHECK(file->size() == 4);
  }
  auto file = fs.open_append(dir / "a").value();
  CHECK(file->size() == 4);
  REQUIRE(file->append(as_bytes("two")));
  CHECK(fs.read_file(dir / "a").value() == "one two");
}

TEST_CASE("appending goes on from where a file was truncated", "[base][fs]") {
  const TemporaryDir dir;
  auto file = system_fs().open_append(dir / "a").value();
  REQUIRE(file->append(as_bytes("one two")));
  REQUIRE(file->truncate(4));
  CHECK(file->size() == 4);
  REQUIRE(file->append(as_bytes("three")));
  CHECK(system_fs().read_file(dir / "a").value() == "one three");
}

TEST_CASE("a mapping keeps the size and the bytes it was made with", "[base][fs]") {
  const TemporaryDir dir;
  Fs& fs = system_fs();
  auto file = fs.open_append(dir / "a").value();
  CHECK(fs.map(dir / "a").value()->bytes().empty());
  REQUIRE(file->append(as_bytes("first")));
  const auto mapping = fs.map(dir / "a").value();
  REQUIRE(file->append(as_bytes(" second")));
  REQUIRE(fs.remove(dir / "a"));
  CHECK(as_text(mapping->bytes()) == "first");
}

TEST_CASE("a replaced file has the new contents and leaves nothing beside it", "[base][fs]") {
  const TemporaryDir dir;
  Fs& fs = system_fs();
  REQUIRE(fs.replace_file(dir / "a", "old"));
  REQUIRE(fs.replace_file(dir / "a", std::string(100'000, 'n')));
  CHECK(fs.read_file(dir / "a").value() == std::string(100'000, 'n'));
  CHECK(names_in(fs, dir.path()) == "a ");
}

TEST_CASE("a replacement that fails leaves the old file and nothing beside it", "[base][fs]") {
  const TemporaryDir dir;
  Fs& fs = system_fs();
  REQUIRE(fs.make_dirs(dir / "a/in"));
  const auto replaced = fs.replace_file(dir / "a", "new");
  REQUIRE_FALSE(replaced);
  CHECK(replaced.error().message.find("replace " + (dir / "a")) == 0);
  CHECK(names_in(fs, dir.path()) == "a/ ");
}

TEST_CASE("a directory is listed by name, with sizes", "[base][fs]") {
  const TemporaryDir dir;
  Fs& fs = system_fs();
  REQUIRE(fs.make_dirs(dir / "sub/deep"));
  REQUIRE(fs.make_dirs(dir / "sub/deep"));
  REQUIRE(fs.replace_file(dir / "b", "12345"));
  REQUIRE(fs.replace_file(dir / "a", ""));
  const auto entries = fs.list(dir.path()).value();
  REQUIRE(entries.size() == 3);
  CHECK(names_in(fs, dir.path()) == "a b sub/ ");
  CHECK(entries[1].size == 5);
}

TEST_CASE("files are renamed, linked and removed", "[base][fs]") {
  const TemporaryDir dir;
  Fs& fs = system_fs();
  REQUIRE(fs.replace_file(dir / "a", "text"));
  REQUIRE(fs.link(dir / "a", dir / "b"));
  REQUIRE(fs.rename(dir / "a", dir / "c"));
  REQUIRE(fs.sync_file(dir / "c"));
  REQUIRE(fs.sync_dir(dir.path()));
  CHECK(names_in(fs, dir.path()) == "b c ");
  REQUIRE(fs.remove(dir / "c"));
  CHECK(fs.read_file(dir / "b").value() == "text");
  CHECK_FALSE(fs.exists(dir / "c"));
  CHECK_FALSE(fs.link(dir / "b", dir / "b"));
}

TEST_CASE("a tree is removed whole, and removing it again is no error", "[base][fs]") {
  const TemporaryDir dir;
  Fs& fs = system_fs();
  REQUIRE(fs.make_dirs(dir / "t/u/v"));
  REQUIRE(fs.replace_file(dir / "t/u/f", "x"));
  REQUIRE(fs.remove_tree(dir / "t"));
  CHECK_FALSE(fs.exists(dir / "t"));
  CHECK(fs.remove_tree(dir / "t"));
}

TEST_CASE("what is missing is not found, and the message names it", "[base][fs]") {
  const TemporaryDir dir;
  Fs& fs = system_fs();
  const std::string gone = dir / "gone";
  const Error errors[] = {fs.map(gone).error(),
                          fs.read_file(gone).error(),
                          fs.remove(gone).error(),
                          fs.rename(gone, gone + "2").error(),
                          fs.sync_file(gone).error(),
                          fs.list(gone).error(),
                          fs.link(gone, gone + "2").error(),
                          fs.open_append(gone + "/file").error()};
  for (const Error& error : errors) {
    CHECK(error.code == Errc::kNotFound);
    CHECK(error.message.find(gone) != std::string::npos);
  }
}

TEST_CASE("a directory is no file", "[base][fs]") {
  const TemporaryDir dir;
  CHECK_FALSE(system_fs().map(dir.path()));
  CHECK_FALSE(system_fs().read_file(dir.path()));
  CHECK_FALSE(system_fs().open_append(dir.path()));
}

TEST_CASE("files that hide their size are read to the end", "[base][fs]") {
  CHECK(system_fs().read_file("/proc/self/status").value().find("Name:") == 0);
}

TEST_CASE("a full disk is worth a retry", "[base][fs]") {
  auto full = system_fs().open_append("/dev/full");
  if (!full) return;  // Not every container has the device.
  const auto wrote = (*full)->append(as_bytes("x"));
  REQUIRE_FALSE(wrote);
  CHECK(wrote.error().code == Errc::kUnavailable);
}

TEST_CASE("paths join and split", "[base][fs]") {
  struct {
    const char* dir;
    const char* name;
    const char* path;
  } const cases[] = {
      {"a/b", "c", "a/b/c"}, {"a/", "c", "a/c"}, {"a", "/c", "/c"},
      {"", "c", "c"},        {"/", "c", "/c"},   {"a", "", "a"},
  };
  for (const auto& [dir, name, path] : cases) CHECK(join_path(dir, name) == path);
  CHECK(parent_path("a/b/c") == "a/b");
  CHECK(parent_path("/a") == "/");
  CHECK(parent_path("a") == ".");
}

}  // namespace
}  // namespace obs
