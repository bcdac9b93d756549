// bench_log_doors: what it costs obs-ingest to take a million lines by each door for logs, into a
// sink that throws them away; beside it what decoding them costs alone, and what a program costs
// that reads as many bytes and forgets them.
//
//   bench_log_doors [--records N] [OBS-INGEST]
//
// CPU time of the process from its start to its end, user and system, as the kernel tells.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "libobs/codec/elastic_bulk.h"
#include "libobs/codec/loki.h"
#include "libobs/codec/ndjson.h"
#include "libobs/codec/syslog.h"
#include "libobs/codec/syslog_frame.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// As shippers batch; requests of a mebibyte and more go to a worker, for a fifth more.
constexpr std::size_t kBatch = 500;
constexpr obs::Timestamp kNow = 1'763'806'600'000'000'000;

[[noreturn]] void die(const std::string& message) {
  fmt::print(stderr, "bench_log_doors: {}\n", message);
  std::exit(1);
}

// About 200 bytes, as a service writes them.
std::string text(std::size_t i) {
  return fmt::format(
      "order {} of user {} was declined by provider acme: insufficient funds, amount 42.50 EUR, "
      "attempt {} of 3, correlation 4f1c2a9e-{:04x}, will be retried in 30 seconds",
      i * 7919 % 1'000'003, i % 5000, i % 3 + 1, i % 65536);
}

std::string syslog_line(std::size_t i) {
  return fmt::format(
      "<134>1 2025-11-22T10:15:{:02}.{:06}Z web-3 checkout 4242 - [meta sequenceId=\"{}\"] {}\n",
      i / 1000 % 60, i % 1'000'000, i, text(i));
}

std::string ndjson_line(std::size_t i) {
  return fmt::format(
      R"({{"level":30,"time":{},"pid":4242,"hostname":"web-3","user":{},"route":"/pay","msg":"{}"}})"
      "\n",
      kNow / obs::kMillisecond + static_cast<obs::Timestamp>(i), i % 5000, text(i));
}

std::string loki_entry(std::size_t i) {
  return fmt::format(R"({}["{}","{}",{{"user":"{}"}}])", i % kBatch == 0 ? "" : ",",
                     kNow + static_cast<obs::Timestamp>(i), text(i), i % 5000);
}

std::string bulk_lines(std::size_t i) {
  return fmt::format(
      R"({{"create":{{"_index":"logs"}}}})"
      "\n"
      R"({{"@timestamp":"2025-11-22T10:15:{:02}.{:06}Z","log":{{"level":"info"}},"service":{{"name":"checkout"}},"message":"{}"}})"
      "\n",
      i / 1000 % 60, i % 1'000'000, text(i));
}

using MakeLine = std::string (*)(std::size_t);

std::string batch_of(MakeLine line, std::size_t first) {
  std::string out;
  for (std::size_t i = first; i < first + kBatch; ++i) out += line(i);
  return out;
}

std::string http_request(const std::string& path, const std::string& type,
                         const std::string& body) {
  return fmt::format(
             "POST {} HTTP/1.1\r\nHost: bench\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
             path, type, body.size()) +
         body;
}

struct Door {
  const char* name;
  bool http;
  std::function<std::string(std::size_t first)> request;
  std::function<std::size_t(std::string_view body)> decode;
};

std::size_t decode_syslog(std::string_view body) {
  obs::codec::SyslogDecoder decoder;
  while (const auto frame = *obs::codec::next_syslog_frame(body))
    decoder.add(*frame, {kNow, 0, "127.0.0.1"});
  return decoder.take().size();
}

std::size_t decode_ndjson(std::string_view body) {
  obs::codec::NdjsonDecoder decoder({.trusted = false});
  for (std::size_t end = 0; (end = body.find('\n')) != body.npos; body.remove_prefix(end + 1))
    (void)decoder.add_line(body.substr(0, end), kNow);
  return decoder.size();
}

std::vector<Door> doors() {
  const auto loki = [](std::size_t first) {
    return R"({"streams":[{"stream":{"service_name":"checkout"},"values":[)" +
           batch_of(loki_entry, first) + "]}]}";
  };
  return {
      {"syslog, TCP", false, [](std::size_t first) { return batch_of(syslog_line, first); },
       decode_syslog},
      {"POST /ndjson", true, [](std::size_t first) { return batch_of(ndjson_line, first); },
       decode_ndjson},
      {"Loki, JSON", true, loki,
       [](std::string_view body) {
         return obs::codec::decode_loki_json(body, kNow)->batch.size();
       }},
      {"_bulk", true, [](std::size_t first) { return batch_of(bulk_lines, first); },
       [](std::string_view body) {
         return obs::codec::decode_elastic_bulk(body, "", kNow)->logs.batch.size();
       }},
  };
}

