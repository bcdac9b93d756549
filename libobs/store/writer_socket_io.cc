#include "libobs/store/writer_socket_io.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>

#include <fmt/format.h>

#include "libobs/base/arena.h"
#include "libobs/base/fs.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"

namespace obs::store {
namespace {

using model::Value;
using model::ValueKind;

constexpr int kBacklog = 8;
constexpr std::size_t kReceiveBytes = std::size_t{64} << 10;
// Of someone who does not read what he asked for.
constexpr timeval kSendTimeout{10, 0};

constexpr std::array kCodes = {Errc::kInvalidArgument,
                               Errc::kMalformed,
                               Errc::kLimitExceeded,
                               Errc::kNotFound,
                               Errc::kUnsupported,
                               Errc::kUnavailable,
                               Errc::kIo,
                               Errc::kInternal};

// An address has room for 107 bytes. A directory that is open has a short name in /proc.
sockaddr_un make_address(int directory) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/{}", directory, kSocketFile);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Result<void> listen_at(int fd, int directory, const sockaddr_un& address) {
  // The lock is ours, so whose socket that was is gone.
  (void)::unlinkat(directory, kSocketFile.data(), 0);
  // Nobody connects before listen(), so the mode comes in time.
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return fail_errno(errno, "bind");
  }
  if (::fchmodat(directory, kSocketFile.data(), 0600, 0) != 0) return fail_errno(errno, "chmod");
  if (::listen(fd, kBacklog) != 0) return fail_errno(errno, "listen");
  return {};
}

Result<void> connect_to(int fd, const sockaddr_un& address) {
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return {};
  if (errno == ECONNREFUSED) return fail(Errc::kNotFound, "nobody listens");
  return fail_errno(errno, "connect");
}

const Value* find(const Value& map, std::string_view key) {
  if (map.kind() != ValueKind::kMap) return nullptr;
  for (const model::KeyValue& member : map.as_map()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::string text_of(const Value& map, std::string_view key) {
  const Value* value = find(map, key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::uint64_t number_of(const Value& map, std::string_view key) {
  const Value* value = find(map, key);
  const bool good = value != nullptr && value->kind() == ValueKind::kInt && value->as_int() >= 0;
  return good ? static_cast<std::uint64_t>(value->as_int()) : 0;
}

Error to_error(const Value& told) {
  const std::string code = text_of(told, "code");
  Error error{Errc::kIo, text_of(told, "message")};
  for (const Errc known : kCodes) {
    if (to_string(known) == code) error.code = known;
  }
  return error;
}

}  // namespace

Result<Descriptor> open_writer_socket(const std::string& dir, SocketEnd end) {
  const std::string path = join_path(dir, kSocketFile);
  const Descriptor directory(::open(dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail_errno(errno, "open " + dir);
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno(errno, "make a socket");
  const sockaddr_un address = make_address(directory.get());
  auto opened = end == SocketEnd::kListen ? listen_at(fd.get(), directory.get(), address)
                                          : connect_to(fd.get(), address);
  if (!opened) return fail(std::move(opened).error().during("open " + path));
  return fd;
}

Result<void> send_all(int fd, std::string_view bytes) {
  (void)::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kSendTimeout, sizeof(kSendTimeout));
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return fail(Errc::kUnavailable, "the other end of writer.sock went away");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<bool> receive_more(int fd, std::string& unread) {
  const std::size_t before = unread.size();
  unread.resize(before + kReceiveBytes);
  ssize_t got = 0;
  do {
    got = ::recv(fd, unread.data() + before, kReceiveBytes, 0);
  } while (got < 0 && errno == EINTR);
  unread.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
  if (got < 0) return fail(Errc::kUnavailable, "the other end of writer.sock went away");
  return got > 0;
}

Result<std::optional<std::string>> receive_line(int fd, std::string& unread, std::size_t limit) {
  std::size_t looked = 0;
  for (;;) {
    const std::size_t end = unread.find('\n', looked);
    if (end != std::string::npos) {
      std::string line = unread.substr(0, end);
      unread.erase(0, end + 1);
      return std::optional(std::move(line));
    }
    looked = unread.size();
    if (looked > limit) {
      return fail(Errc::kLimitExceeded, fmt::format("a line of more than {} bytes", limit));
    }
    OBS_TRY(const bool more, receive_more(fd, unread));
    if (!more) return std::optional<std::string>();
  }
}

std::string progress_line(const CareProgress& progress) {
  std::string line = R"({"progress":{"what":)";
  append_json_string(line, progress.what);
  return line + fmt::format(",\"done\":{},\"total\":{}}}}}\n", progress.done, progress.total);
}

std::string result_line(const Result<CareCounts>& result) {
  std::string line = result ? R"({"result":{)" : R"({"error":{"code":)";
  if (!result) {
    append_json_string(line, to_string(result.error().code));
    line += ",\"message\":";
    append_json_string(line, repair_utf8(result.error().message));
    return line + "}}\n";
  }
  for (const auto& [name, count] : *result) {
    if (line.back() != '{') line += ',';
    append_json_string(line, name);
    line += fmt::format(":{}", count);
  }
  return line + "}}\n";
}

std::string write_line(std::size_t bytes) {
  return fmt::format("{{\"task\":\"write\",\"bytes\":{}}}\n", bytes);
}

std::optional<std::size_t> parse_write_line(std::string_view line) {
  Arena arena;
  const auto value = codec::parse_json(line, arena);
  if (!value || text_of(*value, "task") != "write") return std::nullopt;
  return number_of(*value, "bytes");
}

Result<std::optional<CareCounts>> parse_answer(
    std::string_view line, const std::function<void(const CareProgress&)>& tell) {
  Arena arena;
  const auto value = codec::parse_json(line, arena);
  if (!value) return fail(obs::to_error(value.error()).during("read the writer's answer"));
  if (const Value* error = find(*value, "error")) return fail(to_error(*error));
  if (const Value* progress = find(*value, "progress")) {
    const std::string what = text_of(*progress, "what");
    if (tell) tell({what, number_of(*progress, "done"), number_of(*progress, "total")});
    return std::optional<CareCounts>();
  }
  const Value* result = find(*value, "result");
  if (result == nullptr || result->kind() != ValueKind::kMap) {
    return fail(Errc::kMalformed, "the writer's answer is none");
  }
  CareCounts counts;
  for (const model::KeyValue& member : result->as_map()) {
    counts.emplace_back(member.key, number_of(*result, member.key));
  }
  return std::optional(std::move(counts));
}

}  // namespace obs::store
