#include "results/verification.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "results/run_record.h"
#include "results/store.h"

namespace sweepformer {
namespace {

using nlohmann::json;

bool SameBits(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

void CompareMetrics(const RunRecord& run, const RepeatedRun& again,
                    std::vector<Mismatch>& differences) {
  for (const auto& [spec, before] : run.metrics) {
    if (!spec.reproducible) continue;
    const auto found = again.final_metrics.find(spec.name);
    if (found == again.final_metrics.end()) {
      differences.push_back({spec.name, fmt::format("{}", before), "absent"});
    } else if (!SameBits(before, found->second)) {
      differences.push_back(
          {spec.name, fmt::format("{}", before), fmt::format("{}", found->second)});
    }
  }
}

void CompareHits(const std::vector<bool>& before, const std::optional<std::vector<bool>>& now,
                 std::vector<Mismatch>& differences) {
  const std::size_t items = now ? now->size() : 0;
  if (items != before.size()) {
    differences.push_back(
        {"number of test items", std::to_string(before.size()), std::to_string(items)});
    return;
  }
  const auto word = [](bool hit) { return hit ? "right" : "wrong"; };
  for (std::size_t i = 0; i < items; ++i) {
    if (before[i] == (*now)[i]) continue;
    differences.push_back({fmt::format("test item {}", i), word(before[i]), word((*now)[i])});
  }
}

json ObjectFrom(const std::string& text) {
  json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return object.is_object() ? object : json::object();
}

std::string MemberText(const json& object, const std::string& name) {
  const auto found = object.find(name);
  if (found == object.end()) return "unknown";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

}  // namespace

std::vector<Mismatch> MismatchesOf(const RunRecord& run,
                                   const std::optional<std::vector<bool>>& test_hits,
                                   const RepeatedRun& again) {
  std::vector<Mismatch> differences;
  CompareMetrics(run, again, differences);
  if (test_hits) CompareHits(*test_hits, again.test_hits, differences);
  return differences;
}

std::vector<Mismatch> ProvenanceMismatches(const std::string& before, const std::string& now) {
  const json old_object = ObjectFrom(before), new_object = ObjectFrom(now);
  std::set<std::string> names;
  for (const auto& [name, value] : old_object.items()) names.insert(name);
  for (const auto& [name, value] : new_object.items()) names.insert(name);
  names.erase("energy_joules");  // what it took, not where it ran; a repeat does not measure it
  std::vector<Mismatch> differences;
  for (const std::string& name : names) {
    const std::string was = MemberText(old_object, name), is = MemberText(new_object, name);
    if (was != is) differences.push_back({name, was, is});
  }
  return differences;
}

Result<std::optional<std::vector<bool>>> TestHitsOf(const Connection& connection,
                                                    const std::string& run) {
  SF_ASSIGN(
      Statement find,
      connection.Prepare("SELECT items, hits FROM test_hits JOIN run USING(run_key) WHERE id = ?"));
  SF_ASSIGN(const bool found, find.BindAll(run).Step());
  if (!found) return std::optional<std::vector<bool>>();
  const std::vector<std::uint8_t> bytes = find.Blob(1);
  std::vector<bool> hits;
  for (std::size_t i = 0; i < static_cast<std::size_t>(find.Int(0)) && i / 8 < bytes.size(); ++i) {
    hits.push_back(((bytes[i / 8] >> (i % 8)) & 1) != 0);
  }
  return std::optional(std::move(hits));
}

Result<std::vector<Verification>> VerificationsOf(const Connection& connection,
                                                  const std::string& run) {
  SF_ASSIGN(Statement find,
            connection.Prepare("SELECT host, started_ms, ended_ms, difference, provenance_json, "
                               "log_path FROM verification JOIN run USING(run_key) WHERE id = ? "
                               "ORDER BY verification_key"));
  std::vector<Verification> all;
  SF_ASSIGN(bool row, find.BindAll(run).Step());
  while (row) {
    all.push_back(
        {run, find.Text(0), find.Int(1), find.Int(2), find.Text(3), find.Text(4), find.Text(5)});
    SF_ASSIGN(row, find.Step());
  }
  return all;
}

Status ResultStore::RecordVerification(const Verification& verification) {
  SF_ASSIGN(Statement insert,
            connection_.Prepare("INSERT INTO verification(run_key, host, started_ms, ended_ms, "
                                "difference, provenance_json, log_path) SELECT run_key, ?2, ?3, "
                                "?4, nullif(?5, ''), ?6, ?7 FROM run WHERE id = ?1"));
  return insert
      .BindAll(verification.run, verification.host, verification.started_ms, verification.ended_ms,
               verification.difference, verification.provenance_json, verification.log_path)
      .Run();
}

}  // namespace sweepformer