std::string to_http(const Door& door, const std::string& body) {
  const std::string_view name = door.name;
  if (name.starts_with("Loki")) return http_request("/loki/api/v1/push", "application/json", body);
  if (name == "_bulk") return http_request("/_bulk", "application/x-ndjson", body);
  return http_request("/ndjson", "application/x-ndjson", body);
}

int connect_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    die("cannot connect");
  return fd;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) die("the connection broke");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void expect_success(int fd) {
  std::string answer;
  char room[256 << 10];
  std::size_t head = 0;
  while ((head = answer.find("\r\n\r\n")) == answer.npos) {
    const ssize_t size = ::recv(fd, room, sizeof room, 0);
    if (size <= 0) die("the connection ended");
    answer.append(room, static_cast<std::size_t>(size));
  }
  if (answer[9] != '2') die(answer.substr(0, 200));
  const std::size_t at = answer.find("Content-Length: ");
  const std::size_t length = at > head ? 0 : std::stoul(answer.substr(at + 16));
  for (std::size_t have = answer.size() - head - 4; have < length;) {
    const ssize_t size = ::recv(fd, room, sizeof room, 0);
    if (size <= 0) die("the connection ended");
    have += static_cast<std::size_t>(size);
  }
}

double cpu_of(const rusage& used) {
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double end(pid_t child) {
  ::kill(child, SIGTERM);
  rusage used{};
  int status = 0;
  ::wait4(child, &status, 0, &used);
  return cpu_of(used);
}

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

pid_t start(const std::string& program, int http, int syslog) {
  const fs::path ready = fs::temp_directory_path() / fmt::format("bench_log_doors.{}", getpid());
  fs::remove(ready);
  const pid_t child = fork();
  if (child == 0) {
    execl(program.c_str(), program.c_str(), "--http", fmt::format("127.0.0.1:{}", http).c_str(),
          "--grpc", "none", "--syslog", fmt::format("127.0.0.1:{}", syslog).c_str(), "--to",
          "null:", "--port-file", ready.c_str(), nullptr);
    die("cannot run " + program);
  }
  for (int i = 0; i < 2000 && !fs::exists(ready); ++i) std::this_thread::sleep_for(5ms);
  fs::remove(ready);
  return child;
}

double run(const std::string& program, const Door& door, const std::vector<std::string>& bodies) {
  const int http = free_port();
  const int syslog = free_port();
  const pid_t child = start(program, http, syslog);
  const int fd = connect_to(door.http ? http : syslog);
  for (const std::string& body : bodies) {
    send_all(fd, door.http ? to_http(door, body) : body);
    if (door.http) expect_success(fd);
  }
  ::shutdown(fd, SHUT_WR);
  // The daemon closes when it has read all.
  char room[64];
  while (::recv(fd, room, sizeof room, 0) > 0) continue;
  ::close(fd);
  return end(child);
}

// The limit: a program that does nothing but read.
double run_bare(const std::vector<std::string>& bodies) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) die("no socket");
  const pid_t child = fork();
  if (child == 0) {
    ::close(ends[1]);
    std::vector<char> room(64 << 10);
    while (::recv(ends[0], room.data(), room.size(), 0) > 0) continue;
    _exit(0);
  }
  ::close(ends[0]);
  for (const std::string& body : bodies) send_all(ends[1], body);
  ::close(ends[1]);
  rusage used{};
  int status = 0;
  ::wait4(child, &status, 0, &used);
  return cpu_of(used);
}

double run_decoder(const Door& door, const std::vector<std::string>& bodies) {
  const std::clock_t start = std::clock();
  for (const std::string& body : bodies) {
    if (door.decode(body) != kBatch) die(fmt::format("{}: records were lost", door.name));
  }
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t records = 1'000'000;
  std::string program = (fs::read_symlink("/proc/self/exe").parent_path() / "obs-ingest").string();
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--records" && i + 1 < argc) {
      records = std::stoul(argv[++i]);
    } else {
      program = argv[i];
    }
  }
  fmt::print("CPU s a million lines: obs-ingest, its decoder alone, a program that only reads\n");
  for (const Door& door : doors()) {
    std::vector<std::string> bodies;
    for (std::size_t first = 0; first < records; first += kBatch)
      bodies.push_back(door.request(first));
    const double millions = static_cast<double>(bodies.size() * kBatch) / 1e6;
    const double whole = run(program, door, bodies) / millions;
    const double decoder = run_decoder(door, bodies) / millions;
    const double bare = run_bare(bodies) / millions;
    fmt::print("  {:<14} {:6.3f}  {:6.3f}  {:6.3f}   {} B a line\n", door.name, whole, decoder,
               bare, bodies.front().size() / kBatch);
    std::fflush(stdout);
  }
}
