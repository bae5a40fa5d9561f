#include "model/run_options.h"

#include "datasets/parameters.h"
#include "model/description.h"
#include "model/training_parameters.h"

namespace sweepformer::model {
namespace {

/// The parameters datasets::Prepare will read.
void TakeDatasetParameters(ParameterReader& reader) {
  for (const ParameterSpec& spec : datasets::DatasetParameters()) {
    if (datasets::IsActive(spec.name, reader.resolved())) reader.Take(spec.name);
  }
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
