#include "libobs/places/tail_journal.h"

#include <fmt/format.h>

#include "libobs/base/byte_order.h"

namespace obs::places {
namespace {

constexpr std::string_view kMagic = "OBSTAIL2";
constexpr std::size_t kHeader = kMagic.size() + sizeof(model::BatchId);

void append_frame(std::string& out, std::string_view bytes) {
  append_number(out, static_cast<std::uint32_t>(bytes.size()));
  append_number(out, hash64(bytes));
  out += bytes;
}

// The next frame's bytes; false where none is, whole and undamaged.
bool take_frame(ByteReader& in, std::string_view& bytes) {
  const auto size = in.number<std::uint32_t>();
  const auto checksum = in.number<std::uint64_t>();
  bytes = in.take(size);
  return in.ok() && hash64(bytes) == checksum;
}

}  // namespace

Result<TailJournal> TailJournal::open(Fs& fs, const std::string& dir, const Reader& reader) {
  OBS_TRY_VOID(fs.make_dirs(dir));
  TailJournal journal(fs, join_path(dir, "tailsample.journal"));
  fill_random(journal.identity_.bytes);
  if (!fs.exists(journal.path_)) return journal;
  {
    OBS_TRY(const auto mapping, fs.map(journal.path_));
    auto read = journal.read(as_text(mapping->bytes()), reader);
    if (!read) return fail(std::move(read).error().during("read " + journal.path_));
  }
  OBS_TRY(journal.file_, fs.open_append(journal.path_));
  if (journal.torn_ > 0) OBS_TRY_VOID(journal.file_->truncate(journal.size_));
  return journal;
}

Result<void> TailJournal::read(std::string_view bytes, const Reader& reader) {
  if (!bytes.starts_with(kMagic.substr(0, kMagic.size() - 1)) || bytes.size() < kHeader)
    return fail(Errc::kMalformed, "no journal of tailsample");
  if (!bytes.starts_with(kMagic))
    return fail(Errc::kUnsupported, "another version of obs wrote it; use that one");
  ByteReader in(bytes);
  in.take(kMagic.size());
  identity_ = in.id<model::BatchId>();
  size_ = kHeader;
  std::string_view frame;
  if (!take_frame(in, frame)) return fail(Errc::kMalformed, "the state at its begin is damaged");
  if (auto read = reader.state(frame); !read) return fail(to_error(read.error()));
  for (size_ = in.offset(); take_frame(in, frame); size_ = in.offset()) {
    if (auto read = reader.change(frame); !read) {
      return fail(to_error(read.error()).during(fmt::format("the change at byte {}", size_)));
    }
  }
  torn_ = bytes.size() - size_;
  return {};
}

void TailJournal::add(std::string_view change) { append_frame(group_, change); }

Result<void> TailJournal::commit() {
  const std::string group = std::move(group_);
  group_.clear();
  if (is_broken_ || !file_) {
    return fail(Errc::kUnavailable, path_ + ": an earlier write failed and could not be undone");
  }
  auto written = file_->append(as_bytes(group));
  if (written) written = file_->sync();
  if (!written) {
    is_broken_ = !file_->truncate(size_);
    return written;
  }
  size_ += group.size();
  return {};
}

Result<void> TailJournal::rewrite(std::string_view state) {
  std::string contents(kMagic);
  contents += as_text(identity_.bytes);
  append_frame(contents, state);
  OBS_TRY_VOID(fs_->replace_file(path_, contents));
  file_.reset();  // Of a file that is no more.
  OBS_TRY(file_, fs_->open_append(path_));
  size_ = contents.size();
  is_broken_ = false;
  return {};
}

}  // namespace obs::places
