// DIR/writer.sock: how other processes ask the writer of a store for something.
//
// A stream socket that only the writer's user may connect to. A request is one line of JSON, a
// CareRequest or a batch to be written, answered by any number of progress lines and one result;
// obs-store(5) has the protocol. Who connects could as well change the store's files, so what comes
// is bounded and checked for sense, and not mistrusted beyond that: a condition in SQL runs as it
// is.
//
// Internal to libobs/store.

#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "libobs/base/posix_file.h"
#include "libobs/base/result.h"
#include "libobs/pipeline/sink.h"
#include "libobs/store/care.h"

namespace obs::store {

// A condition takes 64 KiB at most as its user writes it, and a few times that once rewritten.
inline constexpr std::size_t kMaxRequestBytes = std::size_t{1} << 20;
// The envelope of a batch. Receivers take requests of up to 64 MiB, which may be encoded anew.
inline constexpr std::size_t kMaxWriteBytes = std::size_t{256} << 20;
// Commands and their like: a few at a time.
inline constexpr std::size_t kMaxConnections = 16;

// Serves connections, each on a thread of its own, until stop().
class WriterSocket {
 public:
  using Run = std::function<Result<CareCounts>(const CareRequest&, CareJob&)>;
  // `run` and `sink` are used by several threads, and until stop() has returned. Replaces a socket
  // that an earlier writer left.
  static Result<std::unique_ptr<WriterSocket>> open(const std::string& dir, Run run,
                                                    pipeline::Sink& sink);
  ~WriterSocket();
  WriterSocket(const WriterSocket&) = delete;
  WriterSocket& operator=(const WriterSocket&) = delete;

  // Removes the socket, cancels what runs and waits for it.
  void stop();

 private:
  struct Connection {
    explicit Connection(Descriptor descriptor) : socket(std::move(descriptor)) {}
    Descriptor socket;
    CareJob* job = nullptr;  // While a task runs.
    bool done = false;
    std::thread thread;
  };

  WriterSocket(Descriptor socket, std::string path, Run run, pipeline::Sink& sink);
  void accept();
  void take(Descriptor socket);
  void remove_done();
  void serve(Connection& connection);
  Result<CareCounts> answer(Connection& connection, std::string_view line, std::string& unread);
  Result<CareCounts> run_task(Connection& connection, const CareRequest& request);
  Result<CareCounts> write(Connection& connection, std::size_t bytes, std::string& unread);

  const Descriptor socket_;
  const std::string path_;
  const Run run_;
  pipeline::Sink& sink_;
  std::mutex mutex_;  // Guards all below.
  std::list<Connection> connections_;
  bool stopping_ = false;
  std::thread thread_;
};

// The other end. One thread, but for cancel().
class WriterClient {
 public:
  // kNotFound: nobody listens there.
  static Result<std::unique_ptr<WriterClient>> connect(const std::string& dir);

  // Asks for a task and waits until it is done. What fails is told as the writer tells it;
  // kUnavailable when it went away meanwhile, with the task perhaps done in part.
  Result<CareCounts> run(const CareRequest& request,
                         const std::function<void(const CareProgress&)>& tell);
  // Waits until the batch is acknowledged.
  Result<void> write(const model::Batch& batch);

  // Ends what runs, and the connection. Any thread.
  void cancel();

 private:
  explicit WriterClient(Descriptor socket) : socket_(std::move(socket)) {}
  Result<CareCounts> receive(const std::function<void(const CareProgress&)>& tell);

  const Descriptor socket_;
  std::string unread_;
};

}  // namespace obs::store
