// Columns of text and of booleans for a Parquet file; see parquet_column.h. Internal to
// libobs/store.

#pragma once

#include <memory>
#include <string>

#include "libobs/store/parquet_numbers.h"

namespace obs::store {

// `meaning` is kText or kJson. Text that repeats becomes a dictionary, other text its lengths and
// then its bytes. Bounds are noted of kText.
std::unique_ptr<ParquetTexts> make_text_column(std::string name, ParquetMeaning meaning);

std::unique_ptr<ParquetBooleans> make_boolean_column(std::string name);

}  // namespace obs::store
