// The sweep: series that no point is of any more go, from the catalog and from parts of series,
// with the attributes that only they had. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/engine.h"
#include "libobs/store/part_table.h"
#include "libobs/store/part_writer.h"

namespace obs::store {

// One thread at a time, which holds the table's rewriting().
class SeriesSweeper {
 public:
  SeriesSweeper(Fs& fs, std::string dir, Engine& engine, PartTable& table)
      : engine_(engine), table_(table), dir_(dir), writer_(fs, std::move(dir)) {}

  // Flushes may go on beside it. Killed in between, it is finished by the next one. Answers how
  // many series the catalog forgot.
  Result<std::size_t> sweep();

 private:
  Result<void> connect();
  Result<std::vector<std::uint32_t>> find_live(const std::vector<Part>& parts);
  Result<void> keep_claimed(const std::vector<std::uint32_t>& ids);
  Result<void> sweep_part(const Part& part);
  Result<Part> rewrite(const Part& part, std::uint64_t count);

  Engine& engine_;
  PartTable& table_;
  const std::string dir_;
  PartWriter writer_;
  std::unique_ptr<DuckdbConnection> reader_;
  std::unique_ptr<DuckdbConnection> copier_;
};

}  // namespace obs::store
