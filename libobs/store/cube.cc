#include "libobs/store/cube.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "libobs/base/hash.h"
#include "libobs/base/varint.h"

namespace obs::store {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kHeadSize = 1 + sizeof(std::uint64_t);
constexpr std::int32_t kLastSeverity = 24;
constexpr std::int32_t kSeveritiesAWord = 4;

void append_text(std::string& out, const std::optional<std::string>& text) {
  append_varint(out, text ? text->size() + 1 : 0);
  if (text) out += *text;
}

// Takes from the front of bytes; once something is wrong, everything is.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes), size_(bytes.size()) {}

  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }
  std::size_t at() const { return size_ - rest_.size(); }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    good_ = good_ && take_varint(rest_, value);
    return good_ ? value : 0;
  }

  std::uint8_t byte() {
    const std::string_view one = take(1);
    return one.empty() ? 0 : static_cast<std::uint8_t>(one.front());
  }

  std::optional<std::string> text() {
    const std::uint64_t size = varint();
    if (size == 0) return std::nullopt;
    return std::string(take(size - 1));
  }

 private:
  std::string_view take(std::uint64_t size) {
    good_ = good_ && size <= rest_.size();
    if (!good_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  std::size_t size_;
  bool good_ = true;
};

std::vector<CubeCell> read_cells(Input& input) {
  std::vector<CubeCell> cells;
  std::int64_t minute = 0;
  for (std::uint64_t left = input.varint(); left > 0 && input.good(); --left) {
    // Unsigned, so that damage cannot overflow.
    minute = static_cast<std::int64_t>(static_cast<std::uint64_t>(minute) +
                                       static_cast<std::uint64_t>(unzigzag(input.varint())));
    cells.push_back({minute, input.varint()});
  }
  return cells;
}

// Late records come after others of later minutes: their counts are put where they belong.
void settle(std::vector<CubeCell>& cells) {
  const auto earlier = [](const CubeCell& a, const CubeCell& b) { return a.minute < b.minute; };
  if (!std::is_sorted(cells.begin(), cells.end(), earlier)) {
    std::sort(cells.begin(), cells.end(), earlier);
  }
  std::size_t kept = 0;
  for (const CubeCell& cell : cells) {
    if (kept > 0 && cells[kept - 1].minute == cell.minute) {
      cells[kept - 1].count += cell.count;
    } else {
      cells[kept++] = cell;
    }
  }
  cells.resize(kept);
}

}  // namespace

SeverityClass severity_class(std::int32_t number, std::string_view text) {
  if (number == 0) number = model::parse_severity(text);
  if (number > kLastSeverity) return SeverityClass::kBeyond;
  if (number <= 0) return SeverityClass::kNone;
  return static_cast<SeverityClass>((number - 1) / kSeveritiesAWord + 1);
}

SeverityClass severity_class_of_word(std::string_view word, std::int32_t number) {
  if (number > kLastSeverity) return SeverityClass::kBeyond;
  return severity_class(0, word);
}

std::string_view severity_word(SeverityClass severity) {
  if (severity == SeverityClass::kNone || severity == SeverityClass::kBeyond) return {};
  return model::severity_name((static_cast<std::int32_t>(severity) - 1) * kSeveritiesAWord + 1);
}

std::int64_t minute_of(Timestamp time) { return time / kMinute - (time % kMinute < 0 ? 1 : 0); }

std::string encode_cube(const Cube& cube) {
  std::string groups;
  append_varint(groups, cube.size());
  for (const auto& [group, cells] : cube) {
    append_text(groups, group.project);
    append_text(groups, group.service);
    groups += static_cast<char>(group.severity);
    append_varint(groups, cells.size());
    std::int64_t before = 0;
    for (const CubeCell& cell : cells) {
      append_zigzag(groups, cell.minute - before);
      append_varint(groups, cell.count);
      before = cell.minute;
    }
  }
  const std::uint64_t checksum = hash64(groups);
  std::string bytes(1, kVersion);
  bytes.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
  return bytes + groups;
}

Result<Cube, ParseError> decode_cube(std::string_view bytes) {
  const auto malformed = [](std::size_t at, std::string_view what) {
    return fail(ParseError{Errc::kMalformed, at, what});
  };
  if (bytes.size() < kHeadSize) return malformed(0, "no cube");
  if (bytes[0] > kVersion || bytes[0] <= 0) {
    return fail(ParseError{Errc::kUnsupported, 0, "a cube of a later version"});
  }
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + 1, sizeof(checksum));
  const std::string_view groups = bytes.substr(kHeadSize);
  if (hash64(groups) != checksum) return malformed(1, "bad checksum of a cube");
  Input input(groups);
  Cube cube;
  for (std::uint64_t left = input.varint(); left > 0 && input.good(); --left) {
    CubeGroup group;
    group.project = input.text().value_or("");
    group.service = input.text();
    const std::uint8_t severity = input.byte();
    if (severity >= kSeverityClasses) return malformed(input.at(), "no severity");
    group.severity = static_cast<SeverityClass>(severity);
    cube[std::move(group)] = read_cells(input);
  }
  if (!input.good() || !input.at_end()) return malformed(input.at(), "the cube is cut");
  return cube;
}

std::size_t CubeBuilder::group_number(std::string_view project,
                                      const std::optional<std::string_view>& service) {
  Key key{project, service};
  const auto known = numbers_.find(key);
  if (known != numbers_.end()) return known->second;
  if (groups_.size() == kMaxCubeServices) {
    too_large_ = true;
    return 0;
  }
  const auto added = numbers_.emplace(std::move(key), groups_.size()).first;
  groups_.push_back({&added->first, {}});
  return added->second;
}

void CubeBuilder::add(std::size_t group, SeverityClass severity, Timestamp time) {
  if (too_large_) return;
  Counts& counts = groups_[group].counts[static_cast<std::size_t>(severity)];
  const std::int64_t minute = minute_of(time);
  if (counts.current.count > 0 && counts.current.minute != minute) {
    counts.cells.push_back(counts.current);
    counts.current.count = 0;
    if (++cells_ > kMaxCubeCells) make_room();
  }
  counts.current.minute = minute;
  ++counts.current.count;
}

// Rows that jump between minutes leave many cells of few minutes.
void CubeBuilder::make_room() {
  cells_ = 0;
  for (Group& group : groups_) {
    for (Counts& counts : group.counts) {
      settle(counts.cells);
      cells_ += counts.cells.size();
    }
  }
  too_large_ = cells_ > kMaxCubeCells / 2;
}

std::optional<Cube> CubeBuilder::finish() {
  if (too_large_) return std::nullopt;
  Cube cube;
  for (Group& group : groups_) {
    for (std::size_t i = 0; i < kSeverityClasses; ++i) {
      Counts& counts = group.counts[i];
      if (counts.current.count == 0) continue;
      counts.cells.push_back(counts.current);
      settle(counts.cells);
      cube[{group.key->first, group.key->second, static_cast<SeverityClass>(i)}] =
          std::move(counts.cells);
    }
  }
  return cube;
}

}  // namespace obs::store
