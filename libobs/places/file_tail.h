// FileTail: files that match patterns, followed as they grow, are rotated and begin anew.
//
// A file is known by its inode and its first bytes, so that one that was renamed is read to its end
// and one that was cut to nothing from its start; what has taken its name is another file. A copy
// that a rotation made is not read again. New files are read from their beginning. Where reading
// stands is kept in a checkpoint (file_checkpoint.h): nothing that was acknowledged is skipped by a
// restart, and a sink that knows batches by their ids stores nothing twice.
//
// Lines become records as those of ndjson do (log lines of other programs, plain text), with
// log.file.path on their resource.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/codec/multiline.h"
#include "libobs/pipeline/sink.h"

namespace obs::places {

struct FileTailOptions {
  std::vector<std::string> patterns;  // As glob(7), with {a,b} and ~.
  std::string state;                  // The file of the checkpoint; empty: none.
  codec::MultilineRule multiline;
  // What people should know though it stops nothing. Any thread.
  std::function<void(std::string_view)> warn;
};

// run() ends only when it is told to, or when the checkpoint cannot be written. kMalformed: the
// checkpoint is none of ours.
Result<std::unique_ptr<pipeline::Source>> open_file_tail(FileTailOptions options,
                                                         Registry& registry);

}  // namespace obs::places
