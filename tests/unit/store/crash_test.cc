// Processes that die while they write: killed, or with the power cut. Every acknowledged record
// must be there once, for a reader at once, and for the next writer.
//
// The dying process is this program again, running a test that is hidden otherwise.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/base/fault_fs.h"
#include "libobs/base/text.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

constexpr const char* kRoundVariable = "OBS_TEST_CRASH_ROUND";
constexpr const char* kDirVariable = "OBS_TEST_CRASH_DIR";
constexpr const char* kCutVariable = "OBS_TEST_CRASH_CUT";  // Milliseconds until the power goes.

// Small parts and many of them, so that there is always a flush and a merge to die in.
WriterOptions busy_options() {
  WriterOptions options;
  options.flush_rows = 400;
  options.flush_age = 30 * kMillisecond;
  options.merge_parts = 4;
  return options;
}

// "begun NAME ROWS" and "acked NAME ROWS", a line each: what a dead writer said it had done.
class Journal {
 public:
  explicit Journal(const std::string& path)
      : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644)) {}
  ~Journal() { ::close(fd_); }
  void note(const std::string& line) {
    REQUIRE(::write(fd_, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  }

 private:
  int fd_;
};

std::map<std::string, std::size_t> read_journal(const std::string& path, std::string_view what) {
  std::map<std::string, std::size_t> rows;
  const auto text = system_fs().read_file(path);
  if (!text) return rows;
  for (const std::string_view line : split(*text, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() == 3 && words[0] == what) rows[std::string(words[1])] = *parse_uint(words[2]);
  }
  return rows;
}

// Starts this program on the hidden test; `cut_after` < 0: nobody cuts the power.
pid_t start_child(const std::string& dir, int round, int cut_after) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::setenv(kDirVariable, dir.c_str(), 1);
  ::setenv(kRoundVariable, std::to_string(round).c_str(), 1);
  ::setenv(kCutVariable, std::to_string(cut_after).c_str(), 1);
  const int nothing = ::open("/dev/null", O_WRONLY);
  ::dup2(nothing, STDOUT_FILENO);
  ::execl("/proc/self/exe", "test_store", "a writer writes until it dies", nullptr);
  ::_exit(127);
}

void wait_for(pid_t child) {
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  const bool cut = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  CHECK((killed || cut));
}

// What is stored is what was acknowledged, and perhaps what was begun; each batch whole and once.
void check_against_journal(const std::string& dir) {
  const auto begun = read_journal(dir + ".journal", "begun");
  const auto acked = read_journal(dir + ".journal", "acked");
  const std::string answer =
      ask_store(dir,
                "SELECT split_part(body, ' ', 1), count(*), count(DISTINCT body), "
                "count(DISTINCT seq) FROM logs GROUP BY 1");
  REQUIRE_FALSE(answer.starts_with("error"));
  std::size_t found = 0;
  for (const std::string_view line : split(answer, '\n')) {
    if (line.empty()) continue;
    const auto cells = split(line, '|');
    const std::string name(cells[0].substr(1, cells[0].size() - 2));
    INFO(name);
    REQUIRE(begun.count(name) == 1);
    const std::string rows = std::to_string(begun.at(name));
    CHECK(cells[1] == rows);
    CHECK(cells[2] == rows);
    CHECK(cells[3] == rows);
    found += acked.count(name);
  }
  CHECK(found == acked.size());
}

int rounds() {
  const char* wanted = std::getenv("OBS_CRASH_ROUNDS");
  return wanted == nullptr ? 4 : std::atoi(wanted);
}

// Calls run(round, milliseconds) with moments in which writers die. On a machine so slow that they
// hardly began there are further rounds, ever longer, until enough was acknowledged to be lost.
template <class Run>
void die_often(const std::string& dir, Run run) {
  std::mt19937 random(std::random_device{}());
  const auto acked = [&] { return read_journal(dir + ".journal", "acked").size(); };
  for (int round = 0; round < rounds() || (acked() <= 10 && round < 10 * rounds()); ++round) {
    run(round, static_cast<int>(60 + random() % 400) * (1 + round / rounds()));
    if (system_fs().exists(dir + "/catalog.sqlite")) check_against_journal(dir);
  }
}

}  // namespace

TEST_CASE("a writer writes until it dies", "[.][crash-child]") {
  if (std::getenv(kDirVariable) == nullptr) return;
  const std::string dir = std::getenv(kDirVariable);
  const std::string round = std::getenv(kRoundVariable);
  const int cut_after = std::atoi(std::getenv(kCutVariable));
  FaultFs fs(system_fs());
  Journal journal(dir + ".journal");
  Registry registry;
  auto writer = open_writer(dir, registry, busy_options(), fs);
  if (cut_after >= 0) {
    std::thread([&fs, cut_after] {
      std::this_thread::sleep_for(std::chrono::milliseconds(cut_after));
      (void)fs.power_cut();
      ::_exit(0);
    }).detach();
  }
  std::mt19937 random(static_cast<unsigned>(std::atoi(round.c_str())));
  for (int i = 0;; ++i) {
    const std::size_t rows = 1 + random() % 120;
    const std::string name = fmt::format("r{}b{}", round, i);
    const auto batch = make_logs(rows, name, kNoon + static_cast<Timestamp>(random() % 3) * kDay);
    journal.note(fmt::format("begun {} {}\n", name, rows));
    if (write_and_wait(*writer, batch)) journal.note(fmt::format("acked {} {}\n", name, rows));
  }
}

TEST_CASE("a writer killed at any moment loses and doubles nothing", "[store][crash]") {
  TemporaryDir dir;
  const std::string data = dir / "data";
  die_often(data, [&](int round, int after) {
    const pid_t child = start_child(data, round, -1);
    std::this_thread::sleep_for(std::chrono::milliseconds(after));
    REQUIRE(::kill(child, SIGKILL) == 0);
    wait_for(child);
  });
  Registry registry;
  auto writer = open_writer(data, registry, busy_options());
  REQUIRE(writer->close());
  check_against_journal(data);
  CHECK(read_journal(data + ".journal", "acked").size() > 10);
}

TEST_CASE("a power cut at any moment loses and doubles nothing", "[store][crash]") {
  TemporaryDir dir;
  const std::string data = dir / "data";
  die_often(data, [&](int round, int after) { wait_for(start_child(data, round, after)); });
  Registry registry;
  auto writer = open_writer(data, registry, busy_options());
  REQUIRE(writer->close());
  check_against_journal(data);
  CHECK(read_journal(data + ".journal", "acked").size() > 10);
}

}  // namespace obs::store
