#pragma once
// The files the programs carry with them, as they stand in the repository: the contract, the
// migrations, the facts of Unicode, and the names of mail providers. `#embed` costs no compile time; the package manager's own
// embedding writes an array literal that costs minutes.

/// The text of a file by its name, such as `tenure.yaml`. A name that none has ends the program: it
/// is missing in CFiles.c.
const char *_Nonnull cfiles_text(const char *_Nonnull name);
