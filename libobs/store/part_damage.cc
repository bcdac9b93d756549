#include "libobs/store/part_damage.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "libobs/base/hash.h"

namespace obs::store {
namespace {

constexpr std::string_view kParquetMagic = "PAR1";
// Magic, footer of one byte, its length, magic.
constexpr std::size_t kLeastParquet = 13;

std::optional<PartDamage> check_shape(std::string_view file, const Part& part) {
  const std::uint64_t size = file.size();
  if (size != part.bytes) {
    return PartDamage{part.path, std::min(size, part.bytes),
                      fmt::format("is {} bytes long, not {}", size, part.bytes)};
  }
  if (size < kLeastParquet || !file.starts_with(kParquetMagic)) {
    return PartDamage{part.path, 0, "does not begin as a Parquet file"};
  }
  if (!file.ends_with(kParquetMagic)) {
    return PartDamage{part.path, size - kParquetMagic.size(), "does not end as a Parquet file"};
  }
  return std::nullopt;
}

std::optional<PartDamage> check_blocks(std::string_view file, const Part& part,
                                       std::string_view hashes) {
  for (std::size_t i = 0; i * kHashedBlock < file.size(); ++i) {
    std::uint64_t expected = 0;
    if ((i + 1) * sizeof(expected) > hashes.size()) return std::nullopt;
    std::memcpy(&expected, hashes.data() + i * sizeof(expected), sizeof(expected));
    if (hash64(file.substr(i * kHashedBlock, kHashedBlock)) == expected) continue;
    return PartDamage{part.path, i * kHashedBlock,
                      fmt::format("bad checksum of a block of {} bytes",
                                  std::min(kHashedBlock, file.size() - i * kHashedBlock))};
  }
  return std::nullopt;
}

// The file, or what is wrong about its not being there.
struct Looked {
  std::unique_ptr<Mapping> mapping;
  std::optional<PartDamage> damage;
};

Looked look_at(Fs& fs, const std::string& dir, const Part& part) {
  auto mapping = fs.map(join_path(dir, part.path));
  if (mapping) {
    auto damage = check_shape(as_text((*mapping)->bytes()), part);
    return {*std::move(mapping), std::move(damage)};
  }
  if (mapping.error().code != Errc::kNotFound) return {};
  return {nullptr, PartDamage{part.path, 0, std::string(kPartMissing)}};
}

}  // namespace

std::string hash_blocks(std::string_view file) {
  std::string hashes;
  for (std::size_t at = 0; at < file.size(); at += kHashedBlock) {
    const std::uint64_t hash = hash64(file.substr(at, kHashedBlock));
    hashes.append(reinterpret_cast<const char*>(&hash), sizeof(hash));
  }
  return hashes;
}

std::string PartDamage::sentence() const {
  return fmt::format("part {}: {} (at offset {})", path, reason, offset);
}

std::optional<PartDamage> find_misshape(Fs& fs, const std::string& dir, const Part& part) {
  return look_at(fs, dir, part).damage;
}

std::optional<PartDamage> find_damage(Fs& fs, const std::string& dir, const Part& part,
                                      std::string_view block_hashes) {
  const Looked looked = look_at(fs, dir, part);
  if (looked.damage || looked.mapping == nullptr) return looked.damage;
  const std::string_view file = as_text(looked.mapping->bytes());
  if (!block_hashes.empty()) return check_blocks(file, part, block_hashes);
  if (part.hash == 0 || hash64(file) == part.hash) return std::nullopt;
  return PartDamage{part.path, 0, "bad checksum of the file"};
}

}  // namespace obs::store
