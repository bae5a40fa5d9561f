#include "tools/completion/offers.h"

#include <algorithm>
#include <map>

#include "datasets/catalog.h"
#include "results/catalog.h"
#include "results/named_queries.h"
#include "results/store.h"
#include "results/sweeps.h"
#include "tools/commands/common.h"
#include "tools/completion/settings.h"

namespace sweepformer::cli {
namespace {

void OfferCommands(const Slot& slot, Offers& offers) {
  for (const Command& command : Commands()) {
    if (!command.hidden) offers.words.push_back({command.name, command.about});
  }
  if (slot.command) return;  // an argument of a command, e.g. of man
  offers.words.push_back({"help", "Everything about a command."});
  if (!slot.typed.starts_with('-')) return;
  offers.words.push_back({"--help", "everything"});
  offers.words.push_back({"--version", "the version"});
}

void OfferOptions(const Slot& slot, Offers& offers) {
  for (const OptionSpec& option : slot.command->options) {
    if (option.repeated || !slot.before.Has(option.name))
      offers.words.push_back({"--" + option.name, option.doc});
  }
  offers.words.push_back({"--help", "everything about this command"});
}

void OfferSpecs(const Slot&, Offers& offers) { offers.directive = ":files .toml"; }
void OfferFiles(const Slot&, Offers& offers) { offers.directive = ":files"; }
void OfferFolders(const Slot&, Offers& offers) { offers.directive = ":folders"; }
void OfferNothing(const Slot&, Offers&) {}

void OfferSets(const Slot&, Offers& offers) {
  for (const datasets::KnownSet& set : datasets::KnownSets())
    offers.words.push_back({set.name, set.about});
}

void OfferQueries(const Slot&, Offers& offers) {
  for (const NamedQuery& query : NamedQueries()) offers.words.push_back({query.name, query.about});
}

/// NAME= for each parameter of the named query on the line.
void OfferQueryParameters(const Slot& slot, Offers& offers) {
  const auto query = FindNamedQuery(slot.before.Text("name").value_or(""));
  if (!query.ok()) return;
  for (const QueryParameter& parameter : query->parameters)
    offers.words.push_back({parameter.name + "=", parameter.about});
}

/// The store the command line names, to be read without a trace.
Result<ResultStore> StoreOf(const Slot& slot) {
  return ResultStore::Peek(ExpandHome(StorePath(slot.before).string()));
}

void OfferSweeps(const Slot& slot, Offers& offers) {
  const auto store = StoreOf(slot);
  if (!store.ok()) return;
  const auto sweeps = ListSweeps(store->connection());
  if (!sweeps.ok()) return;
  for (const Sweep& sweep : *sweeps) offers.words.push_back({sweep.name, sweep.about});
}

/// Ids as long as needed to tell runs apart, the latest changed first.
void OfferRuns(const Slot& slot, Offers& offers) {
  constexpr std::size_t kDigits = 12;
  constexpr int kMost = 100;
  const auto store = StoreOf(slot);
  if (!store.ok()) return;
  auto find = store->connection().Prepare(
      "SELECT id, state FROM run WHERE id >= ?1 AND id < ?1 || 'g' ORDER BY changed DESC LIMIT ?2");
  if (!find.ok()) return;
  find->BindAll(slot.typed, std::int64_t{kMost});
  const std::size_t digits = slot.typed.size() < kDigits ? kDigits : std::string::npos;
  while (true) {
    const auto row = find->Step();
    if (!row.ok() || !*row) return;
    offers.words.push_back({find->Text(0).substr(0, digits), find->Text(1)});
  }
}

/// A list typed so far stays; each item is offered after it once.
void OfferItems(const Slot& slot, const std::vector<Offer>& items, Offers& offers) {
  const std::size_t comma = slot.typed.rfind(',');
  const std::string list = comma == std::string::npos ? "" : slot.typed.substr(0, comma + 1);
  for (const Offer& item : items) {
    if (("," + list).find("," + item.word + ",") == std::string::npos)
      offers.words.push_back({list + item.word, item.doc});
  }
}

Result<Catalog> CatalogOf(const Slot& slot) {
  SF_ASSIGN(const ResultStore store, StoreOf(slot));
  return Catalog::Read(store.connection());
}

void OfferParameters(const Slot& slot, Offers& offers) {
  const auto catalog = CatalogOf(slot);
  if (!catalog.ok()) return;
  std::vector<Offer> items;
  for (const std::string& name : catalog->parameters()) items.push_back({name, ""});
  OfferItems(slot, items, offers);
}

void OfferMetrics(const Slot& slot, Offers& offers) {
  const auto catalog = CatalogOf(slot);
  if (!catalog.ok()) return;
  std::vector<Offer> items;
  for (const MetricSpec& metric : catalog->metrics()) items.push_back({metric.name, metric.doc});
  OfferItems(slot, items, offers);
}

/// NAME= and, once that is there, its values; of a list, one after the other.
void OfferSettings(const Slot& slot, Offers& offers) {
  const auto settings = KnownSettings(slot.before.Text("SPEC"));
  const std::size_t equals = slot.typed.find('=');
  if (equals == std::string::npos) {
    for (const KnownSetting& one : settings) offers.words.push_back({one.name + "=", one.doc});
    return;
  }
  const std::string name = slot.typed.substr(0, equals);
  Slot value = slot;
  value.typed = slot.typed.substr(equals + 1);
  for (const KnownSetting& one : settings) {
    if (!SameName(one.name, name)) continue;
    std::vector<Offer> items;
    for (const std::string& text : one.values) items.push_back({text, ""});
    OfferItems(value, items, offers);
  }
  for (Offer& offer : offers.words) offer.word = name + "=" + offer.word;
}

using Source = void (*)(const Slot&, Offers&);

const std::map<std::string_view, Source>& Sources() {
  static const std::map<std::string_view, Source> sources = {{"COMMAND", OfferCommands},
                                                             {"OPTION", OfferOptions},
                                                             {"SPEC", OfferSpecs},
                                                             {"FILE", OfferSpecs},
                                                             {"DB", OfferFiles},
                                                             {"DIR", OfferFolders},
                                                             {"SET", OfferSets},
                                                             {"SWEEP", OfferSweeps},
                                                             {"RUN", OfferRuns},
                                                             {"P,P", OfferParameters},
                                                             {"M,M", OfferMetrics},
                                                             {"M", OfferMetrics},
                                                             {"K=V", OfferSettings},
                                                             {"K=A,B", OfferSettings},
                                                             {"SQL", OfferNothing},
                                                             {"N", OfferNothing},
                                                             {"T", OfferNothing},
                                                             {"QUERY", OfferQueries},
                                                             {"NAME=VALUE", OfferQueryParameters},
                                                             {"SQLFILE", OfferFiles},
                                                             {"NAME", OfferNothing},
                                                             {"NAME=VALUE...", OfferNothing},
                                                             {"NAME=N", OfferNothing},
                                                             {"WORDS...", OfferNothing}};
  return sources;
}

/// Words and docs are lines of their own to the shells.
bool IsPlain(const std::string& text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

bool IsKnownKind(std::string_view kind) { return Sources().contains(kind); }

Offers OffersFor(const Slot& slot) {
  Offers offers;
  for (const std::string& choice : slot.choices) offers.words.push_back({choice, ""});
  const auto source = Sources().find(slot.kind);
  if (slot.choices.empty() && source != Sources().end()) source->second(slot, offers);
  std::erase_if(offers.words, [&](const Offer& offer) {
    return !offer.word.starts_with(slot.typed) || !IsPlain(offer.word);
  });
  for (Offer& offer : offers.words) offer.word = slot.head + offer.word;
  return offers;
}

std::string OfferText(const Offers& offers) {
  std::string text;
  for (const Offer& offer : offers.words)
    text += offer.word + (IsPlain(offer.doc) ? "\t" + offer.doc : "\t") + "\n";
  return offers.directive.empty() ? text : text + offers.directive + "\n";
}

}  // namespace sweepformer::cli
