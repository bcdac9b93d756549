// Retention that goes on by itself: a writer's standing policies, applied when it opens the store
// and every hour after. Internal to libobs/store.

#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/care.h"

namespace obs::store {

class Retainer {
 public:
  using Run = std::function<Result<CareCounts>(const CareRequest&, CareJob&)>;
  Retainer(std::vector<RetainPolicy> policies, Run run);
  ~Retainer();
  Retainer(const Retainer&) = delete;
  Retainer& operator=(const Retainer&) = delete;

  // Why the last application failed; empty when it did not. Any thread.
  std::string failure() const;

 private:
  void run();
  std::string apply();

  const std::vector<RetainPolicy> policies_;
  const Run run_;
  CareJob job_;
  mutable std::mutex mutex_;  // Guards all below.
  std::condition_variable wake_;
  std::string failure_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace obs::store
