#pragma once

#include <ATen/Config.h>
#include <ATen/Parallel.h>

// Without it at::parallel_for, which is compiled with what calls it, runs on one thread and says
// nothing.
#if AT_PARALLEL_OPENMP && !defined(_OPENMP)
#error "to be compiled with OpenMP (-fopenmp)"
#endif
