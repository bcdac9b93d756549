# Libraries from Debian's packages; scripts/setup installs them.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
foreach(package xxhash:libxxhash re2:re2 simdjson:simdjson libdeflate:libdeflate zstd:libzstd zlib:zlib snappy:snappy
                brotli:libbrotlidec yaml:yaml-cpp hiredis:hiredis nghttp2:libnghttp2 libuv:libuv openssl:openssl sqlite3:sqlite3)
  string(REPLACE ":" ";" package ${package})
  list(GET package 0 target)
  list(GET package 1 module)
  pkg_check_modules(${target} REQUIRED IMPORTED_TARGET ${module})
endforeach()

# node-llhttp ships llhttp as C sources.
set(OBS_LLHTTP_DIR /usr/share/llhttp CACHE PATH "Where node-llhttp put api.c, http.c and llhttp.c")
add_library(obs_llhttp STATIC ${OBS_LLHTTP_DIR}/api.c ${OBS_LLHTTP_DIR}/http.c ${OBS_LLHTTP_DIR}/llhttp.c)
target_include_directories(obs_llhttp SYSTEM PUBLIC /usr/share/include/llhttp /usr/include/llhttp)
# As shipped it takes "5<CR>X" for a chunk's size and any two bytes for the line break after a chunk.
target_compile_definitions(obs_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
target_compile_options(obs_llhttp PRIVATE -w)

# npm's name for this CPU, as in @duckdb/node-bindings-linux-x64.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(OBS_NPM_CPU arm64)
else()
  set(OBS_NPM_CPU x64)
endif()
