#include "tools/completion/slot.h"

#include <fmt/format.h>

namespace sweepformer::cli {
namespace {

/// Reads a command's words one by one, as far as they make sense.
class SlotFinder {
 public:
  explicit SlotFinder(const Command& command) { slot_.command = &command; }

  void Pass(const std::string& word) {
    if (open_) {
      slot_.before.Add(open_->name, word);
      open_ = nullptr;
    } else if (!only_positionals_ && word == "--") {
      only_positionals_ = true;
    } else if (LooksLikeOption(word)) {
      PassOption(word);
    } else if (const PositionalSpec* positional = NextPositional()) {
      slot_.before.Add(positional->name, word);
      ++positionals_;
    }
  }

  Slot Finish(const std::string& word) {
    slot_.typed = word;
    const std::size_t equals = word.find('=');
    if (open_) {
      Fill(*open_);
    } else if (LooksLikeOption(word) && equals != std::string::npos) {
      slot_.head = word.substr(0, equals + 1);
      slot_.typed = word.substr(equals + 1);
      if (const OptionSpec* option = FindOption(word.substr(0, equals))) Fill(*option);
    } else if (!only_positionals_ && word.starts_with('-')) {
      slot_.kind = "OPTION";
    } else if (const PositionalSpec* positional = NextPositional()) {
      slot_.kind = positional->name;
      slot_.choices = positional->choices;
    } else {
      slot_.kind = "OPTION";
    }
    return std::move(slot_);
  }

 private:
  bool LooksLikeOption(const std::string& word) const {
    return !only_positionals_ && word.starts_with('-') && word.size() > 1;
  }

  const OptionSpec* FindOption(const std::string& typed) const {
    for (const OptionSpec& option : slot_.command->options) {
      if (typed == "--" + option.name) return &option;
      if (option.short_name && typed == fmt::format("-{}", option.short_name)) return &option;
    }
    return nullptr;
  }

  void PassOption(const std::string& word) {
    const std::size_t equals = word.find('=');
    const OptionSpec* option = FindOption(word.substr(0, equals));
    if (!option) return;
    if (equals != std::string::npos) {
      slot_.before.Add(option->name, word.substr(equals + 1));
    } else if (option->argument.empty()) {
      slot_.before.Add(option->name, "");
    } else {
      open_ = option;
    }
  }

  const PositionalSpec* NextPositional() const {
    const auto& all = slot_.command->positionals;
    if (positionals_ < all.size()) return &all[positionals_];
    return !all.empty() && all.back().name.ends_with("...") ? &all.back() : nullptr;
  }

  void Fill(const OptionSpec& option) {
    slot_.kind = option.argument;
    slot_.choices = option.choices;
  }

  Slot slot_;
  const OptionSpec* open_ = nullptr;  ///< waits for its value
  std::size_t positionals_ = 0;
  bool only_positionals_ = false;
};

Slot CommandSlot(const std::string& typed) {
  Slot slot;
  slot.kind = "COMMAND";
  slot.typed = typed;
  return slot;
}

}  // namespace

Slot FindSlot(const std::vector<std::string>& words) {
  if (words.size() < 2) return CommandSlot(words.empty() ? "" : words.front());
  if (words.front() == "help") return words.size() == 2 ? CommandSlot(words.back()) : Slot{};
  const Command* command = FindCommand(words.front());
  if (!command) return {};
  SlotFinder finder(*command);
  for (std::size_t i = 1; i + 1 < words.size(); ++i) finder.Pass(words[i]);
  return finder.Finish(words.back());
}

}  // namespace sweepformer::cli
