#include "cmd/obs-pipe/job.h"

#include <unistd.h>

#include <algorithm>

#include "libobs/base/fs.h"
#include "libobs/lang/diagnostic.h"
#include "libobs/lang/parser.h"
#include "libobs/places/places.h"

namespace obs::pipe {
namespace {

constexpr std::string_view kPassAll = "where true";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Failure<Error> refuse(const lang::Diagnostic& diagnostic, const Job& job) {
  return fail(Errc::kInvalidArgument, lang::render(diagnostic, job.text, job.name));
}

// Where the address of a `route` or `tee` stands: it is the last word of its stage.
lang::Extent address_extent(const lang::Stage& stage, std::string_view text) {
  const std::string_view words = text.substr(0, stage.where.end);
  if (words.size() < 2) return stage.where;
  const std::size_t quote = words.rfind(words.back(), words.size() - 2);
  const bool is_there = quote != words.npos && quote >= stage.where.begin;
  return is_there ? lang::Extent{quote, stage.where.end} : stage.where;
}

const std::string* find_address(const lang::Stage& stage) {
  if (const auto* route = std::get_if<lang::RouteStage>(&stage.node)) return &route->address;
  if (const auto* tee = std::get_if<lang::TeeStage>(&stage.node)) return &tee->address;
  return nullptr;
}

// A wrong address is a wrong program, before anything is opened.
Result<void> check_addresses(const lang::Program& program, const Job& job) {
  for (const lang::Stage& stage : program.stages) {
    const std::string* const text = find_address(stage);
    if (text == nullptr) continue;
    const auto address = places::parse_address(*text);
    if (address && address->scheme != "-") continue;
    return refuse({address_extent(stage, job.text),
                   address ? "route and tee write elsewhere than to -, which is where the others go"
                           : address.error().message},
                  job);
  }
  return {};
}

bool is_input(const std::string& argument) {
  return argument == "-" || (!lang::parse(argument) && ::access(argument.c_str(), F_OK) == 0);
}

// Where a file should stand. A name of one word may be that of a file that is not there yet.
bool is_program(const std::string& argument) {
  return argument.find_first_of(" (") != argument.npos && ::access(argument.c_str(), F_OK) != 0 &&
         lang::parse(argument);
}

Result<void> check_files(const Job& job) {
  const auto wrong = std::find_if(job.files.begin(), job.files.end(), is_program);
  if (wrong == job.files.end()) return {};
  return fail(Errc::kInvalidArgument,
              "'" + *wrong +
                  "' is no file; the program is one argument before all files, and its "
                  "stages have bars between them");
}

}  // namespace

Result<Job> make_job(const PipeOptions& options) {
  Job job{std::string(kPassAll), {}, options.arguments};
  if (!options.program_file.empty()) {
    auto text = system_fs().read_file(options.program_file);
    if (!text) return fail(Errc::kInvalidArgument, text.error().message);
    job.text = std::move(*text);
    job.name = options.program_file;
    return job;
  }
  if (job.files.empty() && ::isatty(0) == 1) {
    return fail(Errc::kInvalidArgument,
                "a program is missing, as in: obs-pipe 'where severity >= error' FILE");
  }
  if (!job.files.empty() && !is_input(job.files.front())) {
    if (!is_blank(job.files.front())) job.text = job.files.front();
    job.files.erase(job.files.begin());
  }
  OBS_TRY_VOID(check_files(job));
  return job;
}

Result<lang::Program> parse_job(const Job& job) {
  auto program = lang::parse(job.text);
  if (!program) return refuse(program.error(), job);
  return std::move(*program);
}

Result<lang::Plan> compile_job(const Job& job, const lang::EngineOptions& options) {
  OBS_TRY(auto program, parse_job(job));
  OBS_TRY_VOID(check_addresses(program, job));
  auto plan = lang::compile(std::move(program), options);
  if (!plan) return refuse(plan.error(), job);
  return std::move(*plan);
}

}  // namespace obs::pipe
