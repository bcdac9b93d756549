// Catch2 is slow to compile once, so every test program links this one.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
