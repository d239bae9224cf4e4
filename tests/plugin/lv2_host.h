/* A small LV2 host for tests, on lilv: it runs the plugin as hosts do and as they should not. */
#ifndef GRUFF_TEST_LV2_HOST_H
#define GRUFF_TEST_LV2_HOST_H

#include "gruff.h"

#include <lilv/lilv.h>
#include <lv2/atom/forge.h>
#include <lv2/state/state.h>
#include <lv2/worker/worker.h>

enum { HOST_PORTS = 64, HOST_TEXT = 8192, HOST_QUEUE = 16, HOST_BUFFER = 32768 };

typedef enum HostWorker {
    HOST_WORKER_NONE,   /* no work:schedule at all */
    HOST_WORKER_PUMPED, /* work is done when the test calls host_pump */
    HOST_WORKER_DIRECT, /* work is done inside schedule_work, as hosts do offline */
    HOST_WORKER_REFUSES /* the queue is always full */
} HostWorker;

typedef struct Host {
    LilvWorld *world;
    const LilvPlugin *plugin;
    LilvInstance *instance;
    uint32_t n_ports, n_channels;
    double rate_hz;
    HostWorker worker;
    LV2_Worker_Schedule schedule; /* what the plugin calls */
    LV2_Worker_Status (*pumped)(LV2_Worker_Schedule_Handle, uint32_t,
                                const void *); /* what that is at first */
    int queue;                                 /* waiting messages */
    const LV2_Worker_Interface *work;
    bool bare; /* gives no features at all */

    float control[HOST_PORTS]; /* of every control port, by index; starts at its default */
    union {
        uint64_t aligned; /* as LV2 wants it */
        LV2_Atom_Sequence sequence;
        uint8_t bytes[HOST_BUFFER];
    } to, from;
    uint32_t from_capacity; /* what the plugin is told of `from` */
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame frame;
    int32_t number;

    /* What the plugin said last, and how often. */
    char model[HOST_TEXT], folder[HOST_TEXT], status[HOST_TEXT];
    int n_model, n_folder, n_status, n_changed;
    int32_t ack, error; /* numbers of the last answers; n_answers of both */
    int n_answers;
} Host;

/* What the plugin logged since the test last emptied it: all hosts'. */
extern char host_log[HOST_TEXT];

LV2_URID host_urid(const char *uri);

/* Load the plugin of 1 or 2 channels from LV2_PATH and instantiate it, without activating it; true, or the
 * test fails. */
void host_new(Host *host, uint32_t n_channels, double rate_hz, HostWorker worker);
void host_new_bare(Host *host, uint32_t n_channels, double rate_hz);
void host_free(Host *host);

/* Index of a port by its symbol; the test fails if there is none. */
uint32_t host_port(const Host *host, const char *symbol);
void host_set(Host *host, const char *symbol, float value);
float host_get(const Host *host, const char *symbol);

/* Put messages before the next run. */
void host_send_set(Host *host, const char *property, const char *type, const void *value, uint32_t n_bytes);
void host_send_path(Host *host, const char *property, const char *path);
void host_send_get(Host *host, const char *property); /* NULL: everything */
void host_number(Host *host, int32_t number);         /* the next message has it, and asks for an answer so */

/* Run; in[c] and out[c] may be the same. Reads what the plugin says. */
void host_run(Host *host, float *const *in, float *const *out, uint32_t n_frames);

/* Do the work that waits. */
void host_pump(Host *host);

/* Run on silence and pump until the plugin reports its model again, at most 100 blocks. */
void host_wait(Host *host);

/* Save a session into the folder; and restore it from there, as hosts do. */
void host_save(Host *host, const char *folder);
void host_open(Host *host, const char *folder);
void host_restore(Host *host, const LilvState *state);

/* A preset of the plugin; the caller frees it. */
LilvState *host_preset(Host *host, const LilvNode *preset);

/* A session in memory, saved and restored without any path feature. Start with all zero. */
typedef struct HostStore {
    struct HostValue {
        LV2_URID key, type;
        uint32_t flags;
        size_t size;
        void *value;
    } value[16];
    int n;
} HostStore;

void host_store(Host *host, HostStore *store);
void host_restore_store(Host *host, HostStore *store);

/* The same with the path features of a host that keeps a folder for the session, as good or bad as told. */
typedef struct HostPaths {
    const char *folder;   /* absolute; need not exist */
    bool map, make, free; /* what is offered */
    bool make_fails;      /* gives NULL */
    bool map_absolute;    /* leaves every path as it is */
    int n_lent;           /* paths given out and not freed yet, where free is offered */
} HostPaths;

void host_store_in(Host *host, HostStore *store, HostPaths *paths);
void host_restore_store_in(Host *host, HostStore *store, HostPaths *paths);
struct HostValue *host_value(HostStore *store, const char *key); /* NULL if it is not there */
void host_store_free(HostStore *store);

#endif
