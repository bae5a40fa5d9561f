#include <fmt/format.h>

#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/completion/offers.h"
#include "tools/embedded.h"

namespace sweepformer::cli {
namespace {

Result<int> PrintScript(const Arguments& arguments) {
  const std::string shell = *arguments.Text("SHELL");
  fmt::print("{}", shell == "bash"  ? kBashCompletion
                   : shell == "zsh" ? kZshCompletion
                                    : kFishCompletion);
  return kExitOk;
}

Result<int> PrintOffers(const Arguments& arguments) {
  fmt::print("{}", OfferText(OffersFor(FindSlot(arguments.All("WORDS...")))));
  return kExitOk;
}

}  // namespace

Command CompletionCommand() {
  Command command;
  command.name = "completion";
  command.about = "Prints a script that teaches a shell to complete sweepformer.";
  command.positionals = {{"SHELL", true, {"bash", "zsh", "fish"}}};
  command.examples = {
      {"source <(sweepformer completion bash)", "in this shell; in ~/.bashrc for every one"},
      {"sweepformer completion fish > ~/.config/fish/completions/sweepformer.fish",
       "for good, in fish"}};
  command.details =
      "Sweeps, runs, parameters and metrics are completed from the store that --store names, axes "
      "and values from the spec on the line and from the worker's description. `make install` puts "
      "the scripts where the shells look for them.";
  command.run = PrintScript;
  return command;
}

Command CompleteCommand() {
  Command command;
  command.name = "complete";
  command.about = "Lists what the last of WORDS may become; the completion scripts call it.";
  command.positionals = {{"WORDS...", false}};
  command.examples = {{"sweepformer complete -- status ''", "the sweeps of the store"}};
  command.run = PrintOffers;
  command.hidden = true;
  return command;
}

}  // namespace sweepformer::cli
