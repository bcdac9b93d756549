// import: the records of files, whatever wrote them.

#include <unistd.h>

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "cmd/obs-store/care_commands.h"
#include "cmd/obs-store/choice.h"
#include "cmd/obs-store/report.h"
#include "libobs/base/fs.h"
#include "libobs/codec/otlp.h"
#include "libobs/places/delivery.h"
#include "libobs/places/line_batcher.h"
#include "libobs/places/line_splitter.h"
#include "libobs/query/record_line.h"
#include "libobs/store/import.h"

namespace obs::store_command {
namespace {

using model::Signal;
using store::FileKind;

// On their way to the store at a time.
constexpr std::size_t kMaxInFlight = std::size_t{64} << 20;
// Of one file, inflated: as much as is held in memory.
constexpr std::size_t kMaxInflated = std::size_t{4} << 30;
constexpr std::size_t kReadBytes = std::size_t{1} << 20;

Result<std::string> read_stdin() {
  std::string content;
  for (;;) {
    const std::size_t before = content.size();
    content.resize(before + kReadBytes);
    const ssize_t got = ::read(STDIN_FILENO, content.data() + before, kReadBytes);
    content.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0 && errno != EINTR) return fail_errno(errno, "read standard input");
    if (got == 0) return content;
  }
}

// What names the lines of a file for good, so that reading them again stores nothing twice.
std::string origin_of(const std::string& path) {
  if (path == "-") return {};
  std::error_code error;
  return "import:" + std::filesystem::weakly_canonical(path, error).string();
}

class Import {
 public:
  Import(const CareOptions& options, std::vector<Signal> signals, pipeline::Sink& sink,
         Registry& registry, ProgressLine& progress)
      : options_(options),
        signals_(std::move(signals)),
        ledger_(registry, "import"),
        delivery_(sink, ledger_, kMaxInFlight, std::stop_token()),
        progress_(progress) {}

  Result<void> add_file(const std::string& path) {
    auto done = read(path);
    if (!done) return fail(std::move(done).error().during(path == "-" ? "standard input" : path));
    return {};
  }

  Result<void> finish() { return delivery_.finish(); }

  store::CareCounts counts() const {
    store::CareCounts counts;
    for (const Signal signal : model::kSignals) {
      counts.emplace_back(model::to_string(signal),
                          ledger_.value(signal, pipeline::Outcome::kSent));
    }
    counts.emplace_back("rejected", rejected_);
    return counts;
  }

  // What could not be read, once everything else is stored.
  Result<void> verdict() const {
    if (first_bad_.empty()) return {};
    return fail(Errc::kMalformed, first_bad_);
  }

 private:
  Result<void> read(const std::string& path) {
    if (path == "-") {
      OBS_TRY(const std::string content, read_stdin());
      return add_content(path, content);
    }
    OBS_TRY(const auto file, system_fs().map(path));
    return add_content(path, as_text(file->bytes()));
  }

  Result<void> add_content(const std::string& path, std::string_view content) {
    const codec::Compression compression = store::detect_compression(content);
    if (compression == codec::Compression::kNone) return add_plain(path, content);
    OBS_TRY(const std::string inflated, codec::decompress(compression, content, kMaxInflated));
    return add_plain(path, inflated);
  }

  Result<void> add_plain(const std::string& path, std::string_view content) {
    switch (store::detect_kind(content)) {
      case FileKind::kParquet: return add_parquet(path);
      case FileKind::kOtlpProtobuf:
        return store::split_otlp_protobuf(
            content, [&](std::string request) { return add_protobuf(std::move(request)); });
      case FileKind::kOtlpJson: return add_json(content);
      case FileKind::kLines: break;
    }
    return add_lines(path, content);
  }

  Result<void> add_protobuf(std::string request) {
    auto signal = store::guess_signal(request);
    if (signals_.size() == 1) signal = signals_.front();
    if (!signal) {
      if (request.empty()) return {};
      return fail(Errc::kMalformed, "the request tells no signal; name it with --signal");
    }
    auto decoded = codec::decode_otlp_protobuf(*signal, std::move(request), now_);
    if (!decoded) return fail(to_error(decoded.error()));
    return send(*std::move(decoded), {});
  }

  Result<void> add_json(std::string_view request) {
    const auto signal = store::find_otlp_json(request);
    auto decoded = codec::decode_otlp_json(*signal, request, now_);
    if (!decoded) return fail(to_error(decoded.error()));
    return send(*std::move(decoded), request);
  }

