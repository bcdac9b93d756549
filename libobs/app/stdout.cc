#include "libobs/app/stdout.h"

#include <utility>

#include <unistd.h>

#include "libobs/base/bytes.h"
#include "libobs/places/output.h"

namespace obs::app {
namespace {

// A pipe holds 64 KiB: more at once would only wait.
constexpr std::size_t kBufferBytes = 64 * kKiB;

}  // namespace

Stdout::~Stdout() { (void)flush(); }

Result<void> Stdout::write(std::string_view text) {
  buffer_ += text;
  return buffer_.size() < kBufferBytes ? Result<void>() : flush();
}

Result<void> Stdout::flush() {
  // Emptied whatever happens: after an error nothing is written twice.
  const std::string text = std::exchange(buffer_, {});
  return places::write_all(fd_, text, "stdout");
}

bool Stdout::is_terminal() const { return ::isatty(fd_) == 1; }

bool is_reader_gone(const Error& error) {
  return std::string_view(error.message).ends_with(places::kReaderGone);
}

}  // namespace obs::app
