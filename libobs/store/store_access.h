// The way to a store for who wants to change it from a command: through the writer that lives, in
// whichever process, else as its writer for as long as the command runs.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/pipeline/sink.h"
#include "libobs/store/care.h"
#include "libobs/store/writer.h"

namespace obs::store {

class StoreAccess {
 public:
  enum class Missing { kRefuse, kCreate };
  // kNotFound: there is no store, and none is to be made. kUnavailable names a writer that holds
  // the lock and cannot be asked.
  static Result<std::unique_ptr<StoreAccess>> open(Fs& fs, const Clock& clock, std::string dir,
                                                   Registry& registry, WriterOptions options,
                                                   Missing missing);
  virtual ~StoreAccess() = default;

  // Both of one thread at a time.
  virtual Result<CareCounts> run(const CareRequest& request,
                                 const std::function<void(const CareProgress&)>& tell) = 0;
  // Lives as long as this.
  virtual pipeline::Sink& sink() = 0;

  // Ends a task that runs before its next part. Any thread.
  virtual void cancel() = 0;
  virtual Result<void> close() = 0;
};

}  // namespace obs::store
