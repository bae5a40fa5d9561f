#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/value.h"
#include "orchestrator/spec/source.h"

namespace sweepformer {

/// A value as written, and where.
struct SpecValue {
  Value value;
  Location where;
};

/// An SQL expression over the parameters; `where` is its first character.
struct Expression {
  std::string text;
  Location where;
};

/// A parameter given one value by [base], by a point or by --set.
struct Setting {
  std::string name;
  Location where;  ///< of the name
  SpecValue value;
};

/// A parameter and the values it takes.
struct GridAxis {
  std::string name;
  Location where;
  std::vector<SpecValue> values;
  std::optional<Expression> when;          ///< the axis exists only where this holds
  std::optional<SpecValue> default_value;  ///< the parameter's value elsewhere; none: absent
  bool is_range = false;                   ///< the values were computed from a range
};

/// A dimension of the cross product: an axis, or several that advance together (a zip), value i of
/// one with value i of the others.
struct GridDimension {
  Location where;
  std::vector<GridAxis> columns;  ///< of equal length
  std::optional<Expression> when;
};

/// A derived parameter.
struct Derived {
  std::string name;
  Location where;
  Expression expression;
};

/// Cells to leave out, and why.
struct Exclusion {
  Expression when;
  std::string why;
};

/// A cell outside the grid.
struct Point {
  Location where;
  std::vector<Setting> settings;
  std::string label;
};

/// What one run may use. Absent: not limited; cpus are then its threads, and memory what is
/// predicted.
struct Limits {
  std::optional<double> cpus;
  std::optional<std::int64_t> mem_bytes;
  std::optional<double> timeout_s;
  std::map<std::string, double> named;  ///< other resources by name, e.g. gpus

  /// Takes over every limit that `other` states.
  void Override(const Limits& other);
};

/// Limits for the cells where `when` holds; the last that matches wins, per key.
struct LimitRule {
  Expression when;
  Limits limits;
};

/// Where cells start from the final weights of another cell's run of the same seed.
struct InitFrom {
  Location where;
  Expression when;    ///< the cells meant
  Expression parent;  ///< over the other cell's parameters; child.x is this cell's x
};

/// Which failed attempts are tried again.
struct RetrySpec {
  int attempts = 3;
  std::vector<std::string> on = {"crashed", "out_of_memory", "lost"};
  double mem_factor = 1.0;
};

/// How speed is to be measured by probes.
struct MeasureSpec {
  bool exclusive = true;
  int warmup_steps = 5;
  int repeats = 5;
};

/// What the user wants more and less of, for reports.
struct GoalSpec {
  std::vector<std::string> maximize;
  std::vector<std::string> minimize;
  std::map<std::string, Location, NameLess> places;  ///< where each metric is named
};

/// Another program as worker. Empty command: the built-in worker.
struct WorkerSpec {
  Location where;
  std::vector<SpecValue> command;  ///< text arguments with {name} placeholders
  std::string version;
  std::vector<SpecValue>
      files;  ///< relative to the spec's folder; their content is part of run ids

  bool foreign() const { return !command.empty(); }
};

/// A spec as written, checked for form only. Everything is in file order.
struct SweepSpec {
  SourceText source{"", ""};
  std::string text;              ///< with what it includes, as the store keeps it (StoredText)
  std::filesystem::path folder;  ///< of the file
  std::string name;
  std::string about;
  std::vector<Setting> base;
  std::vector<GridDimension> grid;
  std::vector<Derived> derived;
  std::vector<Exclusion> exclusions;
  std::vector<Point> points;
  std::vector<std::int64_t> seeds = {1};
  Limits limits;
  std::vector<LimitRule> limit_rules;
  std::vector<InitFrom> init_from;
  RetrySpec retry;
  std::optional<MeasureSpec> measure;
  GoalSpec goal;
  WorkerSpec worker;

  /// The parameters the spec gives, as they are first named: base, grid, lets, points.
  std::vector<std::string> ParameterNames() const;
};

}  // namespace sweepformer
