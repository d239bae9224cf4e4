/* Playing one sound file into another. */
#ifndef GRUFF_RENDER_H
#define GRUFF_RENDER_H

#include "play.h"

/* What `gruff render` was asked for. */
typedef struct Render {
    PlayOptions play;
    const char *folder, *format; /* --folder, --format, or NULL */
    int bits;                    /* as audio_choose_format takes it */
    bool raw, no_dither, quiet;
    uint32_t block; /* frames per step, 1 or more */
    GruffModel *model;
} Render;

/* Play the file `in` through the model into the file `out`, which appears whole or not at all. Says how it
 * went, why it failed (false), or nothing after an interrupt (false too). */
bool render_file(const Render *render, const char *in, const char *out);

#endif
