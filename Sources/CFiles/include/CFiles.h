#pragma once
// The files the programs carry with them, as they stand in the repository: the contract, the
// migrations, the facts of Unicode, and the names of mail providers. `#embed` costs no compile time; the package manager's own
// embedding writes an array literal that costs minutes.
#include <stddef.h>

/// The bytes of a file by its name, such as `tenure.yaml`, and their count; null where none has it.
const unsigned char *cfiles_find(const char *name, size_t *count);
