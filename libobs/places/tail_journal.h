// The file in which a receiver's `tailsample` keeps what is undecided: DIR/tailsample.journal.
//
//   journal := "OBSTAIL2" identity(16) frame*          the first frame is the state, the others
//   frame   := length(4) checksum(8) bytes             are changes of it (tail_state.h)
//
// Integers are little-endian; the checksum is XXH3-64 of the bytes. Changes are only ever appended,
// and synced before what they hold is acknowledged; once they outweigh the state, a journal that
// begins with the state of now takes the file's place, whole. So a process that ends at any moment
// leaves one good journal, perhaps with a frame at its end that is cut short and was acknowledged
// to nobody. Not thread-safe.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "libobs/base/fs.h"
#include "libobs/base/hash.h"
#include "libobs/base/result.h"
#include "libobs/model/ids.h"

namespace obs::places {

class TailJournal {
 public:
  struct Reader {
    std::function<Result<void, ParseError>(std::string_view)> state;
    std::function<Result<void, ParseError>(std::string_view)> change;
  };

  // Makes `dir` and reads the journal in it, if there is one. kMalformed: it is none, or says what
  // cannot be; kUnsupported: of another version.
  static Result<TailJournal> open(Fs& fs, const std::string& dir, const Reader& reader);

  // Random, and the same as long as the journal lives, whatever takes the file's place.
  const model::BatchId& identity() const { return identity_; }
  // Bytes behind a frame that is cut short, which were cut off.
  std::uint64_t torn() const { return torn_; }
  std::uint64_t size() const { return size_; }

  // Adds a change to the group that commit() writes.
  void add(std::string_view change);
  // Writes and syncs the group. A failure takes it back: none of it is in the journal. When even
  // that fails, every later commit() does, until rewrite() succeeds.
  Result<void> commit();
  // Begins a new journal with this state. On failure the old one stays.
  Result<void> rewrite(std::string_view state);

 private:
  TailJournal(Fs& fs, std::string path) : fs_(&fs), path_(std::move(path)) {}
  Result<void> read(std::string_view bytes, const Reader& reader);

  Fs* fs_;
  std::string path_;
  std::unique_ptr<File> file_;
  model::BatchId identity_;
  std::uint64_t size_ = 0;  // Of what counts.
  std::uint64_t torn_ = 0;
  bool is_broken_ = false;
  std::string group_;
};

}  // namespace obs::places
