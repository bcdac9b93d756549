#include "libobs/places/file_checkpoint.h"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "libobs/base/arena.h"
#include "libobs/base/bytes.h"
#include "libobs/base/hash.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"

namespace obs::places {

using model::Value;

namespace {

constexpr std::string_view kHeader = R"({"obs-tail":1})";
// The journal behind a snapshot; then a new one is written.
constexpr std::uint64_t kMostBytes = kMiB;

// Numbers are text: JSON readers round what is beyond 2^53.
std::optional<std::uint64_t> find_number(model::Attributes members, std::string_view key) {
  const Value* const value = model::find_attribute(members, key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return parse_uint(value->as_string());
}

std::optional<std::string> find_text(model::Attributes members, std::string_view key) {
  const Value* const value = model::find_attribute(members, key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->as_string());
}

std::string begin_line(const std::string& id, const FileMark& mark) {
  std::string line = fmt::format(R"({{"begin":"{}","path":)", id);
  append_json_string(line, repair_utf8(mark.path));
  return line +
         fmt::format(R"(,"device":"{}","inode":"{}","prefix_size":"{}","prefix_hash":"{}"}})",
                     mark.device, mark.inode, mark.prefix_size, mark.prefix_hash);
}

std::string sent_line(const std::string& id, std::uint64_t from, std::uint64_t to) {
  return fmt::format(R"({{"sent":"{}","from":"{}","to":"{}"}})", id, from, to);
}

std::string done_line(const std::string& id, std::uint64_t to) {
  return fmt::format(R"({{"done":"{}","to":"{}"}})", id, to);
}

void note_done(FileMark& mark, std::uint64_t to) {
  mark.done = to;
  mark.sent.erase(mark.sent.begin(), mark.sent.lower_bound(to));
}

bool apply_begin(FileCheckpoint::Marks& marks, const std::string& id, model::Attributes members) {
  const auto path = find_text(members, "path");
  const auto device = find_number(members, "device");
  const auto inode = find_number(members, "inode");
  const auto size = find_number(members, "prefix_size");
  const auto hash = find_number(members, "prefix_hash");
  if (!path || !device || !inode || !size || !hash) return false;
  FileMark& mark = marks[id];
  mark.path = *path;
  mark.device = *device;
  mark.inode = *inode;
  mark.prefix_size = *size;
  mark.prefix_hash = *hash;
  return true;
}

// False for a line that is none of ours.
bool apply(FileCheckpoint::Marks& marks, model::Attributes members) {
  if (const auto id = find_text(members, "begin")) return apply_begin(marks, *id, members);
  if (const auto id = find_text(members, "gone")) return marks.erase(*id) == 1;
  const auto to = find_number(members, "to");
  if (const auto id = find_text(members, "done"); id && to && marks.contains(*id)) {
    note_done(marks[*id], *to);
    return true;
  }
  const auto from = find_number(members, "from");
  if (const auto id = find_text(members, "sent"); id && from && to && marks.contains(*id)) {
    marks[*id].sent[*from] = *to;
    return true;
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<FileCheckpoint>> FileCheckpoint::open(Fs& fs, std::string path) {
  std::unique_ptr<FileCheckpoint> checkpoint(new FileCheckpoint(fs, std::move(path)));
  if (checkpoint->path_.empty()) return checkpoint;
  if (fs.exists(checkpoint->path_)) {
    OBS_TRY(const std::string text, fs.read_file(checkpoint->path_));
    std::string_view rest = text;
    const auto next = [&] {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      return line;
    };
    if (next() != kHeader)
      return fail(
          Errc::kMalformed,
          fmt::format("{} is not what --tail-state writes; name another file", checkpoint->path_));
    while (!rest.empty()) {
      Arena arena;
      const auto line = codec::parse_json(next(), arena);
      if (!line || line->kind() != model::ValueKind::kMap) break;
      if (!apply(checkpoint->marks_, line->as_map())) break;
    }
  }
  OBS_TRY_VOID(checkpoint->save());
  return checkpoint;
}

Result<void> FileCheckpoint::append(std::string_view line) {
  if (path_.empty()) return {};
  if (file_->size() > kMostBytes) return save();
  return file_->append(as_bytes(std::string(line) + "\n"));
}

Result<std::string> FileCheckpoint::begin(FileMark mark) {
  std::array<std::byte, 16> random;
  fill_random(random);
  std::string id;
  append_hex(id, random);
  marks_[id] = std::move(mark);
  OBS_TRY_VOID(save());
  return id;
}

Result<void> FileCheckpoint::sent(const std::string& id, std::uint64_t from, std::uint64_t to) {
  marks_[id].sent[from] = to;
  return append(sent_line(id, from, to));
}

Result<void> FileCheckpoint::done(const std::string& id, std::uint64_t to) {
  note_done(marks_[id], to);
  return append(done_line(id, to));
}

void FileCheckpoint::update(const std::string& id, const std::string& path,
                            std::uint64_t prefix_size, std::uint64_t prefix_hash) {
  FileMark& mark = marks_[id];
  mark.path = path;
  mark.prefix_size = prefix_size;
  mark.prefix_hash = prefix_hash;
}

Result<void> FileCheckpoint::forget(const std::string& id) {
  marks_.erase(id);
  return append(fmt::format(R"({{"gone":"{}"}})", id));
}

Result<void> FileCheckpoint::save() {
  if (path_.empty()) return {};
  std::string text(kHeader);
  text += '\n';
  for (const auto& [id, mark] : marks_) {
    text += begin_line(id, mark) + "\n" + done_line(id, mark.done) + "\n";
    for (const auto& [from, to] : mark.sent) text += sent_line(id, from, to) + "\n";
  }
  // What replaces the file ends the life of the one that was open.
  file_.reset();
  OBS_TRY_VOID(fs_.replace_file(path_, text));
  OBS_TRY(file_, fs_.open_append(path_));
  return {};
}

}  // namespace obs::places
