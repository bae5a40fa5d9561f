#include "tools/planning/plan_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "orchestrator/exec/command_template.h"
#include "orchestrator/sql/sandbox.h"

namespace sweepformer {
namespace {

using Notes = std::vector<std::string>;

void NoteSections(const SweepSpec& spec, bool probes, Notes& notes) {
  if (spec.measure && !probes) {
    notes.push_back(
        "[measure] has no effect: this worker carries out no probes, so that speeds are as "
        "trained, "
        "with other runs on the machine");
  }
}

std::vector<std::string> Expressions(const SweepSpec& spec) {
  std::vector<std::string> texts;
  for (const Derived& derived : spec.derived) texts.push_back(derived.expression.text);
  for (const Exclusion& exclusion : spec.exclusions) texts.push_back(exclusion.when.text);
  for (const LimitRule& rule : spec.limit_rules) texts.push_back(rule.when.text);
  for (const GridDimension& dimension : spec.grid) {
    if (dimension.when) texts.push_back(dimension.when->text);
  }
  for (const InitFrom& rule : spec.init_from) {
    texts.push_back(rule.when.text);
    texts.push_back(rule.parent.text);
  }
  return texts;
}

bool IsInCommand(const SweepPlan& plan, const std::string& name) {
  const auto& command = plan.worker.command;
  return std::any_of(command.begin(), command.end(),
                     [&](const std::string& argument) { return UsesPlaceholder(argument, name); });
}

/// A misspelt name is a parameter of its own where no description says otherwise.
Status NoteUnusedParameters(const SweepPlan& plan, Notes& notes) {
  SF_ASSIGN(SafeExpressions sandbox, SafeExpressions::Open());
  NameSet read;
  for (const std::string& text : Expressions(plan.spec)) {
    auto checked = sandbox.Check(text, plan.parameters, "child");
    if (auto* names = std::get_if<NameSet>(&checked)) read.merge(*names);
  }
  for (const std::string& name : plan.parameters) {
    if (read.contains(name) || IsInCommand(plan, name)) continue;
    notes.push_back(fmt::format(
        "nothing uses the parameter '{0}': no {{{0}}} in the worker's command, no rule, no let",
        name));
  }
  return {};
}

/// What a file gives may well miss a narrowed grid, or one of several specs that include the file.
void NoteIdleSettings(const SweepPlan& plan, const std::vector<IdleSetting>& idle, Notes& notes) {
  for (const IdleSetting& setting : idle) {
    const bool is_typed = !setting.where.known();
    const auto& file = setting.where.file;
    const bool is_included = file && *file != plan.spec.source.name();
    if (!is_typed && (!plan.whole || is_included)) continue;
    notes.push_back(fmt::format("'{}' of {} reaches no cell: it is used only where {}",
                                setting.name, is_typed ? "the command line" : "[base]",
                                setting.when));
  }
}

}  // namespace

Result<Notes> NotesOn(const SweepPlan& plan, const Expansion& expansion) {
  Notes notes;
  NoteSections(plan.spec, plan.probes > 0, notes);
  if (plan.worker.foreign()) SF_TRY(NoteUnusedParameters(plan, notes));
  NoteIdleSettings(plan, expansion.idle_settings(), notes);
  if (!plan.whole) return notes;  // a narrowed grid may well miss a rule
  for (const IdleRule& rule : expansion.idle_rules()) {
    notes.push_back(
        fmt::format("the {} \"{}\" matches no cell; is it written right?", rule.what, rule.when));
  }
  return notes;
}

}  // namespace sweepformer
