#include "model/kernels/rows.h"

namespace sweepformer::model {
namespace {

using c10::BFloat16;

/// Calls work(offset, column, factors, count) for the numbers of a row, as lanes::ForEachLanes.
template <typename F, typename Work>
SF_LANES void ForEachOfRow(const Rows& rows, std::int64_t row, const Work& work) {
  const std::int64_t begin = row * rows.width;
  if (rows.mask.drops()) {
    lanes::ForEachMasked<F>(
        rows.mask, rows.first_group(row), rows.width,
        [&]<typename L>(std::int64_t column, const L& factors, std::int64_t count)
            SF_INLINED { work(begin + column, column, factors, count); });
  } else {
    lanes::ForEachLanes<F>(rows.width,
                           [&]<typename L>(std::int64_t column, std::int64_t count)
                               SF_INLINED { work(begin + column, column, L{} + 1.0F, count); });
  }
}

template <typename F, typename Number>
SF_LANES void GeluRowsWith(Number* y, Number* x, const float* bias, const Rows& rows) {
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    ForEachOfRow<F>(
        rows, row,
        [&]<typename L>(std::int64_t at, std::int64_t column, const L& factors,
                        std::int64_t count) SF_INLINED {
          const L z = lanes::LoadUpTo<L>(x + at, count) + lanes::LoadUpTo<L>(bias + column, count);
          const lanes::Normal<L> normal = lanes::NormalAt<L>(z);
          lanes::StoreUpTo<L>(y + at, z * normal.below * factors, count);
          lanes::StoreUpTo<L>(x + at, (normal.below + z * normal.density) * factors, count);
        });
  }
}

template <typename F, typename Number>
SF_LANES void GeluRowsAloneWith(Number* x, const float* bias, const Rows& rows) {
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    Number* const of = x + row * rows.width;
    lanes::ForEachLanes<F>(rows.width, [&]<typename L>(std::int64_t column,
                                                       std::int64_t count) SF_INLINED {
      const L z = lanes::LoadUpTo<L>(of + column, count) + lanes::LoadUpTo<L>(bias + column, count);
      lanes::StoreUpTo<L>(of + column, z * lanes::NormalAt<L>(z).below, count);
    });
  }
}

template <typename F, typename Number>
SF_LANES void MultiplyRowsWith(Number* out, const Number* in, const Number* factor, float* sums,
                               const Rows& rows) {
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    const std::int64_t begin = row * rows.width;
    lanes::ForEachLanes<F>(rows.width, [&]<typename L>(std::int64_t column,
                                                       std::int64_t count) SF_INLINED {
      const std::int64_t at = begin + column;
      const L product = lanes::LoadUpTo<L>(in + at, count) * lanes::LoadUpTo<L>(factor + at, count);
      lanes::StoreUpTo<L>(out + at, product, count);
      lanes::StoreUpTo<L>(sums + column, lanes::LoadUpTo<L>(sums + column, count) + product, count);
    });
  }
}

template <typename F>
SF_LANES void AddRowsWith(float* out, const float* x, const float* y, const float* bias,
                          const Rows& rows) {
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    ForEachOfRow<F>(
        rows, row,
        [&]<typename L>(std::int64_t at, std::int64_t column, const L& factors,
                        std::int64_t count) SF_INLINED {
          const L moved =
              lanes::LoadUpTo<L>(y + at, count) + lanes::LoadUpTo<L>(bias + column, count);
          lanes::StoreUpTo<L>(out + at, lanes::LoadUpTo<L>(x + at, count) + moved * factors, count);
        });
  }
}

template <typename F, typename Number>
SF_LANES void MaskRowsWith(Number* out, const float* in, float* sums, const Rows& rows) {
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    ForEachOfRow<F>(rows, row,
                    [&]<typename L>(std::int64_t at, std::int64_t column, const L& factors,
                                    std::int64_t count) SF_INLINED {
                      const L product = lanes::LoadUpTo<L>(in + at, count) * factors;
                      lanes::StoreUpTo<L>(out + at, product, count);
                      lanes::StoreUpTo<L>(
                          sums + column, lanes::LoadUpTo<L>(sums + column, count) + product, count);
                    });
  }
}

}  // namespace

SF_DEFINE_KERNEL(GeluRows, (float* y, float* x, const float* bias, const Rows& rows),
                 (y, x, bias, rows))
SF_DEFINE_KERNEL(GeluRows, (BFloat16 * y, BFloat16* x, const float* bias, const Rows& rows),
                 (y, x, bias, rows))
SF_DEFINE_KERNEL(GeluRowsAlone, (float* x, const float* bias, const Rows& rows), (x, bias, rows))
SF_DEFINE_KERNEL(GeluRowsAlone, (BFloat16 * x, const float* bias, const Rows& rows),
                 (x, bias, rows))
SF_DEFINE_KERNEL(MultiplyRows,
                 (float* out, const float* in, const float* factor, float* sums, const Rows& rows),
                 (out, in, factor, sums, rows))
SF_DEFINE_KERNEL(MultiplyRows,
                 (BFloat16 * out, const BFloat16* in, const BFloat16* factor, float* sums,
                  const Rows& rows),
                 (out, in, factor, sums, rows))
SF_DEFINE_KERNEL(AddRows,
                 (float* out, const float* x, const float* y, const float* bias, const Rows& rows),
                 (out, x, y, bias, rows))
SF_DEFINE_KERNEL(MaskRows, (float* out, const float* in, float* sums, const Rows& rows),
                 (out, in, sums, rows))
SF_DEFINE_KERNEL(MaskRows, (BFloat16 * out, const float* in, float* sums, const Rows& rows),
                 (out, in, sums, rows))

}  // namespace sweepformer::model
