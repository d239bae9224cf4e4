/* Playing sound files into others. */
#ifndef GRUFF_RENDER_H
#define GRUFF_RENDER_H

#include "play.h"

#include <stdatomic.h>
#include <stdio.h>

enum { RENDER_PATH_BYTES = 4096, RENDER_MAX_JOBS = 64 };

/* What `gruff render` was asked for. */
typedef struct Render {
    PlayOptions play;
    const char *folder, *format; /* --folder, --format, or NULL */
    int bits;                    /* as audio_choose_format takes it */
    bool raw, no_dither, quiet;
    uint32_t block;  /* frames per step, 1 or more */
    uint32_t n_jobs; /* files at a time, or parts of a single one; 0: all cores, and in one */
    GruffModel *model;
} Render;

/* Where a rendering tells of itself. */
typedef struct RenderTalk {
    FILE *words, *errors; /* how it went; the same for an output that is standard output, and what failed */
    atomic_bool *may_progress; /* whether its progress is shown */
} RenderTalk;

/* Play the file `in` through the model into the file `out`, which appears whole or not at all. Says how it
 * went, why it failed (false), or nothing after an interrupt (false too). Several may run at once, if no two
 * may show progress. */
bool render_file(const Render *render, const char *in, const char *out, const RenderTalk *talk);

/* Render in[n_in] into out[0], or each into render->folder if there is one, as many at a time as
 * render->n_jobs or the cores. What is said of them comes in their order. An exit status. */
int render_files(const Render *render, char **in, uint32_t n_in, const char *out);

#endif
