#include "tests/bench/ingest_daemon.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <fmt/format.h>

namespace obs::bench {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

int wait_for_port(const fs::path& file) {
  for (int i = 0; i < 2000; ++i) {
    int port = 0;
    if (std::ifstream(file) >> port) return port;
    std::this_thread::sleep_for(5ms);
  }
  throw std::runtime_error("obs-ingest did not start");
}

// A connection of the bare server: it reads heads and skips bodies.
struct BareConnection {
  uv_tcp_t tcp{};
  std::string head;
  std::size_t body_left = 0;
};

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

void take(BareConnection& connection, std::string_view bytes) {
  while (!bytes.empty()) {
    if (connection.body_left == 0) {
      const std::size_t before = connection.head.size();
      connection.head += bytes.substr(0, 4096);
      const std::size_t end = connection.head.find("\r\n\r\n");
      if (end == connection.head.npos) return;
      const std::size_t at = connection.head.find("Content-Length: ");
      connection.body_left = std::stoul(connection.head.substr(at + 16));
      bytes.remove_prefix(end + 4 - before);
      connection.head.clear();
    }
    const std::size_t size = std::min(bytes.size(), connection.body_left);
    bytes.remove_prefix(size);
    connection.body_left -= size;
    if (connection.body_left > 0) return;
    uv_buf_t answer = uv_buf_init(const_cast<char*>(kAnswer.data()), kAnswer.size());
    uv_try_write(reinterpret_cast<uv_stream_t*>(&connection.tcp), &answer, 1);
  }
}

void accept(uv_stream_t* listener) {
  auto* connection = new BareConnection;  // Until the process ends.
  uv_tcp_init(listener->loop, &connection->tcp);
  connection->tcp.data = connection;
  auto* stream = reinterpret_cast<uv_stream_t*>(&connection->tcp);
  uv_accept(listener, stream);
  uv_tcp_nodelay(&connection->tcp, 1);
  static char room[64 << 10];
  uv_read_start(
      stream,
      [](uv_handle_t*, std::size_t, uv_buf_t* buffer) { *buffer = uv_buf_init(room, sizeof room); },
      [](uv_stream_t* from, ssize_t size, const uv_buf_t* buffer) {
        if (size <= 0) return uv_close(reinterpret_cast<uv_handle_t*>(from), nullptr);
        take(*static_cast<BareConnection*>(from->data),
             {buffer->base, static_cast<std::size_t>(size)});
      });
}

[[noreturn]] void serve(int listening) {
  std::signal(SIGTERM, [](int) { _exit(0); });
  uv_loop_t* loop = uv_default_loop();
  uv_tcp_t listener;
  uv_tcp_init(loop, &listener);
  uv_tcp_open(&listener, listening);
  uv_listen(reinterpret_cast<uv_stream_t*>(&listener), 1024,
            [](uv_stream_t* stream, int) { accept(stream); });
  uv_run(loop, UV_RUN_DEFAULT);
  _exit(1);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

Daemon Daemon::start(const std::string& program, const std::string& to,
                     const std::vector<std::string>& options) {
  const fs::path file = fs::temp_directory_path() / fmt::format("bench_ingest.{}", getpid());
  fs::remove(file);
  std::vector<std::string> words = {program, "--http", "127.0.0.1:0", "--grpc",     "none",
                                    "--to",  to,       "--port-file", file.string()};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDERR_FILENO);
    ::execv(program.c_str(), argv.data());
    _exit(127);
  }
  Daemon daemon(pid, wait_for_port(file));
  fs::remove(file);
  return daemon;
}

Daemon Daemon::start_bare() {
  const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listening, reinterpret_cast<sockaddr*>(&address), size);
  ::listen(listening, 1024);
  ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
  const pid_t pid = fork();
  if (pid == 0) serve(listening);
  ::close(listening);
  return Daemon(pid, ntohs(address.sin_port));
}

Daemon::Daemon(Daemon&& other) noexcept : pid_(std::exchange(other.pid_, 0)), port_(other.port_) {}

Daemon::~Daemon() {
  if (pid_ > 0) stop();
}

std::size_t Daemon::resident_kib() const {
  std::ifstream file(fmt::format("/proc/{}/statm", pid_));
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

Usage Daemon::stop() {
  ::kill(pid_, SIGTERM);
  rusage used{};
  int status = 0;
  ::wait4(std::exchange(pid_, 0), &status, 0, &used);
  return {seconds(used.ru_utime), seconds(used.ru_stime), used.ru_maxrss, status};
}

}  // namespace obs::bench
