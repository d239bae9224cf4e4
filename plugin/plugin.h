/* One instance of the plugin, as its files share it. */
#ifndef GRUFF_PLUGIN_H
#define GRUFF_PLUGIN_H

#include "loader.h"
#include "ports.h"
#include "uris.h"

#include <lv2/atom/forge.h>
#include <lv2/core/lv2.h>
#include <lv2/log/logger.h>
#include <lv2/state/state.h>
#include <lv2/worker/worker.h>

#include <stdatomic.h>

enum { NO_SLOT = -1, MAX_REQUESTS = 16 };

/* A message that asks for an answer. */
typedef struct Request {
    enum { REQUEST_WAITS, REQUEST_DONE, REQUEST_FAILED } state;
    uint64_t stamp; /* of the wish it made */
    bool folder;    /* for a folder, not a model */
    int32_t number; /* patch:sequenceNumber */
} Request;

/* The audio thread's, unless said otherwise. */
typedef struct Plugin {
    GruffEngine *engine;
    Loader *loader; /* any thread */
    uint32_t n_channels;
    double rate_hz;
    char bundle[PATH_SIZE];

    LV2_Log_Logger log;
    LV2_URID_Map *map; /* NULL: no messages, no state */
    Uris uris;
    LV2_Worker_Schedule *schedule; /* NULL: see loads_at_once */

    const float *in[GRUFF_MAX_CHANNELS];
    float *out[GRUFF_MAX_CHANNELS];
    void *port[N_PORTS]; /* NULL: not connected */

    bool fresh;  /* nothing has been played since activation */
    bool ring;   /* the worker has to be told of a wish */
    bool rung;   /* it was told; perhaps it has not come yet */
    bool wished; /* the wish below has not been left yet */
    Wish wish;
    uint64_t n_wishes;
    const char *refusal;            /* why the last wish was not left; NULL */
    bool refused;                   /* ask again for what the ports want as soon as that is possible */
    bool slot_wished, slot_refused; /* the slot port moved: in this block; when it could not be followed */

    uint32_t slot_seen;          /* last value of the slot port */
    int slot_expected;           /* value of the slot port that belongs to a restored session, or NO_SLOT */
    _Atomic int slot_restored;   /* the same, on its way from restore to run; any thread */
    _Atomic uint32_t slot_saved; /* what a session saves; any thread */
    bool next_down, previous_down;

    const Report *report;
    uint64_t n_changes;            /* the report's, as told to the host */
    uint32_t tell;                 /* parameters to tell the host, as bits TELL_ */
    Request request[MAX_REQUESTS]; /* the oldest first */
    uint32_t n_requests;
    LV2_Atom_Forge forge;

    float input_db, output_db; /* falling peaks */
    struct {
        uint64_t began;   /* start of this block, in ticks; 0: none yet */
        double last;      /* what the block before took */
        double busy, all; /* taken, and passed, over the last 0.3 s or so */
    } load;
} Plugin;

enum { TELL_MODEL = 1, TELL_FOLDER = 2, TELL_STATUS = 4, TELL_ALL = 7, TELL_CHANGED = 8 };

/* Read the patch messages of this block: wishes go into plugin->wish, answers to be given into ->tell. RT,
 * O(bytes). */
GRUFF_RT void messages_read(Plugin *plugin);

/* The wishes of this block were refused: answer so. RT, O(1). */
GRUFF_RT void messages_refused(Plugin *plugin);

/* Write what is to be told, as far as there is room; the rest stays to be told. RT, O(bytes). */
GRUFF_RT void messages_write(Plugin *plugin);

/* At the start and the end of run(): meters, latency and load to the ports that are connected. RT, O(1). */
GRUFF_RT void gauges_begin(Plugin *plugin, uint32_t n_frames);
GRUFF_RT void gauges_end(Plugin *plugin, uint32_t n_frames);

/* state:interface. */
extern const LV2_State_Interface gruff_state;

#endif
