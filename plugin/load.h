/* From a choice to a net ready to be offered. SETUP. */
#ifndef GRUFF_LOAD_H
#define GRUFF_LOAD_H

#include "loader.h"

/* A model that plays or is ready to. */
typedef struct Loaded {
    Choice choice; /* with its bytes */
    GruffNet *net; /* NULL once the engine has it */
    bool ready;    /* false: nothing is loaded */
    GruffQuality quality;
    char name[128];
    char about[640]; /* sentences on its knobs and faults, each with a space before it */
} Loaded;

/* How nets are built. */
typedef struct LoadOptions {
    const char *bundle;
    GruffNetOptions net;
    float knob[GRUFF_MAX_KNOBS]; /* where they stand: a net settles with them so */
} LoadOptions;

/* A copy that shares the bytes; drop it with choice_drop. */
void choice_copy(const Choice *from, Choice *to);
void choice_drop(Choice *choice);

/* Choose a file. A path in the bundle's models is shortened to its name. False if it is relative or too long.
 */
GRUFF_MUST_USE bool choice_of_path(const char *bundle, const char *path, Choice *choice);

/* The absolute path of a choice's path; false, and "" there, if it does not fit. */
bool choice_resolve(const char *bundle, const char *path, char absolute[PATH_SIZE]);

/* Load a choice: the file if its bytes are those wanted (or none are known), else the bytes kept with the
 * choice, else the file as it is, and `about` says which. *loaded owns the net and shares the bytes; free
 * with loaded_free. Errors: as gruff_model_read and blob_read. */
GRUFF_MUST_USE GruffStatus load(const LoadOptions *options, const Choice *choice, GruffMessage *message,
                                Loaded *loaded);

void loaded_free(Loaded *loaded);

#endif
