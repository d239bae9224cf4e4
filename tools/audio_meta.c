#include "audio_library.h"

#include <stddef.h>
#include <stdlib.h>

enum { HISTORY_BYTES = 12 << 10, MAX_CUES = 1000 };

static void copy_strings(SNDFILE *from, SNDFILE *to)
{
    for (int kind = SF_STR_FIRST; kind <= SF_STR_LAST; kind++) {
        const char *text = sf_get_string(from, kind);
        if (text && *text && kind != SF_STR_SOFTWARE)
            sf_set_string(to, kind, text);
    }
    sf_set_string(to, SF_STR_SOFTWARE, "Gruff");
}

/* Data of a kind that one command gets and another sets. */
static void copy_block(SNDFILE *from, SNDFILE *to, int get, int set, size_t size)
{
    void *block = calloc(1, size);
    if (block && sf_command(from, get, block, (int)size) == SF_TRUE)
        sf_command(to, set, block, (int)size);
    free(block);
}

/* libsndfile adds a line on this file to the coding history. */
static void copy_broadcast(SNDFILE *from, SNDFILE *to)
{
    typedef SF_BROADCAST_INFO_VAR(HISTORY_BYTES) Broadcast;
    Broadcast *info = calloc(1, sizeof *info);
    if (info && sf_command(from, SFC_GET_BROADCAST_INFO, info, sizeof *info) == SF_TRUE)
        sf_command(to, SFC_SET_BROADCAST_INFO, info,
                   (int)(offsetof(Broadcast, coding_history) + info->coding_history_size));
    free(info);
}

static void copy_channel_map(SNDFILE *from, SNDFILE *to, int n_channels)
{
    int map[GRUFF_MAX_CHANNELS];
    int size = n_channels * (int)sizeof *map;
    if (n_channels <= GRUFF_MAX_CHANNELS && sf_command(from, SFC_GET_CHANNEL_MAP_INFO, map, size) == SF_TRUE)
        sf_command(to, SFC_SET_CHANNEL_MAP_INFO, map, size);
}

void audio_copy_meta(SNDFILE *from, SNDFILE *to)
{
    SF_INFO info;
    copy_strings(from, to);
    copy_broadcast(from, to);
    copy_block(from, to, SFC_GET_CUE, SFC_SET_CUE, sizeof(uint32_t) + MAX_CUES * sizeof(SF_CUE_POINT));
    copy_block(from, to, SFC_GET_INSTRUMENT, SFC_SET_INSTRUMENT, sizeof(SF_INSTRUMENT));
    if (!sf_command(from, SFC_GET_CURRENT_SF_INFO, &info, sizeof info))
        copy_channel_map(from, to, info.channels);
}
