/* The LV2 plugin: a shell around GruffEngine. */
#include "plugin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CONTROL_OF(id, symbol, name, kind, standard, least, most, control, turtle, help) \
    GRUFF_CONTROL_##control,
#define GRUFF_CONTROL_NONE GRUFF_N_CONTROLS
static const GruffControl controls[N_PORTS] = {GRUFF_PORTS(CONTROL_OF)};

/* ---- setup ---- */

static bool start_engine(Plugin *p)
{
    GruffMessage message = {""};
    if (gruff_engine_new(p->rate_hz, p->n_channels, &message, &p->engine) != GRUFF_OK) {
        lv2_log_error(&p->log, "Gruff: %s\n", message.text);
        return false;
    }
    GruffNetOptions net = {.n_channels = p->n_channels, .rate_hz = p->rate_hz};
    p->loader = loader_new(p->bundle, p->engine, &net, &p->log);
    if (!p->loader)
        lv2_log_error(&p->log, "Gruff: not enough memory\n");
    return p->loader;
}

static void cleanup(LV2_Handle instance)
{
    Plugin *p = instance;
    loader_free(p->loader);
    gruff_engine_free(p->engine);
    free(p);
}

/* Hosts that give no features at all (lv2apply is one) get the standard model and the control ports. */
static LV2_Handle instantiate(const LV2_Descriptor *descriptor, double rate_hz, const char *bundle,
                              const LV2_Feature *const *features)
{
    Plugin *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    LV2_Log_Log *log = NULL;
    for (int i = 0; features && features[i]; i++) {
        if (!strcmp(features[i]->URI, LV2_URID__map))
            p->map = features[i]->data;
        else if (!strcmp(features[i]->URI, LV2_WORKER__schedule))
            p->schedule = features[i]->data;
        else if (!strcmp(features[i]->URI, LV2_LOG__log))
            log = features[i]->data;
    }
    lv2_log_logger_init(&p->log, p->map, p->map ? log : NULL);
    if (p->map) {
        uris_map(&p->uris, p->map, descriptor->URI);
        lv2_atom_forge_init(&p->forge, p->map);
    }
    p->n_channels = strcmp(descriptor->URI, GRUFF_URI_STEREO) ? 1 : 2;
    p->rate_hz = rate_hz;
    p->slot_expected = NO_SLOT;
    atomic_init(&p->slot_restored, NO_SLOT);
    p->input_db = p->output_db = gruff_ports[PORT_INPUT_PEAK].least;
    if (strlen(bundle) >= PATH_SIZE)
        lv2_log_error(&p->log, "Gruff: the path of the bundle is too long\n");
    else if (strcpy(p->bundle, bundle), start_engine(p))
        return p;
    cleanup(p);
    return NULL;
}

static void connect_port(LV2_Handle instance, uint32_t index, void *data)
{
    Plugin *p = instance;
    if (index < p->n_channels)
        p->in[index] = data;
    else if (index < 2 * p->n_channels)
        p->out[index - p->n_channels] = data;
    else if (index < 2 * p->n_channels + N_PORTS)
        p->port[index - 2 * p->n_channels] = data;
}

static void activate(LV2_Handle instance)
{
    Plugin *p = instance;
    p->fresh = true;
    p->load.began = 0;
    p->load.last = p->load.busy = p->load.all = 0;
}

/* ---- run ---- */

/* A port's value within its range; its standard where it is not connected; `otherwise` for NaN. */
static float value_of(const Plugin *p, int row, float otherwise)
{
    const Port *port = &gruff_ports[row];
    float value = p->port[row] ? *(const float *)p->port[row] : port->standard;
    return isnan(value) ? otherwise : fminf(fmaxf(value, port->least), port->most);
}

static bool is_on(const Plugin *p, int row)
{
    return value_of(p, row, 0) >= 0.5f;
}

