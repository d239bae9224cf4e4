/* The models one steps through while playing. SETUP. */
#ifndef GRUFF_PLAYLIST_H
#define GRUFF_PLAYLIST_H

#include "play.h"

typedef struct Playlist {
    char **path; /* [n] */
    uint32_t n, at;
} Playlist;

/* The models named (n > 1), as `gruff render -m` understands names; for one file those in its folder, in
 * alphabetical order; for a shipped name or none the shipped ones. at is the first one named. On failure says
 * so and returns EXIT_FAILED. */
int playlist_read(const char *const *models, uint32_t n, Playlist *list);
void playlist_free(Playlist *list);

/* Load the model at `at`. NULL after saying why. The caller frees it. */
GruffModel *playlist_load(const Playlist *list, const PlayOptions *play);

#endif
