#include "cmd/obs-sim/operation.h"

#include <array>

namespace obs::sim {
namespace {

// By number, since the parts of the table stand in files of their own.
std::array<const Operation*, kOpCount> index_operations() {
  std::array<const Operation*, kOpCount> index{};
  for (const auto part : {page_operations(), goods_operations(), order_operations()}) {
    for (const Operation& entry : part) index[static_cast<std::size_t>(entry.op)] = &entry;
  }
  return index;
}

}  // namespace

const Operation& operation(Op op) {
  static const auto index = index_operations();
  return *index[static_cast<std::size_t>(op)];
}

}  // namespace obs::sim
