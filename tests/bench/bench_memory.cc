// bench_memory: what memory a store takes while it is written and asked: obs-ingest takes logs at a
// steady rate, obs-query asks for the newest, a word, an attribute, a trace, counts and quantiles,
// one after the other, and once a hundredth of a second the kernel is asked what both have.
//
//   bench_memory [--seconds N] [--rate RECORDS_A_SECOND] [--together N] [--wide] [STORE]
//
// With --wide a log has 14 to 59 attributes and 2 KB. A rate beyond what can be stored is a flood:
// what is refused is sent again after a twentieth of a second. STORE may hold records already, as
// bench_query leaves them; the default is an empty one. With
// --together so many askers ask at once.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "libobs/base/clock.h"
#include "libobs/codec/otlp.h"
#include "tests/bench/sample_batches.h"
#include "tests/unit/base/temporary_dir.h"

namespace {

using namespace obs;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kBatch = 1000;
constexpr std::size_t kConnections = 4;
constexpr auto kPatience = 50ms;  // Of who was refused.

[[noreturn]] void die(const std::string& message) {
  fmt::print(stderr, "bench_memory: {}\n", message);
  std::exit(1);
}

// What the kernel says of a process, in KiB; zeros when it is gone.
struct Memory {
  long anonymous = 0;
  long resident = 0;
};

Memory memory_of(pid_t pid) {
  Memory memory;
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) memory.resident = std::stol(line.substr(6));
    if (line.starts_with("RssAnon:")) memory.anonymous = std::stol(line.substr(8));
  }
  return memory;
}

// The processes that are watched, and the most that they had together.
class Watch {
 public:
  void add(pid_t pid) {
    const std::lock_guard lock(mutex_);
    pids_.insert(pid);
  }
  void remove(pid_t pid) {
    const std::lock_guard lock(mutex_);
    pids_.erase(pid);
  }
  void look(pid_t writer) {
    const std::lock_guard lock(mutex_);
    Memory all;
    for (const pid_t pid : pids_) {
      const Memory one = memory_of(pid);
      all.anonymous += one.anonymous;
      all.resident += one.resident;
      long& most = pid == writer ? most_writer_ : most_asker_;
      most = std::max(most, one.anonymous);
    }
    most_.anonymous = std::max(most_.anonymous, all.anonymous);
    most_.resident = std::max(most_.resident, all.resident);
  }
  void print() const {
    fmt::print(
        "  at most {} MB anonymous, {} MB resident together; the writer {} MB, one asker {} MB\n",
        most_.anonymous >> 10, most_.resident >> 10, most_writer_ >> 10, most_asker_ >> 10);
  }

 private:
  std::mutex mutex_;
  std::set<pid_t> pids_;
  Memory most_;
  long most_writer_ = 0;
  long most_asker_ = 0;
};

pid_t start(const std::vector<std::string>& words) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int nothing = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(nothing, STDOUT_FILENO);
  ::execv(arguments.front(), arguments.data());
  die("cannot run " + words.front());
}

class Connection {
 public:
  explicit Connection(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      die("cannot connect");
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Connection() { ::close(fd_); }

  // The status of the answer; 0: the connection ended without one.
  int exchange(const std::string& request) {
    for (std::size_t sent = 0; sent < request.size();) {
      const ssize_t n = ::send(fd_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) break;  // It was refused before it was read.
      sent += static_cast<std::size_t>(n);
    }
    std::string answer;
    char room[4096];
    while (answer.find("\r\n\r\n") == std::string::npos) {
      const ssize_t n = ::recv(fd_, room, sizeof room, 0);
      if (n <= 0) return 0;
      answer.append(room, static_cast<std::size_t>(n));
    }
    return std::stoi(answer.substr(9, 3));
  }

 private:
  int fd_;
};

// A thousand logs of now, with bodies of their own.
class Requests {
 public:
  Requests(std::uint64_t seed, bool are_wide)
      : batch_(bench::sample_logs(kBatch)), random_(seed), are_wide_(are_wide) {
    if (are_wide) add_attributes();
  }

