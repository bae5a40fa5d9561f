#pragma once

#include <array>

// Attention of a single head without projections, n = 5 tokens, D = 3, k = 2, in float64, computed
// by a program independent of this one (the project's golden.py: pure Python, sums by math.fsum;
// twelve decimals). With i, j counted from 1:
//   Q, K, V [i][j] = sin(0.7 i + 1.3 j + s), s = 0, 1, 2
//   E [i][j] = cos(0.5 i j), F [i][j] = cos(0.9 i j + 0.3), both 2 x 5
// "LastTwoPadded": tokens 4 and 5 are padding.

namespace sweepformer::model::golden {

using Matrix = std::array<double, 15>;  // [5, 3], row by row

// A row of the matrix is a line.
// clang-format off

inline constexpr Matrix kFull = {
    -0.608300754072, -0.188955545385, 0.507209979967,
    -0.662775191295, -0.192991943593, 0.559524953605,
    -0.634880354824, -0.009684453479, 0.6296991949,
    -0.530353203114, 0.249103671337, 0.663623083691,
    -0.382304367868, 0.458639219428, 0.627675275784};

inline constexpr Matrix kFullLastTwoPadded = {
    -0.826910826088, -0.493936216568, 0.562656107393,
    -0.837158450211, -0.43726778136, 0.603221211592,
    -0.84997319589, -0.288003589222, 0.695891950377,
    -0.850513903994, -0.111684741902, 0.790762828726,
    -0.841651403496, 0.002266066809, 0.84286374393};

inline constexpr Matrix kLinformer = {
    0.453446588664, -0.310321829656, -0.619468040523,
    0.812756695428, -0.720151269434, -1.19803593744,
    0.974787866192, -0.904964172525, -1.458941578387,
    0.969988909668, -0.899490478279, -1.451214208265,
    0.793863023028, -0.698601129237, -1.167612990522};

inline constexpr Matrix kLinformerSharedE = {
    -0.094132020926, -1.459231738405, -0.686553540504,
    -0.837654949181, -1.731856212043, -0.088884066954,
    -1.172947189191, -1.854796429451, 0.180635444761,
    -1.163016674741, -1.851155248833, 0.172652953411,
    -0.798558140148, -1.71752074695, -0.120311435747};

inline constexpr Matrix kLinformerLastTwoPadded = {
    0.617654677588, 0.518730120453, -0.340135278401,
    0.754266114284, 0.128344232636, -0.685602250502,
    0.870498271998, -0.20380507477, -0.979533509536,
    0.907479892778, -0.30948512038, -1.073053707135,
    0.881024038941, -0.233883895198, -1.00615137494};
// clang-format on

}  // namespace sweepformer::model::golden
