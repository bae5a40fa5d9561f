#pragma once

#include "datasets/review.h"

namespace sweepformer::datasets {

/// Readers of four sets of GLUE (Wang et al. 2019, arXiv:1804.07461) in the tab-separated form it
/// publishes: no quoting, so that a quote is a character like any other. Of a pair the first
/// sentence becomes the title, the second the body; a single sentence is the body. A part that is
/// published without labels is refused.

/// Stanford Sentiment Treebank (Socher et al., EMNLP 2013): `sentence label`; 1 is positive.
Result<std::vector<Review>> ReadSst2(std::string_view bytes, const std::string& file);

/// Corpus of Linguistic Acceptability (Warstadt, Singh, Bowman, TACL 2019), without a header:
/// source, label, the author's mark, sentence; 1 is acceptable.
Result<std::vector<Review>> ReadCola(std::string_view bytes, const std::string& file);

/// Recognizing Textual Entailment: `index sentence1 sentence2 label`; entailment is 0.
Result<std::vector<Review>> ReadRte(std::string_view bytes, const std::string& file);

/// Question NLI, from SQuAD (Rajpurkar et al., EMNLP 2016): `index question sentence label`;
/// entailment, that the sentence answers the question, is 0.
Result<std::vector<Review>> ReadQnli(std::string_view bytes, const std::string& file);

}  // namespace sweepformer::datasets
