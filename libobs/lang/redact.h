// Redaction: takes secrets out of records, wherever in them they stand.
//
// It fails closed. Keys and values of every depth are looked at, with escapes resolved and JSON in
// strings looked through; numbers are read as the digits they are; base64 of {"$bytes":…} is
// decoded; a line that is no JSON is text, and so is one that only pretends to be. What cannot be
// looked through (escapes nested deeper than eight) is taken out whole.
//
// The answer depends on the record, the stage and the key alone: not on threads, runs or machines.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/result.h"
#include "libobs/lang/ast.h"
#include "libobs/lang/redact_find.h"
#include "libobs/lang/redact_hash.h"
#include "libobs/lang/redact_scope.h"
#include "libobs/model/batch.h"

namespace obs::lang {

// How many secrets of each kind were found.
struct RedactCounts {
  std::array<std::uint64_t, kSecretKinds> found{};

  void add(Secret secret) { ++found[static_cast<std::size_t>(secret)]; }
  void add(const RedactCounts& other);
  std::uint64_t total() const;
};

struct RedactWork;

// Immutable: one for a stage, used by any number of threads, each with counts of its own.
class Redactor {
 public:
  // `key` is the secret of `with hash`; any length. kInvalidArgument when that mode has none, or
  // when the stage names what there is not.
  static Result<Redactor> make(const RedactStage& stage, std::string_view key);

  // Appends a line of JSON or text, without its newline, with its secrets taken out; a line without
  // any leaves byte for byte. True when something was found. An object or array stays one:
  //   mask  the secret becomes [email], or *** and the characters that are kept; a number, a string
  //   hash  [email:…], 32 digits that are the same for the same secret
  //   drop  the value that holds a secret becomes null, which in a record says "not there"; a key
  //         is masked
  bool redact_line(std::string_view line, std::string& out, RedactCounts& counts) const;
  // The same with memory of the caller's (redact_line.h), for many lines; appends nothing where it
  // says false.
  bool redact_line(std::string_view line, RedactWork& work, std::string& out,
                   RedactCounts& counts) const;

  // The same for text alone, such as a body; context_of() tells what the name of its place says. In
  // mode drop, text with a secret becomes empty. Appends nothing and says false when there is none.
  bool redact_text(std::string_view text, RedactContext context, std::string& out,
                   RedactCounts& counts) const;

  // The batch without its secrets; nullopt when it holds none. Columns are copied, the arena is
  // shared, and `wire` is empty.
  std::optional<model::Batch> redact(const model::Batch& batch, RedactCounts& counts) const;

  const SecretFinder& finder() const { return finder_; }
  const RedactScope& scope() const { return scope_; }
  RedactMode mode() const { return mode_; }

  // Appends what stands in the place of a secret, which is given as it is written in its string.
  void append_mask(std::string& out, std::string_view secret, Secret kind) const;

 private:
  Redactor(SecretFinder finder, RedactScope scope, const RedactStage& stage, std::string_view key);

  SecretFinder finder_;
  RedactScope scope_;
  RedactMode mode_;
  std::size_t keep_last_;
  KeyedHash hash_;
};

// The first secret that is left in a line which should have none: what `--verify-redaction` shows.
struct Leak {
  Secret secret;
  std::size_t offset;  // In the line.
};
std::optional<Leak> find_leak(const Redactor& redactor, std::string_view line);

}  // namespace obs::lang
