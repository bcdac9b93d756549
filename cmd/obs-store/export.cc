// export: records of a time range as ndjson, OTLP or Parquet.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "cmd/obs-store/care_commands.h"
#include "cmd/obs-store/choice.h"
#include "cmd/obs-store/report.h"
#include "libobs/app/stdout.h"
#include "libobs/base/fs.h"
#include "libobs/base/posix_file.h"
#include "libobs/codec/ndjson.h"
#include "libobs/codec/otlp.h"
#include "libobs/query/record_line.h"
#include "libobs/query/record_windows.h"
#include "libobs/query/views.h"

namespace obs::store_command {
namespace {

using model::Signal;

// Records of an OTLP request: as an SDK or a collector sends them.
constexpr std::size_t kRequestRecords = 1000;

// The records of one signal as they leave.
class Writer {
 public:
  Writer(std::string format, int fd) : format_(std::move(format)), out_(fd) {}

  Result<void> add(std::string_view line) {
    ++records_;
    if (format_.empty() || format_ == "ndjson") return out_.write(line);
    auto added = decoder_.add_line(line.substr(0, line.size() - 1), 0);
    if (!added) return fail(to_error(added.error()).during("encode a record"));
    return decoder_.size() >= kRequestRecords ? flush_request() : Result<void>();
  }

  Result<void> finish() {
    OBS_TRY_VOID(flush_request());
    return out_.flush();
  }

  std::uint64_t records() const { return records_; }

 private:
  Result<void> flush_request() {
    for (const model::Batch& batch : decoder_.take()) {
      if (format_ == "otlp") {
        OBS_TRY_VOID(out_.write(codec::encode_otlp_json(batch) + "\n"));
        continue;
      }
      const std::string request = codec::encode_otlp_protobuf(batch);
      std::string length;
      for (int shift = 24; shift >= 0; shift -= 8) {
        length += static_cast<char>(request.size() >> shift & 0xff);
      }
      OBS_TRY_VOID(out_.write(length));
      OBS_TRY_VOID(out_.write(request));
    }
    return {};
  }

  const std::string format_;
  app::Stdout out_;
  codec::NdjsonDecoder decoder_;
  std::uint64_t records_ = 0;
};

// The output under a name of its own until it is whole.
class Output {
 public:
  explicit Output(std::string path) : path_(std::move(path)) {}
  ~Output() {
    if (fd_ && !done_) ::unlink(temporary().c_str());
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  std::string temporary() const { return path_ + ".tmp"; }
  bool is_stdout() const { return path_ == "-"; }

  Result<int> open() {
    if (is_stdout()) return STDOUT_FILENO;
    fd_.emplace(::open(temporary().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!*fd_) return fail_errno(errno, "open " + temporary());
    return fd_->get();
  }

  Result<void> finish() {
    if (is_stdout()) return {};
    done_ = true;
    OBS_TRY_VOID(system_fs().sync_file(temporary()));
    return system_fs().rename(temporary(), path_);
  }

 private:
  const std::string path_;
  std::optional<Descriptor> fd_;
  bool done_ = false;
};

Result<query::RecordFilter> make_filter(const CareOptions& options,
                                        const store::RecordChoice& choice) {
  query::RecordFilter filter;
  OBS_TRY(filter.since, parse_when("--since", options.since));
  OBS_TRY(filter.until, parse_when("--until", options.until));
  if (!options.service.empty()) filter.services = {options.service};
  filter.condition = choice.condition;
  return filter;
}

Result<void> export_signal(query::Reader& reader, Signal signal, const query::RecordFilter& filter,
                           const CareOptions& options, Writer& writer, ProgressLine& progress) {
  OBS_TRY(const auto windows, query::cut_into_windows(reader, signal, filter));
  std::uint64_t done = 0;
  std::string line;
  for (const query::RecordFilter& window : windows) {
    const std::string sql = query::select_records(signal, window, query::RecordColumns::kLine,
                                                  query::RecordOrder::kTime, reader.project());
    OBS_TRY(const auto rows, reader.run(sql, options.where));
    std::span<const model::Value> row;
    for (;;) {
      OBS_TRY(const bool more, rows->next(row));
      if (!more) break;
      line.clear();
      query::append_record_line(line, signal, row);
      OBS_TRY_VOID(writer.add(line));
    }
    progress.tell({fmt::format("windows of {}", model::to_string(signal)), ++done, windows.size()});
  }
  return {};
}

Result<void> export_lines(const CareOptions& options, const store::RecordChoice& choice,
                          const std::string& dir, Output& output) {
  OBS_TRY(const query::RecordFilter filter, make_filter(options, choice));
  OBS_TRY(const auto reader, open_reader(options, dir));
  OBS_TRY(const int fd, output.open());
  Writer writer(options.format, fd);
  ProgressLine progress("export");
  for (const Signal signal : choice.signals) {
    OBS_TRY_VOID(export_signal(*reader, signal, filter, options, writer, progress));
  }
  return writer.finish();
}

// DuckDB writes a file, so a pipe is fed from one.
Result<void> copy_to_stdout(const std::string& path) {
  OBS_TRY(const auto file, system_fs().map(path));
  app::Stdout out;
  OBS_TRY_VOID(out.write(as_text(file->bytes())));
  return out.flush();
}

Result<void> export_parquet(const CareOptions& options, const store::RecordChoice& choice,
                            const std::string& dir, Output& output) {
  if (choice.signals.size() != 1) {
    return fail(Errc::kInvalidArgument,
                "a Parquet file has the records of one signal: name it with --signal");
  }
  OBS_TRY(const query::RecordFilter filter, make_filter(options, choice));
  OBS_TRY(const auto session, store::Session::open(system_fs(), dir, {}));
  OBS_TRY_VOID(session->refresh());
  const Signal signal = choice.signals.front();
  const std::string select =
      query::select_records(signal, filter, query::RecordColumns::kLine, query::RecordOrder::kNone,
                            options.project_or_default());
  const char* tmp = ::getenv("TMPDIR");
  const std::string file = output.is_stdout()
                               ? join_path(tmp == nullptr || *tmp == 0 ? "/tmp" : tmp,
                                           fmt::format("obs-export-{}.parquet", ::getpid()))
                               : output.temporary();
  auto done = session->connection().execute(
      fmt::format("COPY ({}) TO {} (FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd)", select,
                  store::to_sql_string(file)));
  if (done && output.is_stdout()) done = copy_to_stdout(file);
  if (output.is_stdout() || !done) ::unlink(file.c_str());
  return done;
}

}  // namespace

Result<void> export_records(const CareOptions& options) {
  OBS_TRY(const std::string dir, parse_directory(options.store));
  OBS_TRY_VOID(make_filter(options, {}));
  OBS_TRY(const CheckedChoice checked, check_choice(options, dir));
  Output output(options.to);
  auto done = options.format == "parquet" ? export_parquet(options, checked.choice, dir, output)
                                          : export_lines(options, checked.choice, dir, output);
  if (done) done = output.finish();
  return done;
}

}  // namespace obs::store_command
