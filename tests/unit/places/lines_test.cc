// The places that hold lines: `-` and `file:`, as sources and as sinks.

#include <csignal>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libobs/places/output.h"
#include "tests/unit/places/support.h"

namespace obs::places {
namespace {

struct Bench {
  Registry registry;
  TemporaryDir dir;
  std::vector<std::string> warnings;
  std::mutex mutex;

  OpenContext context(bool follow = false, bool strict = false) {
    OpenContext context{registry, "obs-test", follow, strict};
    context.warn = [this](std::string_view message) {
      std::lock_guard lock(mutex);
      warnings.emplace_back(message);
    };
    return context;
  }
  std::unique_ptr<pipeline::Source> source(const std::string& address, bool follow = false,
                                           bool strict = false) {
    auto source = open_source(address_of(address), context(follow, strict));
    REQUIRE(source);
    return *std::move(source);
  }
  std::unique_ptr<pipeline::Sink> sink(const std::string& address) {
    auto sink = open_sink(address_of(address), context());
    REQUIRE(sink);
    return *std::move(sink);
  }
  // Reads all of a file into the sink.
  Result<void> read(const std::string& path, pipeline::Sink& to, bool strict = false) {
    return source("file:" + path, false, strict)->run(to, {});
  }
};

TEST_CASE("what a file sink has acknowledged is in the file, appended, one line a record",
          "[places][file]") {
  Bench bench;
  const std::string path = bench.dir / "out.ndjson";
  for (const char* body : {"one", "two"}) {
    auto sink = bench.sink("file:" + path);
    REQUIRE(write_and_wait(*sink, make_log(body)));
    CHECK_THAT(read_text(path), Catch::Contains(body));
    REQUIRE(sink->close());
  }
  const std::string text = read_text(path);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}

TEST_CASE("what is written to a file comes back from it the same", "[places][file]") {
  Bench bench;
  const std::string path = bench.dir / "all.ndjson";
  {
    auto sink = bench.sink("file:" + path + "?sync=1");
    REQUIRE(write_and_wait(*sink, make_batch({log_line("a"), log_line("b")})));
    REQUIRE(write_and_wait(*sink, make_batch({span_line(7)})));
    REQUIRE(write_and_wait(*sink, make_batch({metric_line("cpu", 3)})));
  }
  RecordingSink to;
  REQUIRE(bench.read(path, to));
  std::string again;
  for (const auto& batch : to.batches()) codec::append_ndjson(again, *batch);
  CHECK(again == read_text(path));
}

TEST_CASE("a full disk is worth a retry and leaves no half line behind", "[places][file]") {
  Bench bench;
  const std::string path = bench.dir / "small.ndjson";
  auto sink = bench.sink("file:" + path);
  REQUIRE(write_and_wait(*sink, make_log("fits")));
  const std::string before = read_text(path);
  // A limit on the size of files cuts writes short as a full disk does (with another errno).
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit tight{before.size() + 10, old.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &tight);
  auto refused = write_and_wait(*sink, make_log("does not fit"));
  ::setrlimit(RLIMIT_FSIZE, &old);
  CHECK_FALSE(refused);
  CHECK_FALSE(sink->health()[0].ready);
  CHECK(read_text(path) == before);
  REQUIRE(write_and_wait(*sink, make_log("fits again")));
  CHECK(sink->health()[0].ready);
}

TEST_CASE("a reader that has gone is told as such", "[places][stdout]") {
  ::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  auto written = write_all(ends[1], "x", "stdout");
  REQUIRE_FALSE(written);
  CHECK(written.error().message.ends_with(kReaderGone));
  ::close(ends[1]);
}

TEST_CASE("a full disk behind stdout is an error for good", "[places][stdout]") {
  Bench bench;
  const int full = ::open("/dev/full", O_WRONLY);
  REQUIRE(full >= 0);
  const int saved = ::dup(STDOUT_FILENO);
  ::dup2(full, STDOUT_FILENO);
  auto refused = write_and_wait(*bench.sink("-"), make_log("a"));
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  ::close(full);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::kIo);
}

TEST_CASE("lines become batches of about a thousand records", "[places][file]") {
  Bench bench;
  const std::string path = bench.dir / "many.ndjson";
  std::string text;
  for (int i = 0; i < 2500; ++i) text += log_line(fmt::format("line {}", i)) + "\n";
  append_text(path, text);
  RecordingSink to;
  REQUIRE(bench.read(path, to));
  CHECK(to.records() == 2500);
  CHECK(to.batches().size() == 3);
  CHECK(to.repeated() == 0);
}

TEST_CASE("batches of different signals share no memory", "[places][file]") {
  Bench bench;
  const std::string path = bench.dir / "mixed.ndjson";
  append_text(path, log_line("a") + "\n" + span_line(1) + "\n" + metric_line("m", 1) + "\n");
  RecordingSink to;
  REQUIRE(bench.read(path, to));
  std::set<const Arena*> arenas;
  for (const auto& batch : to.batches()) arenas.insert(batch->arena.get());
  CHECK(to.batches().size() == 3);
  CHECK(arenas.size() == 3);
}

TEST_CASE("reading a file again gives the same batch ids, another file others", "[places][file]") {
  Bench bench;
  const auto ids = [&](const std::string& path) {
    RecordingSink to;
    REQUIRE(bench.read(path, to));
    std::vector<std::string> all;
    for (const auto& batch : to.batches()) all.push_back(to_hex(batch->id));
    return all;
  };
  const std::string a = bench.dir / "a.ndjson";
  const std::string b = bench.dir / "b.ndjson";
  for (const std::string& path : {a, b}) append_text(path, log_line("same") + "\n");
  CHECK(ids(a) == ids(a));
  CHECK(ids(a) != ids(b));
}

TEST_CASE("the last line needs no newline", "[places][file]") {
  Bench bench;
  const std::string path = bench.dir / "open.ndjson";
  append_text(path, log_line("a") + "\n" + log_line("b"));
  RecordingSink to;
  REQUIRE(bench.read(path, to));
  CHECK(to.bodies() == std::multiset<std::string>{"a", "b"});
}

TEST_CASE("a bad line is told and fails the run in the end, its neighbours are kept",
          "[places][file]") {
  Bench bench;
  const std::string path = bench.dir / "bad.ndjson";
  append_text(path, log_line("a") + "\n{\"signal\":\"smoke\"}\n" + log_line("b") + "\nno JSON\n");
  for (const bool strict : {false, true}) {
    bench.warnings.clear();
    RecordingSink to;
    auto read = bench.read(path, to, strict);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::kMalformed);
    CHECK_THAT(read.error().message, Catch::StartsWith(strict ? "2 of 4 lines" : "1 of 4 lines"));
    CHECK_THAT(read.error().message, Catch::Contains("the first: line 2: "));
    CHECK(to.records() == (strict ? 2 : 3));
    REQUIRE(bench.warnings.size() == (strict ? 2 : 1));
    CHECK(bench.warnings[0].starts_with("line 2: "));
  }
}

