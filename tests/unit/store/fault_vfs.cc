#include "tests/unit/store/fault_vfs.h"

#include <sqlite3.h>

#include <array>
#include <mutex>
#include <new>

namespace obs::store {
namespace {

constexpr std::size_t kCalls = 3;

// SQLite's interface is of C, and there is one of it in a process.
struct State {
  std::mutex mutex;
  sqlite3_vfs* inner = nullptr;
  sqlite3_vfs outer{};
  std::array<std::uint64_t, kCalls> counts{};
  std::array<std::uint64_t, kCalls> first{};  // Counts that fail: first to last; 0: none.
  std::array<std::uint64_t, kCalls> last{};
  std::array<int, kCalls> codes{};
};

State& state() {
  static State instance;
  return instance;
}

// SQLITE_OK, or what the call is to fail with.
int begin(FaultVfs::Call call) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  const auto i = static_cast<std::size_t>(call);
  const std::uint64_t count = ++s.counts[i];
  return s.first[i] != 0 && count >= s.first[i] && count <= s.last[i] ? s.codes[i] : SQLITE_OK;
}

// The wrapped file lies behind it in the same memory.
struct FaultFile {
  sqlite3_file base;
  sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* inner(sqlite3_file* file) { return reinterpret_cast<FaultFile*>(file)->inner(); }

int close(sqlite3_file* f) { return inner(f)->pMethods->xClose(inner(f)); }
int read(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  if (const int code = begin(FaultVfs::Call::kRead); code != SQLITE_OK) return code;
  return inner(f)->pMethods->xRead(inner(f), to, size, at);
}
int write(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
  const int code = begin(FaultVfs::Call::kWrite);
  const int written = inner(f)->pMethods->xWrite(inner(f), from, code == 0 ? size : size / 2, at);
  return code == SQLITE_OK ? written : code;
}
int truncate(sqlite3_file* f, sqlite3_int64 size) {
  return inner(f)->pMethods->xTruncate(inner(f), size);
}
int sync(sqlite3_file* f, int flags) {
  if (const int code = begin(FaultVfs::Call::kSync); code != SQLITE_OK) return code;
  return inner(f)->pMethods->xSync(inner(f), flags);
}
int size(sqlite3_file* f, sqlite3_int64* out) {
  return inner(f)->pMethods->xFileSize(inner(f), out);
}
int lock(sqlite3_file* f, int level) { return inner(f)->pMethods->xLock(inner(f), level); }
int unlock(sqlite3_file* f, int level) { return inner(f)->pMethods->xUnlock(inner(f), level); }
int check_lock(sqlite3_file* f, int* out) {
  return inner(f)->pMethods->xCheckReservedLock(inner(f), out);
}
int control(sqlite3_file* f, int op, void* arg) {
  return inner(f)->pMethods->xFileControl(inner(f), op, arg);
}
int sector_size(sqlite3_file* f) { return inner(f)->pMethods->xSectorSize(inner(f)); }
int traits(sqlite3_file* f) { return inner(f)->pMethods->xDeviceCharacteristics(inner(f)); }
int shm_map(sqlite3_file* f, int page, int bytes, int extend, void volatile** out) {
  return inner(f)->pMethods->xShmMap(inner(f), page, bytes, extend, out);
}
int shm_lock(sqlite3_file* f, int offset, int n, int flags) {
  return inner(f)->pMethods->xShmLock(inner(f), offset, n, flags);
}
void shm_barrier(sqlite3_file* f) { inner(f)->pMethods->xShmBarrier(inner(f)); }
int shm_unmap(sqlite3_file* f, int remove) {
  return inner(f)->pMethods->xShmUnmap(inner(f), remove);
}

// Version 2: without xFetch, so that every read passes through here.
constexpr sqlite3_io_methods kMethods = {2,           close,       read,    write,   truncate,
                                         sync,        size,        lock,    unlock,  check_lock,
                                         control,     sector_size, traits,  shm_map, shm_lock,
                                         shm_barrier, shm_unmap,   nullptr, nullptr};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* made = new (file) FaultFile{};
  const int result = state().inner->xOpen(state().inner, name, made->inner(), flags, out_flags);
  if (made->inner()->pMethods != nullptr) made->base.pMethods = &kMethods;
  return result;
}

}  // namespace

FaultVfs::FaultVfs() {
  State& s = state();
  s.inner = sqlite3_vfs_find(nullptr);
  s.outer = *s.inner;  // All but opening files is the inner one's, which asks for nothing of it.
  s.outer.zName = "fault";
  s.outer.szOsFile = static_cast<int>(sizeof(FaultFile)) + s.inner->szOsFile;
  s.outer.xOpen = open;
  s.counts = {};
  s.first = {};
  sqlite3_vfs_register(&s.outer, 1);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&state().outer);
  sqlite3_vfs_register(state().inner, 1);
}

void FaultVfs::fail_nth(Call call, std::uint64_t nth, int code, std::uint64_t times) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  const auto i = static_cast<std::size_t>(call);
  s.first[i] = s.counts[i] + nth;
  s.last[i] = s.first[i] + times - 1;
  s.codes[i] = code;
}

std::uint64_t FaultVfs::count(Call call) const {
  const std::lock_guard lock(state().mutex);
  return state().counts[static_cast<std::size_t>(call)];
}

}  // namespace obs::store
