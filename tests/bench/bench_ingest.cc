// bench_ingest: what it costs obs-ingest to take a million logs of 300 B: OTLP protobuf in requests
// of a thousand, over keep-alive connections on loopback. With --remote-write: a million points of
// Prometheus remote write 1.0.
//
//   bench_ingest [--records N] [--connections N] [--gzip | --remote-write] [OBS-INGEST [ADDRESS]]
//
// Starts that program (default: obs-ingest beside this one) with `--to ADDRESS` (default
// file:/dev/null), sends, waits for every answer, ends it by SIGTERM, and reads from the kernel
// what it has used over its whole life: user and system time, largest resident size.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "libobs/base/clock.h"
#include "libobs/codec/compress.h"
#include "libobs/codec/otlp.h"
#include "tests/bench/remote_write_request.h"
#include "tests/bench/sample_batches.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using obs::model::Batch;

constexpr std::size_t kBatch = 1000;

struct Options {
  std::size_t records = 1'000'000;
  std::size_t connections = 4;
  bool gzip = false;
  bool remote_write = false;
  std::string program;
  std::string to = "file:/dev/null";
};

[[noreturn]] void die(const std::string& message) {
  fmt::print(stderr, "bench_ingest: {}\n", message);
  std::exit(1);
}

Options parse(int argc, char** argv) {
  Options options;
  options.program = (fs::read_symlink("/proc/self/exe").parent_path() / "obs-ingest").string();
  std::vector<std::string> places;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto number = [&] { return i + 1 < argc ? std::stoul(argv[++i]) : 0; };
    if (word == "--records") {
      options.records = number();
    } else if (word == "--connections") {
      options.connections = std::max<std::size_t>(1, number());
    } else if (word == "--gzip") {
      options.gzip = true;
    } else if (word == "--remote-write") {
      options.remote_write = true;
    } else {
      places.push_back(word);
    }
  }
  if (!places.empty()) options.program = places[0];
  if (places.size() > 1) options.to = places[1];
  return options;
}

std::string post(std::string_view path, std::string_view encoding, const std::string& body) {
  return fmt::format(
             "POST {} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-protobuf\r\n"
             "{}Content-Length: {}\r\n\r\n",
             path, encoding, body.size()) +
         body;
}

// The same logs, or points, at other times: no two requests are equal, so none is taken for a
// retry.
obs::Timestamp next_shift() {
  static std::atomic<obs::Timestamp> shift{0};
  return ++shift;
}

std::string make_points() {
  static const obs::Timestamp start = obs::system_clock().now() / obs::kMillisecond - 3'600'000;
  const std::string body = obs::bench::remote_write_v1(start + next_shift());
  return post("/api/v1/write", "Content-Encoding: snappy\r\n", obs::codec::compress_snappy(body));
}

std::string make_logs(const Batch& batch, bool gzip) {
  const obs::Timestamp by = next_shift();
  Batch moved = batch;
  for (obs::Timestamp& time : moved.logs.time) time += by * obs::kMicrosecond;
  std::string body = obs::codec::encode_otlp_protobuf(moved);
  if (gzip) body = obs::codec::compress_gzip(body);
  return post("/v1/logs", gzip ? "Content-Encoding: gzip\r\n" : "", body);
}

class Connection {
 public:
  explicit Connection(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
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

  // The status of the answer.
  int exchange(const std::string& request) {
    for (std::size_t sent = 0; sent < request.size();) {
      const ssize_t n = ::send(fd_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) die("the connection broke");
      sent += static_cast<std::size_t>(n);
    }
    std::string answer;
    char room[4096];
    while (answer.find("\r\n\r\n") == std::string::npos) {
      const ssize_t n = ::recv(fd_, room, sizeof room, 0);
      if (n <= 0) die("the connection ended");
      answer.append(room, static_cast<std::size_t>(n));
    }
    return std::stoi(answer.substr(9, 3));
  }

 private:
  int fd_;
};

// What a connection does: its share of the requests, again after a pause when told 503.
void send_share(int port, std::size_t requests, const Options& options,
                std::atomic<std::size_t>& retries) {
  const Batch batch = obs::bench::sample_logs(kBatch);
  Connection connection(port);
  for (std::size_t i = 0; i < requests; ++i) {
    const std::string request =
        options.remote_write ? make_points() : make_logs(batch, options.gzip);
    int status = 0;
    while ((status = connection.exchange(request)) == 503) {
      ++retries;
      std::this_thread::sleep_for(5ms);
    }
    if (status / 100 != 2) die(fmt::format("answered {}", status));
  }
}

int wait_for_port(const fs::path& file) {
  for (int i = 0; i < 2000; ++i) {
    int port = 0;
    if (std::ifstream(file) >> port) return port;
    std::this_thread::sleep_for(5ms);
  }
  die("obs-ingest did not start");
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const fs::path port_file = fs::temp_directory_path() / fmt::format("bench_ingest.{}", getpid());
  const pid_t child = fork();
  if (child == 0) {
    execl(options.program.c_str(), options.program.c_str(), "--http", "127.0.0.1:0", "--to",
          options.to.c_str(), "--grpc", "none", "--port-file", port_file.c_str(), nullptr);
    die("cannot run " + options.program);
  }
  const int port = wait_for_port(port_file);
  const std::size_t requests = options.records / kBatch / options.connections;
  const std::size_t records = requests * kBatch * options.connections;

  const auto start = std::chrono::steady_clock::now();
  std::atomic<std::size_t> retries{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < options.connections; ++i)
    threads.emplace_back([&] { send_share(port, requests, options, retries); });
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;

  ::kill(child, SIGTERM);
  rusage used{};
  int status = 0;
  wait4(child, &status, 0, &used);
  fs::remove(port_file);
  if (status != 0) die(fmt::format("obs-ingest ended with {}", status));

  const double cpu = seconds(used.ru_utime) + seconds(used.ru_stime);
  const double millions = static_cast<double>(records) / 1e6;
  fmt::print("{} {} to {}, {} connections{}\n", records,
             options.remote_write ? "remote write points" : "logs", options.to, options.connections,
             options.gzip ? ", gzip" : "");
  fmt::print(
      "  {:6.3f} CPU s a million ({:.3f} user, {:.3f} system)  {:.0f} records/s  "
      "{} KiB at most  {} retries\n",
      cpu / millions, seconds(used.ru_utime) / millions, seconds(used.ru_stime) / millions,
      static_cast<double>(records) / elapsed.count(), used.ru_maxrss, retries.load());
}
