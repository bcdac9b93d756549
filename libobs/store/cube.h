// Cube: how many log records a part has for each minute, service and severity, of each project.
// Kept in the catalog, so that counts need not open a part, and a part without a service is not
// looked into. Internal to libobs/store.
//
//   cube   := version:u8 checksum:u64 groups:varint group*
//   group  := project:text service:text|none severity:u8 cells:varint (minute:varint count:varint)*
//
// A text is its length + 1 and its bytes, none is 0. Minutes since 1970 (as the record's time,
// rounded down) ascend, and each is its distance from the one before, the first zigzag from 0. The
// checksum is XXH3-64 of what follows it.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"

namespace obs::store {

// What catalog_blobs.h calls an encoded cube.
inline constexpr std::string_view kCubeBlob = "cube";

// Of a severity: the words of column severity, and for records without one whether their number is
// beyond OTLP's.
enum class SeverityClass : std::uint8_t {
  kNone,
  kTrace,
  kDebug,
  kInfo,
  kWarn,
  kError,
  kFatal,
  kBeyond
};
inline constexpr std::size_t kSeverityClasses = 8;

// As column severity has it: the number, else what the text says.
SeverityClass severity_class(std::int32_t number, std::string_view text);
// From the columns severity and severity_number.
SeverityClass severity_class_of_word(std::string_view word, std::int32_t number);
// "error"; empty where column severity is NULL.
std::string_view severity_word(SeverityClass severity);

// The minute a time is in, rounded down, also before 1970.
std::int64_t minute_of(Timestamp time);

struct CubeGroup {
  std::string project;
  std::optional<std::string> service;
  SeverityClass severity = SeverityClass::kNone;

  friend auto operator<=>(const CubeGroup&, const CubeGroup&) = default;
};

struct CubeCell {
  std::int64_t minute = 0;
  std::uint64_t count = 0;

  friend bool operator==(const CubeCell&, const CubeCell&) = default;
};

// Groups in order, their minutes ascending.
using Cube = std::map<CubeGroup, std::vector<CubeCell>>;

// A part with more cells or services than this has no cube: a day of two hundred services is within
// it.
inline constexpr std::size_t kMaxCubeCells = 500'000;
inline constexpr std::size_t kMaxCubeServices = 20'000;

std::string encode_cube(const Cube& cube);
// kMalformed: damaged. kUnsupported: of a later version.
Result<Cube, ParseError> decode_cube(std::string_view bytes);

// Counts rows as they come, mostly in order of time. One thread.
class CubeBuilder {
 public:
  // A number for add().
  std::size_t group_number(std::string_view project,
                           const std::optional<std::string_view>& service);
  void add(std::size_t group, SeverityClass severity, Timestamp time);

  // nullopt: it would be too large.
  std::optional<Cube> finish();

 private:
  using Key = std::pair<std::string, std::optional<std::string>>;
  // One minute of a group and severity is being counted; those before lie in cells.
  struct Counts {
    CubeCell current;
    std::vector<CubeCell> cells;
  };
  struct Group {
    const Key* key = nullptr;
    std::array<Counts, kSeverityClasses> counts;
  };

  void make_room();

  std::map<Key, std::size_t> numbers_;
  std::vector<Group> groups_;
  std::size_t cells_ = 0;
  bool too_large_ = false;
};

}  // namespace obs::store
