#include "datasets/synthetic_reviews.h"

#include <catch2/catch.hpp>