TEST_CASE("a followed file is read on as it grows, is cut, and is replaced", "[places][follow]") {
  Bench bench;
  const std::string path = bench.dir / "log";
  append_text(path, "first\nhalf");
  RecordingSink to;
  RunningSource running(bench.source("file:" + path, true), to);
  const auto has = [&](const std::string& body) {
    return eventually([&] { return to.bodies().count(body) == 1; });
  };
  CHECK(has("first"));
  append_text(path, " line\n");
  CHECK(has("half line"));
  std::filesystem::resize_file(path, 0);
  append_text(path, "cut\n");
  CHECK(has("cut"));
  std::filesystem::rename(path, path + ".1");
  append_text(path, "new\n");
  CHECK(has("new"));
  REQUIRE(running.stop());
  CHECK(to.bodies().size() == 4);
}

TEST_CASE("a source that is stopped has delivered what it had read", "[places][follow]") {
  Bench bench;
  const std::string path = bench.dir / "log";
  append_text(path, "a\n");
  RecordingSink to;
  to.hold();
  RunningSource running(bench.source("file:" + path, true), to);
  REQUIRE(eventually([&] { return to.records() == 1; }));
  Result<void> stopped = fail(Errc::kInternal, "not yet");
  std::thread stopper([&] { stopped = running.stop(); });
  CHECK_FALSE(eventually([&] { return running.is_done(); }, 0));
  to.let_go();
  stopper.join();
  CHECK(stopped);
}

TEST_CASE("a pipe's lines are passed on when it pauses", "[places][stdin]") {
  Bench bench;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const int saved = ::dup(STDIN_FILENO);
  ::dup2(ends[0], STDIN_FILENO);
  RecordingSink to;
  {
    RunningSource running(bench.source("-"), to);
    REQUIRE(write_all(ends[1], "hello\nhal", "pipe"));
    CHECK(eventually([&] { return to.bodies().count("hello") == 1; }));
    REQUIRE(write_all(ends[1], "f", "pipe"));
    ::close(ends[1]);
    REQUIRE(running.join());
  }
  CHECK(to.bodies() == std::multiset<std::string>{"hello", "half"});
  ::dup2(saved, STDIN_FILENO);
  ::close(saved);
  ::close(ends[0]);
}

TEST_CASE("what cannot be opened says so", "[places]") {
  Bench bench;
  const std::pair<std::string, Errc> sources[] = {
      {"file:" + bench.dir.path() + "/none", Errc::kNotFound},
      {"file:" + bench.dir.path(), Errc::kInvalidArgument},
      {"dir:" + bench.dir.path(), Errc::kUnsupported},
      {"otlphttp://127.0.0.1:1", Errc::kUnsupported}};
  for (const auto& [text, code] : sources) {
    auto source = open_source(address_of(text), bench.context());
    REQUIRE_FALSE(source);
    CHECK(source.error().code == code);
  }
  CHECK_FALSE(open_sink(address_of("file:" + bench.dir.path() + "/no/dir"), bench.context()));
}

}  // namespace
}  // namespace obs::places
