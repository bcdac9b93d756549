#include "libobs/store/store_access.h"

#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "libobs/store/store_files.h"
#include "libobs/store/writer_socket.h"

namespace obs::store {
namespace {

// A writer that begins takes its lock a moment before it listens, and gives it back a moment after
// it has stopped to.
constexpr int kAttempts = 20;
constexpr std::chrono::milliseconds kAttemptPause{100};

// Batches through the socket, each acknowledged before the next is sent.
class RemoteSink final : public pipeline::Sink {
 public:
  RemoteSink(WriterClient& client, std::mutex& mutex) : client_(client), mutex_(mutex) {}

  void write(model::BatchPtr batch, pipeline::Ack ack) override {
    Result<void> written;
    {
      const std::lock_guard lock(mutex_);
      written = client_.write(*batch);
    }
    ack(std::move(written));
  }
  Result<void> close() override { return {}; }
  std::vector<pipeline::Health> health() const override { return {}; }

 private:
  WriterClient& client_;
  std::mutex& mutex_;
};

class RemoteAccess final : public StoreAccess {
 public:
  explicit RemoteAccess(std::unique_ptr<WriterClient> client)
      : client_(std::move(client)), sink_(*client_, mutex_) {}

  Result<CareCounts> run(const CareRequest& request,
                         const std::function<void(const CareProgress&)>& tell) override {
    const std::lock_guard lock(mutex_);
    return client_->run(request, tell);
  }
  pipeline::Sink& sink() override { return sink_; }
  void cancel() override { client_->cancel(); }
  Result<void> close() override { return {}; }

 private:
  std::mutex mutex_;  // One request at a time.
  std::unique_ptr<WriterClient> client_;
  RemoteSink sink_;
};

class OwnAccess final : public StoreAccess {
 public:
  explicit OwnAccess(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}

  Result<CareCounts> run(const CareRequest& request,
                         const std::function<void(const CareProgress&)>& tell) override {
    CareJob job(tell);
    {
      const std::lock_guard lock(mutex_);
      if (cancelled_) job.cancel();
      job_ = &job;
    }
    auto counts = writer_->care(request, job);
    const std::lock_guard lock(mutex_);
    job_ = nullptr;
    return counts;
  }
  pipeline::Sink& sink() override { return *writer_; }
  void cancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (job_ != nullptr) job_->cancel();
  }
  Result<void> close() override { return writer_->close(); }

 private:
  std::unique_ptr<Writer> writer_;
  std::mutex mutex_;  // Guards all below.
  CareJob* job_ = nullptr;
  bool cancelled_ = false;
};

Result<std::unique_ptr<StoreAccess>> try_open(Fs& fs, const Clock& clock, const std::string& dir,
                                              Registry& registry, const WriterOptions& options) {
  auto client = WriterClient::connect(dir);
  if (client) return std::make_unique<RemoteAccess>(*std::move(client));
  OBS_TRY(auto writer, Writer::open(fs, clock, dir, registry, options));
  return std::make_unique<OwnAccess>(std::move(writer));
}

}  // namespace

Result<std::unique_ptr<StoreAccess>> StoreAccess::open(Fs& fs, const Clock& clock, std::string dir,
                                                       Registry& registry, WriterOptions options,
                                                       Missing missing) {
  OBS_TRY(const DirectoryKind kind, inspect_directory(fs, dir));
  if (kind != DirectoryKind::kStore && missing == Missing::kRefuse) {
    return fail(Errc::kNotFound, fmt::format("there is no store at {}", dir));
  }
  for (int attempt = 1;; ++attempt) {
    auto access = try_open(fs, clock, dir, registry, options);
    const bool busy = !access && access.error().code == Errc::kUnavailable;
    if (!busy || attempt == kAttempts) return access;
    std::this_thread::sleep_for(kAttemptPause);
  }
}

}  // namespace obs::store
