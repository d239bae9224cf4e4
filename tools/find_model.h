/* Where models are: MODEL on the command line is a file, or the name of a shipped one. */
#ifndef GRUFF_FIND_MODEL_H
#define GRUFF_FIND_MODEL_H

#include "gruff.h"

enum { FIND_PATH_MAX = 4096 };

/* The file that `model` stands for: a file of that name if there is one, else the shipped model called so;
 * NULL stands for the shipped default. Shipped models are PRESETS/models/NAME.json, the default's NAME being
 * the first word of PRESETS/models/DEFAULT. PRESETS is the first of these that has it: $GRUFF_PRESETS (no
 * other is tried if it is set), the source tree the running program was built in, share/gruff/presets beside
 * the program's folder, the installed data folder.
 * path: at least FIND_PATH_MAX bytes. False: message says why and, for an unknown name, what ships. */
GRUFF_MUST_USE bool find_model(const char *model, GruffMessage *message, char *path);

/* Names of the shipped models in alphabetical order; *n = 0 if none ship. The caller frees with
 * find_models_free. NULL: no memory. */
char **find_shipped_models(uint32_t *n);
void find_models_free(char **names, uint32_t n);

#endif
