// Where `route` and `tee` write: places, each opened before the first record.

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"

namespace obs::pipe {

// One place.
class Branch {
 public:
  virtual ~Branch() = default;
  virtual Result<void> add(std::string_view line) = 0;
  // Passes on what was added.
  virtual Result<void> flush() = 0;
  // The end: waits until everything is where it should be.
  virtual Result<void> close() = 0;
  // Makes close() give up on a peer that is away, in seconds. Any thread.
  virtual void stop() {}
};

// Any thread.
class Branches {
 public:
  // `file:PATH` gets the lines as they are, appended; any other place of obs(7) records. The
  // addresses were checked by compile_job().
  Result<void> open(const std::vector<std::string>& addresses);

  // Appends a line to what is to be written there.
  Result<void> add(std::string_view address, std::string_view line);
  Result<void> flush();
  Result<void> close();
  void stop();

 private:
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Branch>, std::less<>> branches_;
};

}  // namespace obs::pipe
