// A directory of a test's own, gone with it.

#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace obs {

class TemporaryDir {
 public:
  TemporaryDir() {
    std::string name = (std::filesystem::temp_directory_path() / "obs-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TemporaryDir(const TemporaryDir&) = delete;
  TemporaryDir& operator=(const TemporaryDir&) = delete;
  ~TemporaryDir() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace obs
