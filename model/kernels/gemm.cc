#include "model/kernels/gemm.h"

#include <c10/util/Exception.h>
#include <oneapi/dnnl/dnnl.h>

namespace sweepformer::model {

void Gemm(const GemmShape& shape, float factor, const MatrixView& a, const MatrixView& b,
          float keep, float* c, std::int64_t c_stride) {
  const dnnl_status_t status =
      dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', shape.rows, shape.columns,
                 shape.inner, factor, a.numbers, a.stride, b.numbers, b.stride, keep, c, c_stride);
  TORCH_CHECK(status == dnnl_success, "oneDNN could not multiply ", shape.rows, " x ", shape.inner,
              " and ", shape.inner, " x ", shape.columns, " (status ", static_cast<int>(status),
              ")");
}

}  // namespace sweepformer::model
