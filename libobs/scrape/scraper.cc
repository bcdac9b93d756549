#include "libobs/scrape/scraper.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/scrape/runner.h"

namespace obs::scrape {
namespace {

// How often files of targets are read again. A refresh_interval is there to save Prometheus work
// that is none: such files are a few kilobytes.
constexpr Duration kLook = 2 * kSecond;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, slash);
}

// One * in the last part stands for anything.
bool matches(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == pattern.npos) return pattern == name;
  const std::string_view before = pattern.substr(0, star);
  const std::string_view after = pattern.substr(star + 1);
  return name.size() + 1 >= pattern.size() && name.starts_with(before) && name.ends_with(after);
}

std::vector<std::string> find_files(const std::string& pattern) {
  if (pattern.find('*') == pattern.npos) return {pattern};
  const std::string folder = folder_of(pattern);
  const std::string last = pattern.substr(pattern.rfind('/') + 1);
  std::vector<std::string> found;
  const auto entries = system_fs().list(folder);
  if (!entries) return {};
  for (const DirEntry& entry : *entries) {
    if (matches(last, entry.name)) found.push_back(folder + "/" + entry.name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

Result<Config> load_config(const std::string& path) {
  auto text = system_fs().read_file(path);
  if (!text) return fail(Errc::kInvalidArgument, text.error().message);
  auto config = parse_config(*text, folder_of(path));
  if (!config) return fail(Errc::kInvalidArgument, path + " " + config.error().message);
  return config;
}

// A scrape config, and what its files said last.
struct Scraper::Job {
  ScrapeConfigPtr config;
  std::map<std::string, std::vector<TargetGroup>> groups;  // By file.
};

Scraper::Scraper(Context context)
    : context_(std::move(context)),
      ledger_(context_.registry, "scrape"),
      targets_(context_.registry.gauge("obs_scrape_targets", "Targets that are scraped.")),
      watcher_([this] { watch(); }) {}

Scraper::~Scraper() { stop(); }

void Scraper::apply(Config config) {
  const std::lock_guard lock(mutex_);
  next_ = std::move(config);
  changed_.notify_all();
}

void Scraper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (watcher_.joinable()) watcher_.join();
}

// Ending a target takes a moment, so it is done here, and nobody waits for it.
void Scraper::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    std::optional<Config> config = std::exchange(next_, std::nullopt);
    lock.unlock();
    if (config) take(std::move(*config));
    refresh();
    lock.lock();
    changed_.wait_for(lock, std::chrono::nanoseconds(kLook),
                      [this] { return stopping_ || next_.has_value(); });
  }
  lock.unlock();
  for (const auto& [key, runner] : runners_) runner->stop(false);
  runners_.clear();
}

void Scraper::take(Config config) {
  jobs_.clear();
  for (ScrapeConfig& one : config.scrape_configs) {
    jobs_.push_back({std::make_shared<const ScrapeConfig>(std::move(one)), {}});
  }
  told_.clear();
}

void Scraper::refresh() {
  std::vector<std::string> problems;
  std::vector<Target> targets = find_targets(problems);
  if (targets.size() > kMaxTargets) {
    problems.push_back(
        fmt::format("{} targets are more than {}: the others are not scraped; "
                    "share them among several obs-ingest by hashmod",
                    targets.size(), kMaxTargets));
    targets.resize(kMaxTargets);
  }
  for (const std::string& problem : problems) {
    const bool known = std::find(told_.begin(), told_.end(), problem) != told_.end();
    if (!known) log(Level::kWarn, problem);
  }
  told_ = std::move(problems);
  start_and_end(std::move(targets));
}

std::vector<Target> Scraper::find_targets(std::vector<std::string>& problems) {
  std::vector<Target> all;
  for (Job& job : jobs_) {
    std::vector<TargetGroup> groups = job.config->static_groups;
    std::set<std::string> files;
    for (const FileDiscovery& discovery : job.config->files) {
      for (const std::string& pattern : discovery.files) {
        for (std::string& file : find_files(pattern)) files.insert(std::move(file));
      }
    }
    std::erase_if(job.groups, [&files](const auto& held) { return files.count(held.first) == 0; });
    for (const std::string& file : files) {
      const auto text = system_fs().read_file(file);
      auto read =
          text ? parse_target_groups(*text) : Result<std::vector<TargetGroup>>(fail(text.error()));
      if (read) {
        job.groups[file] = std::move(*read);
      } else {
        // What it said before still counts: it may be in the middle of being written.
        problems.push_back(file + ": " + read.error().message);
      }
      for (TargetGroup group : job.groups[file]) {
        group.labels.emplace("__meta_filepath", file);
        groups.push_back(std::move(group));
      }
    }
    auto made = make_targets(job.config, groups, problems);
    std::move(made.begin(), made.end(), std::back_inserter(all));
  }
  return all;
}

void Scraper::start_and_end(std::vector<Target> targets) {
  std::set<std::string> wanted;
  for (const Target& target : targets) wanted.insert(target.key);
  std::vector<std::unique_ptr<Runner>> gone;
  for (auto entry = runners_.begin(); entry != runners_.end();) {
    if (wanted.count(entry->first) != 0) {
      ++entry;
      continue;
    }
    entry->second->stop(true);
    gone.push_back(std::move(entry->second));
    entry = runners_.erase(entry);
  }
  gone.clear();  // Their markers are written before series of the same labels begin anew.
  for (Target& target : targets) {
    auto& runner = runners_[target.key];
    if (runner == nullptr) {
      runner = std::make_unique<Runner>(context_, ledger_, std::move(target));
    }
  }
  targets_.set(static_cast<double>(runners_.size()));
}

}  // namespace obs::scrape
