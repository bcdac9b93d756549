// protozero, set up the same way wherever it is included: its views of text are std::string_view.

#pragma once

#include <string_view>

#define PROTOZERO_USE_VIEW std::string_view  // NOLINT(readability-identifier-naming)
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
