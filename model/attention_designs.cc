#include "model/attention_designs.h"

#include "model/compressive_attention.h"
#include "model/fnet.h"
#include "model/full_attention.h"
#include "model/linear_attention.h"
#include "model/linformer_attention.h"
#include "model/longformer_attention.h"
#include "model/performer_attention.h"

namespace sweepformer::model {
namespace {

std::vector<ParameterSpec> NoParameters() { return {}; }
std::vector<ParameterCheck> NoChecks() { return {}; }

AttentionFactory ReadFull(const AttentionOptions& options, ParameterReader&) {
  return [options](const auto& before) {
    return MakeFullLayer(options, ScoreMatrix::kBlocked, before);
  };
}

AttentionFactory ReadFullNaive(const AttentionOptions& options, ParameterReader&) {
  return
      [options](const auto& before) { return MakeFullLayer(options, ScoreMatrix::kWhole, before); };
}

AttentionFactory ReadLinformer(const AttentionOptions& attention, ParameterReader& reader) {
  const LinformerOptions options = ReadLinformerOptions(attention, reader);
  return [options](const auto& before) { return MakeLinformerLayer(options, before); };
}

AttentionFactory ReadFNet(const AttentionOptions& options, ParameterReader&) {
  return [options](const auto&) { return std::make_shared<FNetMixingImpl>(options); };
}

AttentionFactory ReadLinear(const AttentionOptions& options, ParameterReader& reader) {
  const FeatureMap map = ReadFeatureMap(reader);
  return [=](const auto&) { return std::make_shared<LinearAttentionImpl>(options, map); };
}

AttentionFactory ReadPerformer(const AttentionOptions& attention, ParameterReader& reader) {
  const PerformerOptions options = ReadPerformerOptions(attention, reader);
  return [options](const auto&) { return std::make_shared<PerformerAttentionImpl>(options); };
}

AttentionFactory ReadLongformer(const AttentionOptions& attention, ParameterReader& reader) {
  const BandSchedule schedule = ReadBandSchedule(attention, reader);
  return [=](const auto& before) {
    const auto layer = static_cast<std::int64_t>(before.size());
    return std::make_shared<LongformerAttentionImpl>(
        LongformerOptions{attention, schedule.OfLayer(layer, attention.max_length)});
  };
}

AttentionFactory ReadCompressive(const AttentionOptions& attention, ParameterReader& reader) {
  const CompressiveOptions options = ReadCompressiveOptions(attention, reader);
  return [options](const auto&) { return std::make_shared<CompressiveAttentionImpl>(options); };
}

}  // namespace

const std::vector<AttentionDesign>& AttentionDesigns() {
  static const std::vector<AttentionDesign> designs = {
      {"full", HeadCount::kGiven, Interior::kScores, NoParameters, NoChecks, ReadFull},
      {"full-naive", HeadCount::kGiven, Interior::kScores, NoParameters, NoChecks, ReadFullNaive},
      {"linformer", HeadCount::kGiven, Interior::kQueriesAndKeys, LinformerParameters,
       LinformerChecks, ReadLinformer},
      {"fnet", HeadCount::kOne, Interior::kOther, NoParameters, NoChecks, ReadFNet},
      {"linear", HeadCount::kGiven, Interior::kQueriesAndKeys, LinearParameters, NoChecks,
       ReadLinear},
      {"performer", HeadCount::kGiven, Interior::kQueriesAndKeys, PerformerParameters, NoChecks,
       ReadPerformer},
      {"longformer", HeadCount::kGiven, Interior::kQueriesAndKeys, LongformerParameters,
       LongformerChecks, ReadLongformer},
      {"compressive", HeadCount::kGiven, Interior::kOther, CompressiveParameters, CompressiveChecks,
       ReadCompressive},
  };
  return designs;
}

}  // namespace sweepformer::model