  std::string next() {
    Arena texts;
    const Timestamp now = system_clock().now();
    for (std::size_t i = 0; i < batch_.logs.size(); ++i) {
      batch_.logs.time[i] = now + static_cast<Timestamp>(i) * kMicrosecond;
      std::string body = fmt::format("request {:016x} of customer {} took {} ms", random_(),
                                     random_() % 50'000, i);
      for (std::size_t n = are_wide_ ? 8 + random_() % 40 : 0; n > 0; --n) body += word();
      batch_.logs.body[i] = model::Value::string(texts.copy(body));
    }
    const std::string body = codec::encode_otlp_protobuf(batch_);
    return fmt::format(
               "POST /v1/logs HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-protobuf\r\n"
               "Content-Length: {}\r\n\r\n",
               body.size()) +
           body;
  }

 private:
  // Of which each record has others, and no two the same values.
  void add_attributes() {
    for (std::size_t i = 0; i < batch_.logs.size(); ++i) {
      const std::size_t count = 14 + i % 46;
      auto* const room = batch_.arena->allocate_array<model::KeyValue>(count);
      for (std::size_t n = 0; n < count; ++n) {
        const auto key = batch_.arena->copy(fmt::format("team.field_{}", n * (1 + i % 7)));
        const auto value = batch_.arena->copy(fmt::format("{}{:x}", word(), random_() % 65'536));
        new (room + n) model::KeyValue{key, model::Value::string(value)};
      }
      batch_.logs.attributes[i] = {room, count};
    }
  }
  std::string word() { return fmt::format(" w{:x}", random_() % 100'000'000); }

  model::Batch batch_;
  std::mt19937_64 random_;
  const bool are_wide_;
};

struct Sent {
  std::atomic<std::size_t> requests = 0;
  std::atomic<std::size_t> refused = 0;
  std::mutex mutex;
  std::vector<double> took;  // Seconds to the acknowledgement.
};

void send(int port, double rate, bool are_wide, Steady::time_point end, std::uint64_t seed,
          Sent& sent) {
  Requests requests(seed, are_wide);
  auto connection = std::make_unique<Connection>(port);
  auto due = Steady::now();
  while (Steady::now() < end) {
    std::this_thread::sleep_until(due);
    due += std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * kBatch / rate));
    const std::string request = requests.next();
    auto begin = Steady::now();
    int status = connection->exchange(request);
    while (status != 200 && Steady::now() < end) {
      ++sent.refused;
      std::this_thread::sleep_for(kPatience);
      connection = std::make_unique<Connection>(port);
      begin = Steady::now();
      status = connection->exchange(request);
    }
    if (status != 200) return;
    ++sent.requests;
    const std::chrono::duration<double> took = Steady::now() - begin;
    const std::lock_guard lock(sent.mutex);
    sent.took.push_back(took.count());
  }
}

const std::vector<std::vector<std::string>> kQuestions = {
    {"logs", "--has", "00decade", "--limit", "100"},
    {"logs", "--attr", "user.id=u-123456", "--limit", "100"},
    {"logs", "--severity", "error", "--service", "checkout", "--limit", "100"},
    {"trace", "0123456789abcdef0123456789abcdef"},
    {"sql",
     "SELECT time_bucket(INTERVAL 1 MINUTE, time) AS minute, service, count(*) FROM logs GROUP BY "
     "ALL"},
    {"sql", "SELECT service, name, quantile_cont(duration_ns, 0.95) FROM spans GROUP BY ALL"},
    {"sql", "SELECT count(*) FROM logs WHERE contains(body, 'decade0')"},
    {"sql", "SELECT service, severity, count(*), max(body) FROM logs GROUP BY ALL"},
    {"sql", "SELECT * FROM logs ORDER BY time DESC LIMIT 1000"},
};

void ask(const std::string& program, const std::string& store, Steady::time_point end, Watch& watch,
         std::size_t first, std::map<int, std::size_t>& ended) {
  for (std::size_t i = first; Steady::now() < end; ++i) {
    std::vector<std::string> words{program, "--store", "dir:" + store};
    const auto& question = kQuestions[i % kQuestions.size()];
    words.insert(words.end(), question.begin(), question.end());
    const pid_t child = start(words);
    watch.add(child);
    int status = 0;
    ::waitpid(child, &status, 0);
    watch.remove(child);
    ++ended[WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status)];
  }
}

int wait_for_port(const std::string& file) {
  for (int i = 0; i < 4000; ++i) {
    int port = 0;
    if (std::ifstream(file) >> port) return port;
    std::this_thread::sleep_for(5ms);
  }
  die("obs-ingest did not start");
}

double number_of(const char* text) { return std::max(1.0, std::atof(text)); }

}  // namespace

int main(int argc, char** argv) {
  const TemporaryDir temporary;
  std::string store = temporary / "data";
  double seconds = 30;
  double rate = 100'000;
  std::size_t together = 1;
  bool are_wide = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--seconds" && has_value) {
      seconds = number_of(argv[++i]);
    } else if (word == "--rate" && has_value) {
      rate = number_of(argv[++i]);
    } else if (word == "--together" && has_value) {
      together = static_cast<std::size_t>(number_of(argv[++i]));
    } else if (word == "--wide") {
      are_wide = true;
    } else {
      store = word;
    }
  }
  const auto programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::string port_file = temporary / "port";
  const pid_t writer = start({(programs / "obs-ingest").string(), "--http", "127.0.0.1:0", "--grpc",
                              "none", "--to", "dir:" + store, "--port-file", port_file});
  const int port = wait_for_port(port_file);

  Watch watch;
  watch.add(writer);
  const auto end = Steady::now() + std::chrono::milliseconds(static_cast<int>(seconds * 1e3));
  Sent sent;
  std::vector<std::map<int, std::size_t>> ended(together);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kConnections; ++i) {
    threads.emplace_back([&, i] { send(port, rate / kConnections, are_wide, end, i + 1, sent); });
  }
  for (std::size_t i = 0; i < together; ++i) {
    threads.emplace_back(
        [&, i] { ask((programs / "obs-query").string(), store, end, watch, i * 3, ended[i]); });
  }
  while (Steady::now() < end) {
    watch.look(writer);
    std::this_thread::sleep_for(10ms);
  }
  for (std::thread& thread : threads) thread.join();
  ::kill(writer, SIGTERM);
  int status = 0;
  ::waitpid(writer, &status, 0);

  std::sort(sent.took.begin(), sent.took.end());
  fmt::print(
      "{:.0f} logs a second for {:.0f} s, {} refused; acknowledged p50 {:.1f} p99 {:.1f} ms\n",
      static_cast<double>(sent.requests * kBatch) / seconds, seconds, sent.refused * kBatch,
      sent.took[sent.took.size() / 2] * 1e3, sent.took[sent.took.size() * 99 / 100] * 1e3);
  watch.print();
  std::map<int, std::size_t> all;
  for (const auto& each : ended) {
    for (const auto& [code, count] : each) all[code] += count;
  }
  for (const auto& [code, count] : all) fmt::print("  {} questions ended with {}\n", count, code);
  if (status != 0) die(fmt::format("obs-ingest ended with {}", status));
}