static void wish_slot(Plugin *p, uint32_t slot)
{
    p->wish.slot = slot;
    p->wish.slot_stamp = ++p->n_wishes;
    p->wished = true;
}

/* A session holds the slot port's value and the model. When the port comes to that value, before restore or
 * after, the model is there already: only other moves of the port are wishes. */
static void read_slot(Plugin *p)
{
    int restored = atomic_exchange(&p->slot_restored, NO_SLOT);
    if (restored != NO_SLOT)
        p->slot_expected = restored;
    uint32_t slot = (uint32_t)lrintf(value_of(p, PORT_SLOT, (float)p->slot_seen));
    bool expected = (int)slot == p->slot_expected, moved = slot != p->slot_seen;
    if (expected || moved)
        p->slot_expected = NO_SLOT;
    p->slot_wished = moved && !expected;
    if (p->slot_wished)
        wish_slot(p, slot);
    if (moved) {
        p->slot_seen = slot;
        atomic_store(&p->slot_saved, slot);
    }
}

static bool pressed(const Plugin *p, int row, bool *down)
{
    bool was = *down;
    *down = is_on(p, row);
    return *down && !was;
}

static void read_steps(Plugin *p)
{
    bool next = pressed(p, PORT_NEXT, &p->next_down), previous = pressed(p, PORT_PREVIOUS, &p->previous_down);
    if (next == previous || p->fresh) /* a port that starts at 1 was not pressed */
        return;
    uint32_t n = p->report->n_slots;
    uint32_t from = p->wish.slot_stamp > p->report->stamp ? p->wish.slot : p->report->slot;
    if (next)
        wish_slot(p, from < n ? from + 1 : 1);
    else
        wish_slot(p, from > 1 ? from - 1 : n ? n : 1);
}

static void read_quality(Plugin *p)
{
    float value = value_of(p, PORT_QUALITY, (float)p->wish.quality);
    GruffQuality quality = value >= 0.5f ? GRUFF_QUALITY_HQ : GRUFF_QUALITY_NORMAL;
    p->wished |= quality != p->wish.quality;
    p->wish.quality = quality;
}

/* Offline there is time to load at once, so that the change falls on this very block. Without a worker there
 * is no better time than before the first sound after activation: such hosts are offline ones (lv2apply) or
 * simple. */
static bool loads_at_once(const Plugin *p)
{
    return is_on(p, PORT_FREEWHEEL) || (!p->schedule && p->fresh);
}

/* What the ports still say is wanted still. */
static void ask_again(Plugin *p)
{
    if (p->slot_refused)
        wish_slot(p, p->slot_seen);
    p->wished = true;
    p->refused = p->slot_refused = false;
}

static void refuse(Plugin *p)
{
    p->refused = true;
    p->slot_refused |= p->slot_wished;
    p->wish.model_stamp = p->wish.slot_stamp = p->wish.folder_stamp = 0;
    p->refusal =
        "Not changed: this host has no worker to load models while it plays; a preset or a session can "
        "change the model";
    messages_refused(p);
    p->tell |= TELL_ALL;
}

static void leave_wish(Plugin *p)
{
    const bool can = p->schedule || loads_at_once(p);
    if (p->refused && can)
        ask_again(p);
    if (p->wished && can) {
        loader_wish(p->loader, &p->wish);
        p->ring = true;
    } else if (p->wished) {
        refuse(p);
    }
    p->wished = false;
}

/* A full queue is tried again with the next block. */
static void ring_worker(Plugin *p)
{
    const uint32_t bell = 1;
    if (loads_at_once(p)) {
        if (p->ring || p->rung)
            loader_work(p->loader, false);
        p->ring = p->rung = false;
    } else if (p->ring && p->schedule) {
        p->rung = p->schedule->schedule_work(p->schedule->handle, sizeof bell, &bell) == LV2_WORKER_SUCCESS;
        p->ring = !p->rung;
    }
}

