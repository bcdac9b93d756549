// Making anew what is kept beside a part's rows and can be told from them: its index, its cube and
// its rollups. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <string>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/part_table.h"

namespace obs::store {

enum class IndexState : std::uint8_t { kGood, kMissing, kDamaged };

// `whole`: every filter of it is read too. Signals without an index are good.
IndexState look_at_index(Fs& fs, const std::string& dir, const Part& part, bool whole);

struct Repairs {
  bool index = false;
  bool cube = false;
  bool rollups = false;
};

// Makes anew what of it is missing or damaged, and says what. The caller holds the table's
// rewriting(), and has seen that the part is live and its bytes are good.
Result<Repairs> repair_notes(Fs& fs, const std::string& dir, PartTable& table,
                             DuckdbConnection& connection, const Part& part);

}  // namespace obs::store
