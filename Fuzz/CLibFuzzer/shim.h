#pragma once

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own entry, which comes with the toolchain and has no header (compiler-rt, lib/fuzzer/FuzzerDriver.cpp). */
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *bytes, size_t count));
