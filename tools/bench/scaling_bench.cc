// How one attention sublayer's time and memory grow with the length of its samples, for every
// design, beside its closed forms.
//
// Workload: the sublayer alone (d_model 128, 4 heads, no dropout; a design's default parameters,
// Linformer with 128, 256 and 512 slots) on random samples of n tokens, n = 128 ... 65,536, as many
// as make 65,536 tokens: what a token costs is then flat for a design that is linear in n. Forward
// is in evaluation without gradients, training forward and backward. Every round measures all
// points, in random order after the first, those of a design one after the other; figures are
// medians over the rounds, of passes that did not wait for a CPU where there are such. How far
// lengths stray from flat is reckoned within rounds, since a machine's speed differs between
// minutes; for Linformer it is a target, hence its further rounds. Memory is the most that tensors
// held at once, counted by the allocator; its closed form is that of one sample, times their
// number. The bound is the closed form's floating point operations and memory traffic at the rates
// measured here. Points that would not fit into memory or take longer than --limit are left out and
// said. The rivals are `full` and `full-naive`: how many times Linformer's time and memory go into
// theirs, as its paper has it for inference.
#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "model/blas_kernel.h"
#include "model/timings.h"
#include "results/statistics/intervals.h"
#include "tools/bench/rows.h"
#include "tools/bench/scaling/sublayer.h"

using namespace sweepformer;
using namespace sweepformer::bench;
namespace po = boost::program_options;

