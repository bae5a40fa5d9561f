#include "datasets/synthetic_lexicon.h"

namespace sweepformer::datasets {
namespace {

constexpr std::string_view kPraise[] = {"wonderful", "superb",  "brilliant", "fantastic",
                                        "lovely",    "perfect", "terrific",  "great"};
constexpr std::string_view kBlame[] = {"dreadful", "terrible", "horrible", "miserable",
                                       "pathetic", "lousy",    "poor",     "bad"};
constexpr std::string_view kSlight[] = {"light", "thin", "small", "compact", "narrow"};
constexpr std::string_view kSturdy[] = {"heavy", "thick", "large", "bulky", "wide"};
constexpr std::string_view kCarried[] = {"laptop", "tent",  "backpack",
                                         "camera", "phone", "suitcase"};
constexpr std::string_view kHousehold[] = {"blanket", "mattress", "rug",
                                           "skillet", "curtain",  "recliner"};
constexpr std::string_view kPeople[] = {"sister", "brother", "neighbor", "husband", "wife",
                                        "mother", "father",  "roommate", "boss",    "cousin"};

constexpr std::string_view kOpenings[] = {
    "This {product} came by mail on a {day}.",
    "The {product} I am writing about is {color}.",
    "My {product} arrived in {month}, from a shop in our town.",
    "Our {product} has been in the {place} for {number} weeks.",
    "The {product} was a present from my {person}.",
    "A {product} was on our list since {month}."};
constexpr std::string_view kVerdicts[] = {"All in all I find it {verdict}.",
                                          "To me it is simply {verdict}.",
                                          "I can only call it {verdict}.",
                                          "My own verdict is that it is {verdict}.",
                                          "In daily use it turned out to be {verdict}.",
                                          "There is one word for it, and that is {verdict}."};
constexpr std::string_view kDescriptions[] = {
    "The first thing I noticed is how {descriptor} the {product} is.",
    "It turned out to be a very {descriptor} {product}.",
    "For a {product} it is remarkably {descriptor}.",
    "In my hands this {product} is really {descriptor}.",
    "What strikes me every time is how {descriptor} it is.",
    "I was surprised that it is so {descriptor}."};
constexpr std::string_view kContrasts[] = {
    "My {person} called it {quoted}, but I find it {verdict}.",
    "I find it {verdict}, although my {person} called it {quoted}.",
    "While my {person} thinks it is {quoted}, to me it is {verdict}.",
    "To me it is {verdict}, even if my {person} thinks it is {quoted}."};

constexpr std::string_view kTitleVerdicts[] = {
    "A truly {verdict} {product} overall", "Simply {verdict} for the price",
    "This {product} is just {verdict}",    "{verdict} buy, in my opinion",
    "My {product} turned out {verdict}",   "What a {verdict} {product}!"};
constexpr std::string_view kTitleDescriptions[] = {
    "A really {descriptor} {product} indeed", "Very {descriptor} for a {product}",
    "This {product} is so {descriptor}",      "Quite a {descriptor} {product}, honestly",
    "My {product} turned out {descriptor}",   "What a {descriptor} {product}!"};
constexpr std::string_view kTitleNegations[] = {
    "Not a {verdict} {product} at all", "This {product} is not {verdict}",
    "Not {verdict}, this {product}", "Certainly not a {verdict} {product}"};

constexpr std::string_view kFillers[] = {
    "I ordered the {product} on a {day} and it came {number} days later.",
    "It was meant as a present for my {person}.",
    "The parcel was left with my {person} because nobody was at home.",
    "We keep the {product} in the {place} most of the time.",
    "The color is {color}, as shown in the pictures.",
    "I had read {number} other reviews before I made up my mind.",
    "My old {product} had served me for {number} years.",
    "The instructions come in {number} languages.",
    "I paid with the card of my {person} and got a receipt by mail.",
    "On {day} I took it along to the {place}.",
    "There is a label with the name of the maker on the back.",
    "The shop offers it in {color} and in {color}.",
    "Somebody asked me about the {product} the other {day}.",
    "I have used it about {number} times since then.",
    "My {person} has the same one in {color}.",
    "It came in a plain box with some paper around it.",
    "The box now stands in the {place}.",
    "I compared {number} shops before I ordered.",
    "The {product} I had before was {color}.",
    "As for the size, the table on the page says it all.",
    "We moved to a new flat in {month}, so we needed a {product}.",
    "I am writing this after {number} weeks.",
    "The seller answered my question within {number} hours.",
    "My {person} saw it in the {place} and asked where it was from.",
    "The price went up and down while I was waiting.",
    "I usually buy such things in {month}.",
    "A {product} like this is used every {day} in our house.",
    "There were {number} of them left in the shop.",
    "The courier rang at the door on {day} morning.",
    "I looked for a {product} for more than {number} weeks.",
    "Next to it on the page there was one in {color}.",
    "I showed the {product} to my {person} and to my {person}.",
    "You can see it in the {place} in one of my photos.",
    "The bill was in the box, together with a card.",
    "Last {month} we went on a trip and it came with us.",
    "It replaced the {color} one that my {person} gave me.",
    "We are a family of {number} and share most things.",
    "The maker has its office in a town near ours.",
    "I will add a photo of the {product} when I am back from the {place}.",
    "In {month} there was a sale, and that is when I got it."};

constexpr SyntheticLexicon kLexicon = {kPraise,
                                       kBlame,
                                       kSlight,
                                       kSturdy,
                                       kCarried,
                                       kHousehold,
                                       kPeople,
                                       kOpenings,
                                       kVerdicts,
                                       kDescriptions,
                                       kContrasts,
                                       kTitleVerdicts,
                                       kTitleDescriptions,
                                       kTitleNegations,
                                       kFillers};

}  // namespace

const SyntheticLexicon& Lexicon() { return kLexicon; }

}  // namespace sweepformer::datasets
