// Which rows of a row group are what a filter wants: as much of it as can be told cheaply, from the
// few pages in which an index says that they may be. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/base/tokens.h"
#include "libobs/store/hot_attributes.h"
#include "libobs/store/parquet_rows.h"
#include "libobs/store/scan_filter.h"

namespace obs::store {

// Any number of threads.
class RowMatcher {
 public:
  RowMatcher(model::Signal signal, const ScanFilter& filter);

  // Whether there is a condition that few records may satisfy: a word, an attribute, a trace.
  bool is_selective() const { return is_selective_; }

  // Takes out of `rows`, which ascend, those that the filter does not want. Some that it does not
  // want may stay: those of other projects, or whose severity is a word alone. `file` is a part
  // with these hot attributes, and `cells` are of its row group. Fails as ParquetRows does.
  Result<void> keep_matching(const ParquetFile& file, const HotAttributes& hot, ParquetRows& cells,
                             std::vector<std::uint32_t>& rows) const;

 private:
  struct Attribute {
    std::string key;
    std::string value;
    bool is_verbatim = false;  // It stands in JSON as it is.
  };

  Result<void> keep_severe(const ParquetFile& file, ParquetRows& cells,
                           std::vector<std::uint32_t>& rows) const;
  Result<void> keep_in_time(const ParquetFile& file, ParquetRows& cells,
                            std::vector<std::uint32_t>& rows) const;
  Result<void> keep_attribute(const ParquetFile& file, const HotAttributes& hot, ParquetRows& cells,
                              const Attribute& attribute, std::vector<std::uint32_t>& rows) const;
  Result<void> keep_text(const ParquetFile& file, ParquetRows& cells,
                         std::vector<std::uint32_t>& rows) const;

  std::string text_column_;
  std::string trace_id_;
  std::vector<std::string> services_;
  std::int32_t least_severity_ = 0;
  std::optional<Timestamp> since_;  // Both as the filter has them.
  std::optional<Timestamp> until_;
  std::vector<Attribute> attributes_;
  std::vector<Phrase> phrases_;
  std::vector<std::string> substrings_;
  bool is_selective_ = false;
};

}  // namespace obs::store
