#pragma once
// The files the programs carry with them, as they stand in the repository: the contract, the
// migrations, the facts of Unicode, and the names of mail providers. `#embed` costs no compile time;
// the package manager's own embedding writes an array literal that costs minutes.
#include <stddef.h>

/// The text of a file by its name, such as `tenure.yaml`. A name that none has ends the program: it
/// is missing in CFiles.c.
const char *_Nonnull cfiles_text(const char *_Nonnull name);

/// The name of a migration by its place in their order, from 0 on, and its text; NULL where there is
/// none any more.
const char *_Nullable cfiles_migration(
  size_t index, const char *_Nullable *_Nonnull text);
