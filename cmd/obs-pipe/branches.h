// Where `route` and `tee` write: files, each opened before the first record.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"

namespace obs::pipe {

class Branches {
 public:
  // Opens `file:PATH` of each address for appending. kInvalidArgument for another kind of place.
  static Result<Branches> open(const std::vector<std::string>& addresses);

  // Appends a line to what is to be written there.
  Result<void> add(std::string_view address, std::string_view line);
  Result<void> flush();

 private:
  struct Branch {
    std::unique_ptr<File> file;
    std::string waiting;
  };
  static Result<void> write(Branch& branch);

  std::map<std::string, Branch, std::less<>> branches_;
};

}  // namespace obs::pipe