namespace {

/// Slopes and flatness are of lengths from here on: below, what is fixed per sample weighs in.
constexpr std::int64_t kFirstOfSlope = 512;

/// Of the memory that is available, what a point may need by its closed form.
constexpr double kMemoryShare = 0.6;

struct Options {
  std::int64_t shortest = 0, longest = 0, batch_tokens = 0;
  int rounds = 0, further_rounds = 0, threads = 1;
  double seconds = 0, limit = 0;
  std::string only, json;
};

struct Design {
  std::string name;
  std::string attention;
  std::int64_t slots = 0;  ///< of Linformer
};

struct Point {
  Design design;
  std::int64_t tokens = 0;
  ClosedForms closed;
  std::vector<PassCost> forward, training;  ///< one per round
  std::string skipped;                      ///< why
};

std::vector<Design> AllDesigns() {
  std::vector<Design> designs = {{"full", "full"}, {"full-naive", "full-naive"}};
  for (const std::int64_t slots : {128, 256, 512}) {
    designs.push_back({fmt::format("linformer-{}", slots), "linformer", slots});
  }
  for (const char* name : {"fnet", "linear", "performer", "longformer", "compressive"}) {
    designs.push_back({name, name});
  }
  return designs;
}

bool IsNamed(const std::string& list, const std::string& name) {
  return list.empty() || fmt::format(",{},", list).find(fmt::format(",{},", name)) != list.npos;
}

/// Bytes that programs can have; all there could be where /proc is not there.
double AvailableBytes() {
  std::ifstream file("/proc/meminfo");
  std::string name, unit;
  for (double kib = 0; file >> name >> kib; std::getline(file, unit)) {
    if (name == "MemAvailable:") return 1024 * kib;
  }
  return HUGE_VAL;
}

double Median(const std::vector<PassCost>& rounds, double PassCost::*figure) {
  std::vector<double> values;
  for (const PassCost& cost : rounds) values.push_back(cost.*figure);
  return model::SpreadOf(values).median;
}

// --- measuring --------------------------------------------------------------------------------

Sublayer SublayerOf(const Point& point, const Options& options) {
  Parameters parameters;
  if (point.design.slots > 0) parameters["projected_length"] = point.design.slots;
  return Sublayer({point.design.attention, parameters, point.tokens, options.batch_tokens});
}

void Measure(const Options& options, Point& point) {
  fmt::print(stderr, "\r{:<14} n = {:<8}", point.design.name, point.tokens);
  Sublayer sublayer = SublayerOf(point, options);
  point.forward.push_back(sublayer.Forward(options.seconds));
  point.training.push_back(sublayer.ForwardAndBackward(options.seconds));
}

/// Why not to measure a point, given the one of half the length: a pass takes at most twice as
/// long.
std::string ReasonToSkip(const Options& options, const Point& point, const Point* half) {
  const auto tokens = static_cast<double>(options.batch_tokens);
  const double bytes = point.closed.training_bytes * tokens;
  if (bytes > kMemoryShare * AvailableBytes()) {
    return fmt::format("needs {:.0f} GiB", bytes / std::pow(2.0, 30));
  }
  if (half == nullptr) return "";
  if (!half->skipped.empty()) return half->skipped;
  const double seconds = 2 * tokens * half->training.front().microseconds / 1e6;
  return seconds > options.limit ? fmt::format("may take {:.0f} s a pass", seconds) : "";
}

/// All points, each measured once unless it is skipped, by design and length.
std::vector<Point> FirstRound(const Options& options) {
  std::vector<Point> points;
  for (const Design& design : AllDesigns()) {
    if (!IsNamed(options.only, design.name)) continue;
    bool is_first = true;
    for (std::int64_t n = options.shortest; n <= options.longest; n *= 2) {
      if (design.slots > n) continue;
      Point point{design, n, {}, {}, {}, ""};
      point.closed = SublayerOf(point, options).closed_forms();
      point.skipped = ReasonToSkip(options, point, is_first ? nullptr : &points.back());
      if (point.skipped.empty()) Measure(options, point);
      points.push_back(std::move(point));
      is_first = false;
    }
  }
  return points;
}

/// The measured points, those of a design together; designs and lengths in random order.
std::vector<Point*> ShuffledByDesign(std::vector<Point>& points, std::mt19937& random) {
  std::vector<Design> designs = AllDesigns();
  std::shuffle(designs.begin(), designs.end(), random);
  std::vector<Point*> order;
  for (const Design& design : designs) {
    const auto first = static_cast<std::ptrdiff_t>(order.size());
    for (Point& point : points) {
      if (point.design.name == design.name && point.skipped.empty()) order.push_back(&point);
    }
    std::shuffle(order.begin() + first, order.end(), random);
  }
  return order;
}

std::vector<Point> MeasureAll(const Options& options) {
  std::vector<Point> points = FirstRound(options);
  std::mt19937 random(1);
  for (int round = 1; round < options.rounds + options.further_rounds; ++round) {
    for (Point* point : ShuffledByDesign(points, random)) {
      if (round < options.rounds || point->design.slots > 0) Measure(options, *point);
    }
  }
  fmt::print(stderr, "\r{:<40}\r", "");
  return points;
}

// --- what the figures say ---------------------------------------------------------------------

using Passes = std::vector<PassCost> Point::*;

/// The measured points of one design, from kFirstOfSlope on.
std::vector<const Point*> LongOnes(const std::vector<Point>& points, const std::string& design) {
  std::vector<const Point*> found;
  for (const Point& point : points) {
    const bool is_long = point.tokens >= kFirstOfSlope && point.skipped.empty();
    if (point.design.name == design && is_long) found.push_back(&point);
  }
  return found;
}

/// By least squares, of logarithms: 0 is flat, 1 linear in n.
double SlopeOf(const std::vector<const Point*>& points, const auto& figure) {
  const auto n = static_cast<double>(points.size());
  double x = 0, y = 0, xx = 0, xy = 0;
  for (const Point* point : points) {
    const double log_n = std::log(static_cast<double>(point->tokens));
    const double log_cost = std::log(figure(*point));
    x += log_n / n;
    y += log_cost / n;
    xx += log_n * log_n / n;
    xy += log_n * log_cost / n;
  }
  return (xy - x * y) / (xx - x * x);
}

/// Of the rounds: each has a slope of its own.
std::string ShowSlope(const std::vector<const Point*>& points, Passes passes) {
  std::vector<double> slopes;
  for (std::size_t round = 0; round < (points.front()->*passes).size(); ++round) {
    slopes.push_back(
        SlopeOf(points, [&](const Point& point) { return (point.*passes)[round].microseconds; }));
  }
  const Spread spread = SpreadOf(slopes);
  const auto interval = MeanInterval(spread);
  return interval ? fmt::format("{:6.3f} ± {:.3f}", *spread.mean, interval->half())
                  : fmt::format("{:6.3f}", *spread.mean);
}

/// The cost of a token in the middle of a round: the median over the points.
double MiddleOf(const std::vector<const Point*>& points, Passes passes, std::size_t round) {
  std::vector<double> costs;
  for (const Point* point : points) costs.push_back((point->*passes)[round].microseconds);
  return model::SpreadOf(costs).median;
}

/// How far the cost of a token strays from the middle between its least and its most: 0 is flat.
/// Each point's is the median over the rounds of its cost relative to the round's middle.
double Straying(const std::vector<const Point*>& points, Passes passes) {
  double least = HUGE_VAL, most = 0;
  for (const Point* point : points) {
    std::vector<double> relative;
    for (std::size_t round = 0; round < (point->*passes).size(); ++round) {
      relative.push_back((point->*passes)[round].microseconds / MiddleOf(points, passes, round));
    }
    const double cost = model::SpreadOf(relative).median;
    least = std::min(least, cost);
    most = std::max(most, cost);
  }
  return (most - least) / (most + least);
}

void PrintPoints(const std::vector<Point>& points) {
  fmt::print("{:<14}{:>7} |{:>9}{:>9} |{:>9}{:>9} |{:>10} |{:>10}{:>10}\n", "by token", "n",
             "forward", "bound", "training", "bound", "forward", "training", "closed");
  fmt::print("{:<14}{:>7} |{:>9}{:>9} |{:>9}{:>9} |{:>10} |{:>10}{:>10}\n", "", "", "us", "us",
             "us", "us", "bytes", "bytes", "bytes");
  for (const Point& point : points) {
    fmt::print("{:<14}{:>7} |", point.design.name, point.tokens);
    if (!point.skipped.empty()) {
      fmt::print("  left out: {}\n", point.skipped);
      continue;
    }
    fmt::print("{:>9.2f}{:>9.2f} |{:>9.2f}{:>9.2f} |{:>10.0f} |{:>10.0f}{:>10.0f}\n",
               Median(point.forward, &PassCost::microseconds), point.closed.forward_microseconds,
               Median(point.training, &PassCost::microseconds), point.closed.training_microseconds,
               Median(point.forward, &PassCost::bytes), Median(point.training, &PassCost::bytes),
               point.closed.training_bytes);
  }
}

void PrintSlopes(const std::vector<Point>& points) {
  fmt::print(
      "\nslope of log(time by token) over log(n), n >= {}: mean of the rounds, 95 % "
      "interval\n{:<14}{:>16}{:>9}{:>18}{:>9}{:>22}\n",
      kFirstOfSlope, "", "forward", "bound", "training", "bound", "training strays");
  for (const Design& design : AllDesigns()) {
    const auto found = LongOnes(points, design.name);
    if (found.size() < 2) continue;
    const auto bound = [&](double ClosedForms::*figure) {
      return SlopeOf(found, [&](const Point& point) { return point.closed.*figure; });
    };
    const double straying = Straying(found, &Point::training);
    fmt::print("{:<14}{:>17}{:>9.3f}{:>19}{:>9.3f}{:>14} {:>4.0f} %\n", design.name,
               ShowSlope(found, &Point::forward), bound(&ClosedForms::forward_microseconds),
               ShowSlope(found, &Point::training), bound(&ClosedForms::training_microseconds), "±",
               100 * straying);
    const bool is_whole = found.back()->tokens == points.back().tokens;
    if (design.slots > 0 && is_whole) {
      AppendRow("scaling_bench",
                {fmt::format("{}, n = {} to {}: training time by token strays", design.name,
                             found.front()->tokens, found.back()->tokens),
                 "share", straying, std::nullopt, "", "<= 0.15"});
    }
  }
}

const Point* Find(const std::vector<Point>& points, const std::string& design, std::int64_t n) {
  for (const Point& point : points) {
    if (point.design.name == design && point.tokens == n && point.skipped.empty()) return &point;
  }
  return nullptr;
}

/// "time x | memory x" of inference: medians over the rounds that both have.
std::string Savings(const Point* full, const Point* linformer) {
  if (full == nullptr || linformer == nullptr) return "-";
  const auto times = [&](double PassCost::*figure) {
    std::vector<double> ratios;
    const std::size_t rounds = std::min(full->forward.size(), linformer->forward.size());
    for (std::size_t i = 0; i < rounds; ++i) {
      ratios.push_back(full->forward[i].*figure / linformer->forward[i].*figure);
    }
    return model::SpreadOf(ratios).median;
  };
  return fmt::format("{:.1f} | {:.1f}", times(&PassCost::microseconds), times(&PassCost::bytes));
}

void PrintSavings(const std::vector<Point>& points, const Options& options) {
  for (const char* rival : {"full", "full-naive"}) {
    if (!IsNamed(options.only, rival)) continue;
    fmt::print("\nforward, {} / linformer-k: time | memory\n{:>8}", rival, "n");
    for (const Design& design : AllDesigns()) {
      if (design.slots > 0) fmt::print("{:>16}", fmt::format("k = {}", design.slots));
    }
    fmt::print("\n");
    for (std::int64_t n = kFirstOfSlope; n <= options.longest; n *= 2) {
      fmt::print("{:>8}", n);
      for (const Design& design : AllDesigns()) {
        if (design.slots == 0) continue;
        fmt::print("{:>16}", Savings(Find(points, rival, n), Find(points, design.name, n)));
      }
      fmt::print("\n");
    }
  }
}

void PrintDisturbance(const std::vector<Point>& points) {
  double least = 1;
  for (const Point& point : points) {
    for (const auto* passes : {&point.forward, &point.training}) {
      for (const PassCost& cost : *passes) least = std::min(least, cost.cpu_share);
    }
  }
  fmt::print("\nthe most disturbed pass that counts had a CPU {:.0f} % of its time\n", 100 * least);
}

void WriteJson(const std::vector<Point>& points, const std::string& path) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  const auto rounds = [](const std::vector<PassCost>& costs) {
    auto array = nlohmann::ordered_json::array();
    for (const PassCost& cost : costs)
      array.push_back({cost.microseconds, cost.bytes, cost.cpu_share});
    return array;
  };
  for (const Point& point : points) {
    all.push_back({{"design", point.design.name},
                   {"n", point.tokens},
                   {"skipped", point.skipped},
                   {"forward_us_bytes_cpu_share", rounds(point.forward)},
                   {"training_us_bytes_cpu_share", rounds(point.training)},
                   {"closed_forward_flops_by_token", point.closed.forward_flops},
                   {"bound_forward_us_by_token", point.closed.forward_microseconds},
                   {"bound_training_us_by_token", point.closed.training_microseconds},
                   {"closed_training_bytes_by_token", point.closed.training_bytes}});
  }
  std::ofstream(path) << nlohmann::ordered_json({{"version", 1}, {"points", all}}).dump(1) << "\n";
}

