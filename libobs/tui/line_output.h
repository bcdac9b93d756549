// What a program prints: lines as they are, or rows of a table, of csv or of JSON made of them.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::tui {

class OutputFormat {
 public:
  virtual ~OutputFormat() = default;
  // Takes whole lines, each a JSON object; appends what can be shown by now.
  virtual void add(std::string_view lines, std::string& out) = 0;
  // The same for lines from anywhere in the middle, by any thread, beside others' draw() and add().
  // False: what comes before them is not known well enough yet; add() can, in order.
  virtual bool draw(std::string_view lines, std::string& out) const = 0;
  // Appends what was held back for the sake of lines to come, since none may come for long.
  virtual void flush(std::string&) {}
  virtual void finish(std::string& out) = 0;
};

struct OutputOptions {
  std::size_t width = 0;  // Columns of the terminal; 0 cuts nothing.
  bool color = false;
};

// "table", "csv", "markdown": the columns are the members of the first thousand lines (fewer when
// they come to 8 MiB), in the order in which they first come; what later lines have beyond them is
// left out. "json": one array. nullptr for "ndjson", which is the lines themselves.
std::unique_ptr<OutputFormat> make_output(std::string_view format, const OutputOptions& options);

}  // namespace obs::tui
