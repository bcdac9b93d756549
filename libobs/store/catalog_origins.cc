// What the catalog knows of resources and services, and what it forgets of them.

#include <algorithm>
#include <utility>

#include "libobs/store/catalog.h"

namespace obs::store {

Result<std::size_t> Catalog::keep_origins(std::span<const std::uint32_t> resources,
                                          const std::set<ServiceKey>& services) {
  std::size_t forgotten = 0;
  auto done = database_.transaction("BEGIN IMMEDIATE", [&]() -> Result<void> {
    OBS_TRY(const std::size_t gone_resources, keep_resources(resources));
    OBS_TRY(const std::size_t gone_services, keep_services(services));
    forgotten = gone_resources + gone_services;
    return {};
  });
  if (!done) return fail(std::move(done).error().during("forget resources in catalog"));
  return forgotten;
}

Result<std::size_t> Catalog::keep_resources(std::span<const std::uint32_t> ids) {
  OBS_TRY(auto rows, database_.prepare("SELECT id FROM resources WHERE id NOT IN "
                                       "(SELECT resource_id FROM series WHERE resource_id "
                                       "IS NOT NULL)"));
  std::vector<std::int64_t> gone;
  for (;;) {
    OBS_TRY(const bool more, rows.step());
    if (!more) break;
    const std::int64_t id = rows.integer(0);
    if (!std::binary_search(ids.begin(), ids.end(), id)) gone.push_back(id);
  }
  OBS_TRY(SqliteStatement * remove, statement("DELETE FROM resources WHERE id = ?1"));
  for (const std::int64_t id : gone) OBS_TRY_VOID(remove->bind(1, id).run());
  return gone.size();
}

// Those of series are found here, and need not be among `services`.
Result<std::size_t> Catalog::keep_services(const std::set<ServiceKey>& services) {
  OBS_TRY(auto rows,
          database_.prepare("SELECT signal, project, service FROM services AS seen WHERE "
                            "signal <> 'metrics' OR NOT EXISTS (SELECT 1 FROM series WHERE "
                            "series.project = seen.project AND series.service = seen.service)"));
  std::vector<ServiceKey> gone;
  for (;;) {
    OBS_TRY(const bool more, rows.step());
    if (!more) break;
    const auto signal = parse_signal(rows.text(0));
    if (!signal) continue;
    ServiceKey key(*signal, rows.text(1), rows.text(2));
    if (services.count(key) == 0) gone.push_back(std::move(key));
  }
  OBS_TRY(SqliteStatement * remove,
          statement("DELETE FROM services WHERE signal = ?1 AND project = ?2 AND service = ?3"));
  for (const auto& [signal, project, service] : gone) {
    OBS_TRY_VOID(remove->bind(1, model::to_string(signal)).bind(2, project).bind(3, service).run());
  }
  return gone.size();
}

}  // namespace obs::store
