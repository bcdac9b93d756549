#include "libobs/store/writer_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <future>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/codec/envelope.h"
#include "libobs/store/writer_socket_io.h"

namespace obs::store {
namespace {

// Out of descriptors: others may be closed soon.
constexpr std::chrono::milliseconds kAcceptPause{100};

Result<model::BatchPtr> open_batch(std::string_view envelope) {
  auto parsed = codec::parse_envelope(envelope);
  if (!parsed) return fail(to_error(parsed.error()).during("read the batch"));
  OBS_TRY(model::Batch batch, codec::open_envelope(*std::move(parsed), kMaxWriteBytes));
  return std::make_shared<const model::Batch>(std::move(batch));
}

}  // namespace

Result<std::unique_ptr<WriterSocket>> WriterSocket::open(const std::string& dir, Run run,
                                                         pipeline::Sink& sink) {
  OBS_TRY(Descriptor socket, open_writer_socket(dir, SocketEnd::kListen));
  return std::unique_ptr<WriterSocket>(
      new WriterSocket(std::move(socket), join_path(dir, kSocketFile), std::move(run), sink));
}

WriterSocket::WriterSocket(Descriptor socket, std::string path, Run run, pipeline::Sink& sink)
    : socket_(std::move(socket)),
      path_(std::move(path)),
      run_(std::move(run)),
      sink_(sink),
      thread_([this] { accept(); }) {}

WriterSocket::~WriterSocket() { stop(); }

void WriterSocket::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    for (Connection& connection : connections_) {
      ::shutdown(connection.socket.get(), SHUT_RDWR);
      if (connection.job != nullptr) connection.job->cancel();
    }
  }
  ::unlink(path_.c_str());
  ::shutdown(socket_.get(), SHUT_RDWR);
  thread_.join();
  for (Connection& connection : connections_) connection.thread.join();
  connections_.clear();
}

void WriterSocket::accept() {
  for (;;) {
    Descriptor socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const int error = errno;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    if (socket) {
      take(std::move(socket));
    } else if (error != EINTR && error != ECONNABORTED) {
      std::this_thread::sleep_for(kAcceptPause);
    }
  }
}

void WriterSocket::take(Descriptor socket) {
  remove_done();
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  if (connections_.size() >= kMaxConnections) {
    const Result<CareCounts> busy =
        fail(Errc::kUnavailable, "too many processes talk to the writer; try again later");
    (void)send_all(socket.get(), result_line(busy));
    return;
  }
  Connection& connection = connections_.emplace_back(std::move(socket));
  connection.thread = std::thread([this, &connection] { serve(connection); });
}

void WriterSocket::remove_done() {
  std::list<Connection> done;
  {
    const std::lock_guard lock(mutex_);
    for (auto next = connections_.begin(); next != connections_.end();) {
      const auto connection = next++;
      if (connection->done) done.splice(done.end(), connections_, connection);
    }
  }
  for (Connection& connection : done) connection.thread.join();
}

void WriterSocket::serve(Connection& connection) {
  std::string unread;
  for (;;) {
    auto line = receive_line(connection.socket.get(), unread, kMaxRequestBytes);
    if (!line || !*line) break;
    const auto result = answer(connection, **line, unread);
    if (!send_all(connection.socket.get(), result_line(result))) break;
    // After a batch that did not come whole nobody knows where the next request begins.
    if (!result && result.error().code == Errc::kLimitExceeded) break;
  }
  ::shutdown(connection.socket.get(), SHUT_RDWR);
  const std::lock_guard lock(mutex_);
  connection.done = true;
}

Result<CareCounts> WriterSocket::answer(Connection& connection, std::string_view line,
                                        std::string& unread) {
  if (const auto bytes = parse_write_line(line)) return write(connection, *bytes, unread);
  OBS_TRY(const CareRequest request, parse_care_request(line));
  return run_task(connection, request);
}

// A client that is gone takes its task with it: Ctrl-C at a command stops what it began.
Result<CareCounts> WriterSocket::run_task(Connection& connection, const CareRequest& request) {
  CareJob* self = nullptr;
  CareJob job([&](const CareProgress& progress) {
    if (!send_all(connection.socket.get(), progress_line(progress))) self->cancel();
  });
  self = &job;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) job.cancel();
    connection.job = &job;
  }
  auto result = run_(request, job);
  const std::lock_guard lock(mutex_);
  connection.job = nullptr;
  return result;
}

// Memory grows with what has come, not with what was announced.
Result<CareCounts> WriterSocket::write(Connection& connection, std::size_t bytes,
                                       std::string& unread) {
  if (bytes > kMaxWriteBytes) {
    return fail(Errc::kLimitExceeded,
                fmt::format("a batch of {} bytes, over the limit of {}", bytes, kMaxWriteBytes));
  }
  while (unread.size() < bytes) {
    OBS_TRY(const bool more, receive_more(connection.socket.get(), unread));
    if (!more) return fail(Errc::kLimitExceeded, "the batch was cut short");
  }
  auto batch = open_batch(std::string_view(unread).substr(0, bytes));
  unread.erase(0, bytes);
  if (!batch) return fail(std::move(batch).error());
  const std::uint64_t records = (*batch)->size();
  // Shared: we may be through with it before the one who sets it is.
  const auto acked = std::make_shared<std::promise<Result<void>>>();
  sink_.write(*std::move(batch),
              [acked](Result<void> result) { acked->set_value(std::move(result)); });
  OBS_TRY_VOID(acked->get_future().get());
  return CareCounts{{"records", records}};
}

Result<std::unique_ptr<WriterClient>> WriterClient::connect(const std::string& dir) {
  OBS_TRY(Descriptor socket, open_writer_socket(dir, SocketEnd::kConnect));
  return std::unique_ptr<WriterClient>(new WriterClient(std::move(socket)));
}

Result<CareCounts> WriterClient::run(const CareRequest& request,
                                     const std::function<void(const CareProgress&)>& tell) {
  OBS_TRY_VOID(send_all(socket_.get(), to_json(request) + "\n"));
  return receive(tell);
}

Result<void> WriterClient::write(const model::Batch& batch) {
  std::string envelope;
  codec::append_envelope(envelope, codec::seal(batch, false));
  OBS_TRY_VOID(send_all(socket_.get(), write_line(envelope.size())));
  OBS_TRY_VOID(send_all(socket_.get(), envelope));
  OBS_TRY([[maybe_unused]] const CareCounts counts, receive({}));
  return {};
}

Result<CareCounts> WriterClient::receive(const std::function<void(const CareProgress&)>& tell) {
  for (;;) {
    OBS_TRY(const auto line, receive_line(socket_.get(), unread_, kMaxRequestBytes));
    if (!line) {
      return fail(Errc::kUnavailable, "the writer of the store went away; ask again");
    }
    OBS_TRY(auto counts, parse_answer(*line, tell));
    if (counts) return *std::move(counts);
  }
}

void WriterClient::cancel() { ::shutdown(socket_.get(), SHUT_RDWR); }

}  // namespace obs::store
