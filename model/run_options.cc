#include "model/run_options.h"

#include "datasets/parameters.h"
#include "datasets/request.h"
#include "model/description.h"
#include "model/training_parameters.h"

namespace sweepformer::model {
namespace {

/// The parameters datasets::Prepare will read. It reads what its `when` excludes as absent, so the
/// conditions stand here once more; tools/worker's tests hold the two against one another.
void TakeDatasetParameters(ParameterReader& reader) {
  const std::string dataset = reader.Text("dataset");
  for (const ParameterSpec& spec : datasets::DatasetParameters()) {
    if (spec.when.empty()) reader.Take(spec.name);
  }
  reader.Take(dataset == datasets::kDefaultDataset ? "rows" : "data_path");
  if (dataset == "blitzer") reader.Take("domain");
}

}  // namespace

Result<RunOptions> ReadRunOptions(const Parameters& parameters) {
  ParameterReader reader(parameters, RunParameters());
  reader.Take("work");
  TakeDatasetParameters(reader);
  RunOptions options;
  options.model = ReadModelOptions(reader);
  options.training = ReadTrainingOptions(reader);
  SF_TRY(reader.Finish());
  options.resolved = reader.resolved();
  return options;
}

}  // namespace sweepformer::model