Options ReadArguments(int argc, char** argv) {
  Options options;
  po::options_description all("scaling_bench [options]");
  auto add = all.add_options();
  add("shortest", po::value(&options.shortest)->default_value(128), "n of the first point");
  add("longest", po::value(&options.longest)->default_value(65'536), "n of the last");
  add("batch-tokens", po::value(&options.batch_tokens)->default_value(65'536), "n * B");
  add("rounds", po::value(&options.rounds)->default_value(3), "times each point is measured");
  add("further-rounds", po::value(&options.further_rounds)->default_value(6), "of Linformer alone");
  add("seconds", po::value(&options.seconds)->default_value(0.5), "at least, of each kind of pass");
  add("limit", po::value(&options.limit)->default_value(30), "seconds a training pass may take");
  add("threads", po::value(&options.threads)->default_value(1), "");
  add("only", po::value(&options.only), "designs, separated by commas, e.g. full,linformer-128");
  add("json", po::value(&options.json), "file for all figures");
  add("help", "");
  po::variables_map values;
  po::store(po::parse_command_line(argc, argv, all), values);
  po::notify(values);
  if (values.count("help") == 0) return options;
  std::cout << all;
  std::exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  model::UseFittingBlasKernel(argv);
  const Options options = ReadArguments(argc, argv);
  PrepareLibTorch(options.threads);
  const std::vector<Point> points = MeasureAll(options);
  PrintPoints(points);
  PrintSlopes(points);
  PrintSavings(points, options);
  PrintDisturbance(points);
  if (!options.json.empty()) WriteJson(points, options.json);
}