static void read_report(Plugin *p)
{
    bool fresh;
    p->report = loader_report(p->loader, &fresh);
    if (fresh) {
        p->refusal = NULL;
        p->tell |= TELL_ALL | (p->report->n_changes != p->n_changes ? TELL_CHANGED : 0);
        p->n_changes = p->report->n_changes;
    }
    if (p->wish.n_restores != p->report->n_restores) { /* what was refused before is over */
        p->wish.n_restores = p->report->n_restores;
        p->slot_refused = false;
    }
}

static void set_controls(Plugin *p)
{
    for (int row = 0; row < N_PORTS; row++)
        if (controls[row] != GRUFF_N_CONTROLS)
            gruff_engine_set(p->engine, controls[row], value_of(p, row, NAN));
    if (p->fresh)
        gruff_engine_reset(p->engine);
    p->fresh = false;
}

/* LV2 lets any output lie where any input is; the engine wants them of the same channel. */
static void play_crossed(Plugin *p, uint32_t n_frames)
{
    enum { PIECE = 64 };
    float copy[2][PIECE];
    for (uint32_t done = 0; done < n_frames;) {
        uint32_t n = n_frames - done < PIECE ? n_frames - done : PIECE;
        const float *in[2] = {copy[0], copy[1]};
        float *out[2] = {p->out[0] + done, p->out[1] + done};
        memcpy(copy[0], p->in[0] + done, n * sizeof(float));
        memcpy(copy[1], p->in[1] + done, n * sizeof(float));
        gruff_engine_run(p->engine, in, out, n);
        done += n;
    }
}

static void play(Plugin *p, uint32_t n_frames)
{
    for (uint32_t c = 0; c < p->n_channels; c++)
        if (!p->in[c] || !p->out[c])
            return;
    if (p->n_channels == 2 && (p->out[0] == p->in[1] || p->out[1] == p->in[0]))
        play_crossed(p, n_frames);
    else
        gruff_engine_run(p->engine, p->in, p->out, n_frames);
}

static void run(LV2_Handle instance, uint32_t n_frames)
{
    Plugin *p = instance;
    gauges_begin(p, n_frames);
    const float knob[GRUFF_MAX_KNOBS] = {value_of(p, PORT_KNOB_1, 0.5f), value_of(p, PORT_KNOB_2, 0.5f)};
    loader_knobs(p->loader, knob);
    read_report(p);
    messages_read(p);
    read_slot(p);
    read_steps(p);
    read_quality(p);
    leave_wish(p);
    ring_worker(p);
    read_report(p);
    set_controls(p);
    play(p, n_frames);
    messages_write(p);
    gauges_end(p, n_frames);
}

/* ---- worker ---- */

/* The bell carries nothing: the wish is in the loader's mailbox, and the report comes back by the other. */
static LV2_Worker_Status work(LV2_Handle instance, LV2_Worker_Respond_Function respond,
                              LV2_Worker_Respond_Handle handle, uint32_t size, const void *data)
{
    Plugin *p = instance;
    (void)respond, (void)handle, (void)size, (void)data;
    loader_work(p->loader, true);
    return LV2_WORKER_SUCCESS;
}

static LV2_Worker_Status work_response(LV2_Handle instance, uint32_t size, const void *data)
{
    (void)instance, (void)size, (void)data;
    return LV2_WORKER_SUCCESS;
}

static const void *extension_data(const char *uri)
{
    static const LV2_Worker_Interface worker = {work, work_response, NULL};
    if (!strcmp(uri, LV2_WORKER__interface))
        return &worker;
    if (!strcmp(uri, LV2_STATE__interface))
        return &gruff_state;
    return NULL;
}

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index)
{
    static const LV2_Descriptor descriptors[] = {
        {GRUFF_URI_MONO, instantiate, connect_port, activate, run, NULL, cleanup, extension_data},
        {GRUFF_URI_STEREO, instantiate, connect_port, activate, run, NULL, cleanup, extension_data},
    };
    return index < 2 ? &descriptors[index] : NULL;
}