  Result<void> send(codec::Decoded decoded, std::string_view request) {
    rejected_ += decoded.rejected.count;
    if (first_bad_.empty()) first_bad_ = decoded.rejected.message(decoded.total);
    model::assign_id(decoded.batch, request.empty() ? decoded.batch.wire : request);
    return send(std::move(decoded.batch));
  }

  Result<void> send(model::Batch batch) {
    if (batch.size() == 0) return {};
    return delivery_.send(std::make_shared<const model::Batch>(std::move(batch)));
  }

  Result<void> send_full(places::LineBatcher& lines, bool all) {
    if (!all && !lines.is_full()) return {};
    if (lines.is_empty()) return {};
    for (model::Batch& batch : lines.take()) OBS_TRY_VOID(send(std::move(batch)));
    return {};
  }

  Result<void> finish_lines(places::LineBatcher& lines) {
    OBS_TRY_VOID(send_full(lines, true));
    if (const auto bad = lines.verdict(); !bad && first_bad_.empty()) {
      first_bad_ = bad.error().message;
    }
    return {};
  }

  places::LineBatcher make_batcher(const std::string& path) {
    return {origin_of(path), options_.strict, ledger_, [this](std::string_view) { ++rejected_; }};
  }

  Result<void> add_lines(const std::string& path, std::string_view content) {
    places::LineBatcher lines = make_batcher(path);
    for (std::size_t at = 0; at < content.size();) {
      const std::size_t end = std::min(content.find('\n', at), content.size());
      const std::string_view line = content.substr(at, end - at);
      at = end + 1;
      if (line.size() > places::kMaxLine) {
        lines.add_overlong(1);
      } else if (store::find_otlp_json(line)) {
        OBS_TRY_VOID(add_json(line));
      } else {
        lines.add_line(line, now_);
      }
      OBS_TRY_VOID(send_full(lines, false));
      progress_.tell({"bytes of " + path, std::min(at, content.size()), content.size()});
    }
    return finish_lines(lines);
  }

  Result<void> add_parquet(const std::string& path) {
    if (path == "-") {
      return fail(Errc::kMalformed, "Parquet cannot be read from a pipe; name a file");
    }
    OBS_TRY(const auto database, store::Database::open({}));
    OBS_TRY(const auto connection, database->connect());
    OBS_TRY(const auto records, store::select_parquet(*connection, path));
    std::string columns;
    for (const std::string_view column : query::record_columns(records.signal)) {
      columns += (columns.empty() ? "" : ", ") + store::to_sql_identifier(column);
    }
    OBS_TRY(const auto rows,
            connection->query(fmt::format("SELECT {} FROM ({})", columns, records.sql)));
    return add_rows(path, records.signal, *rows);
  }

  Result<void> add_rows(const std::string& path, Signal signal, store::RowStream& rows) {
    places::LineBatcher lines = make_batcher(path);
    std::span<const model::Value> row;
    std::string line;
    for (std::uint64_t done = 0;;) {
      OBS_TRY(const bool more, rows.next(row));
      if (!more) return finish_lines(lines);
      line.clear();
      query::append_record_line(line, signal, row);
      line.pop_back();
      lines.add_line(line, now_);
      OBS_TRY_VOID(send_full(lines, false));
      ++done;
      progress_.tell({"rows of " + path, done, done});
    }
  }

  const CareOptions& options_;
  const std::vector<Signal> signals_;
  pipeline::Ledger ledger_;
  places::Delivery delivery_;
  ProgressLine& progress_;
  const Timestamp now_ = system_clock().now();
  std::uint64_t rejected_ = 0;
  std::string first_bad_;
};

}  // namespace

Result<void> import_files(const CareOptions& options) {
  OBS_TRY(const std::string dir, parse_directory(options.store));
  OBS_TRY(auto signals, parse_signals(options.signals));
  // A file that is not there makes no store.
  for (const std::string& path : options.files) {
    if (path != "-" && !system_fs().exists(path)) {
      return fail(Errc::kNotFound, fmt::format("there is no file {}", path));
    }
  }
  Registry registry;
  OBS_TRY(const auto access, open_access(dir, registry, store::StoreAccess::Missing::kCreate));
  store::CareCounts counts;
  Result<void> verdict;
  {
    ProgressLine progress("import");
    Import import(options, std::move(signals), access->sink(), registry, progress);
    Result<void> read;
    for (const std::string& path : options.files) {
      if (read) read = import.add_file(path);
    }
    OBS_TRY_VOID(import.finish());
    OBS_TRY_VOID(read);
    counts = import.counts();
    verdict = import.verdict();
  }
  OBS_TRY_VOID(access->close());
  OBS_TRY_VOID(print_counts(options.output, counts));
  return verdict;
}

}  // namespace obs::store_command
