#include "lv2_host.h"

#include <lv2/atom/util.h>
#include <lv2/log/log.h>
#include <lv2/patch/patch.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

char host_log[HOST_TEXT];

/* ---- URIDs, log ---- */

static pthread_mutex_t urids_mutex = PTHREAD_MUTEX_INITIALIZER;
static char *urids[512];
static LV2_URID n_urids;

static LV2_URID map_uri(LV2_URID_Map_Handle handle, const char *uri)
{
    (void)handle;
    pthread_mutex_lock(&urids_mutex);
    LV2_URID id = 0;
    while (id < n_urids && strcmp(urids[id], uri))
        id++;
    if (id == n_urids) {
        assert_in_range(n_urids, 0, 511);
        urids[n_urids++] = strdup(uri);
    }
    pthread_mutex_unlock(&urids_mutex);
    return id + 1;
}

static const char *unmap_uri(LV2_URID_Unmap_Handle handle, LV2_URID urid)
{
    (void)handle;
    return urid && urid <= n_urids ? urids[urid - 1] : NULL;
}

static LV2_URID_Map map = {NULL, map_uri};
static LV2_URID_Unmap unmap = {NULL, unmap_uri};

LV2_URID host_urid(const char *uri)
{
    return map_uri(NULL, uri);
}

static int log_vprintf(LV2_Log_Handle handle, LV2_URID type, const char *format, va_list arguments)
{
    size_t n = strlen(host_log);
    (void)handle, (void)type;
    if (sizeof host_log - n < 1024)
        n = 0;
    return vsnprintf(host_log + n, sizeof host_log - n, format, arguments);
}

static int log_printf(LV2_Log_Handle handle, LV2_URID type, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = log_vprintf(handle, type, format, arguments);
    va_end(arguments);
    return n;
}

/* ---- worker ---- */

static LV2_Worker_Status respond(LV2_Worker_Respond_Handle handle, uint32_t size, const void *data)
{
    Host *host = handle;
    return host->work->work_response(lilv_instance_get_handle(host->instance), size, data);
}

static void do_work(Host *host)
{
    uint32_t bell = 1;
    host->work->work(lilv_instance_get_handle(host->instance), respond, host, sizeof bell, &bell);
}

static LV2_Worker_Status schedule(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data)
{
    Host *host = handle;
    (void)data;
    assert_int_equal(size, sizeof(uint32_t)); /* a bell, whatever is wished for */
    if (host->worker == HOST_WORKER_REFUSES || host->queue >= HOST_QUEUE)
        return LV2_WORKER_ERR_NO_SPACE;
    if (host->worker == HOST_WORKER_DIRECT)
        do_work(host);
    else
        host->queue++;
    return LV2_WORKER_SUCCESS;
}

void host_pump(Host *host)
{
    while (host->queue > 0) {
        host->queue--;
        do_work(host);
    }
}

/* ---- life ---- */

static void start(Host *host, uint32_t n_channels, double rate_hz)
{
    static LV2_Log_Log log = {NULL, log_printf, log_vprintf};
    host->schedule = (LV2_Worker_Schedule){host, schedule};
    host->pumped = schedule;
    const LV2_Feature map_feature = {LV2_URID__map, &map}, unmap_feature = {LV2_URID__unmap, &unmap},
                      log_feature = {LV2_LOG__log, &log},
                      work_feature = {LV2_WORKER__schedule, &host->schedule};
    const LV2_Feature *features[] = {&map_feature, &unmap_feature, &log_feature, &work_feature, NULL};
    if (host->worker == HOST_WORKER_NONE)
        features[3] = NULL;
    if (host->bare)
        features[0] = NULL;

    host->world = lilv_world_new();
    lilv_world_load_all(host->world);
    LilvNode *uri = lilv_new_uri(host->world, n_channels == 2 ? "urn:gruff:stereo" : "urn:gruff:mono");
    host->plugin = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(host->world), uri);
    lilv_node_free(uri);
    assert_non_null(host->plugin);
    host->instance = lilv_plugin_instantiate(host->plugin, rate_hz, features);
    assert_non_null(host->instance);
    host->work = lilv_instance_get_extension_data(host->instance, LV2_WORKER__interface);
    assert_non_null(host->work);
    host->n_channels = n_channels;
    host->rate_hz = rate_hz;
    host->n_ports = lilv_plugin_get_num_ports(host->plugin);
    assert_in_range(host->n_ports, 1, HOST_PORTS);
    lilv_plugin_get_port_ranges_float(host->plugin, NULL, NULL, host->control);
    for (uint32_t i = 2 * n_channels; i < host->n_ports; i++)
        lilv_instance_connect_port(host->instance, i, &host->control[i]);
    lv2_atom_forge_init(&host->forge, &map);
    host->from_capacity = sizeof host->from;
    lilv_instance_connect_port(host->instance, host_port(host, "control"), host->bare ? NULL : &host->to);
    lilv_instance_connect_port(host->instance, host_port(host, "notify"), host->bare ? NULL : &host->from);
    lv2_atom_forge_set_buffer(&host->forge, host->to.bytes, sizeof host->to);
    lv2_atom_forge_sequence_head(&host->forge, &host->frame, 0);
}

void host_new(Host *host, uint32_t n_channels, double rate_hz, HostWorker worker)
{
    memset(host, 0, sizeof *host);
    host->worker = worker;
    start(host, n_channels, rate_hz);
}

void host_new_bare(Host *host, uint32_t n_channels, double rate_hz)
{
    memset(host, 0, sizeof *host);
    host->bare = true;
    start(host, n_channels, rate_hz);
}

void host_free(Host *host)
{
    lilv_instance_free(host->instance);
    lilv_world_free(host->world);
}

/* ---- ports ---- */

uint32_t host_port(const Host *host, const char *symbol)
{
    LilvNode *node = lilv_new_string(host->world, symbol);
    const LilvPort *port = lilv_plugin_get_port_by_symbol(host->plugin, node);
    lilv_node_free(node);
    assert_non_null(port);
    return lilv_port_get_index(host->plugin, port);
}

void host_set(Host *host, const char *symbol, float value)
{
    host->control[host_port(host, symbol)] = value;
}

float host_get(const Host *host, const char *symbol)
{
    return host->control[host_port(host, symbol)];
}

/* ---- messages ---- */

static void message(Host *host, const char *type, const char *property, LV2_Atom_Forge_Frame *frame)
{
    lv2_atom_forge_frame_time(&host->forge, 0);
    lv2_atom_forge_object(&host->forge, frame, 0, host_urid(type));
    if (property) {
        lv2_atom_forge_key(&host->forge, host_urid(LV2_PATCH__property));
        lv2_atom_forge_urid(&host->forge, host_urid(property));
    }
    if (host->number) {
        lv2_atom_forge_key(&host->forge, host_urid(LV2_PATCH__sequenceNumber));
        lv2_atom_forge_int(&host->forge, host->number);
    }
    host->number = 0;
}

void host_number(Host *host, int32_t number)
{
    host->number = number;
}

void host_send_set(Host *host, const char *property, const char *type, const void *value, uint32_t n_bytes)
{
    LV2_Atom_Forge_Frame frame;
    message(host, LV2_PATCH__Set, property, &frame);
    lv2_atom_forge_key(&host->forge, host_urid(LV2_PATCH__value));
    lv2_atom_forge_atom(&host->forge, n_bytes, host_urid(type));
    lv2_atom_forge_write(&host->forge, value, n_bytes);
    lv2_atom_forge_pop(&host->forge, &frame);
}

void host_send_path(Host *host, const char *property, const char *path)
{
    host_send_set(host, property, LV2_ATOM__Path, path, (uint32_t)strlen(path) + 1);
}

void host_send_get(Host *host, const char *property)
{
    LV2_Atom_Forge_Frame frame;
    message(host, LV2_PATCH__Get, property, &frame);
    lv2_atom_forge_pop(&host->forge, &frame);
}

static void hear_answer(Host *host, const LV2_Atom_Object *object, int32_t *kept)
{
    const LV2_Atom *number = NULL;
    lv2_atom_object_get(object, host_urid(LV2_PATCH__sequenceNumber), &number, 0);
    assert_non_null(number);
    assert_int_equal(number->type, host_urid(LV2_ATOM__Int));
    *kept = ((const LV2_Atom_Int *)number)->body;
    host->n_answers++;
}

static void hear(Host *host, const LV2_Atom_Object *object)
{
    const LV2_Atom *property = NULL, *value = NULL;
    if (object->body.otype == host_urid(LV2_PATCH__Ack)) {
        hear_answer(host, object, &host->ack);
        return;
    }
    if (object->body.otype == host_urid(LV2_PATCH__Error)) {
        hear_answer(host, object, &host->error);
        return;
    }
    if (object->body.otype == host_urid(LV2_STATE__StateChanged)) {
        host->n_changed++;
        return;
    }
    assert_int_equal(object->body.otype, host_urid(LV2_PATCH__Set));
    lv2_atom_object_get(object, host_urid(LV2_PATCH__property), &property, host_urid(LV2_PATCH__value),
                        &value, 0);
    assert_non_null(property);
    assert_non_null(value);
    LV2_URID key = ((const LV2_Atom_URID *)property)->body;
    const char *text = LV2_ATOM_BODY_CONST(value);
    assert_int_equal(text[value->size - 1], 0);
    if (key == host_urid("urn:gruff:model")) {
        assert_int_equal(value->type, host_urid(LV2_ATOM__Path));
        snprintf(host->model, HOST_TEXT, "%s", text);
        host->n_model++;
    } else if (key == host_urid("urn:gruff:folder")) {
        assert_int_equal(value->type, host_urid(LV2_ATOM__Path));
        snprintf(host->folder, HOST_TEXT, "%s", text);
        host->n_folder++;
    } else {
        assert_int_equal(key, host_urid("urn:gruff:status"));
        assert_int_equal(value->type, host_urid(LV2_ATOM__String));
        snprintf(host->status, HOST_TEXT, "%s", text);
        host->n_status++;
    }
}

void host_run(Host *host, float *const *in, float *const *out, uint32_t n_frames)
{
    static const char guard[] = "guard";
    bool guarded = host->from_capacity >= sizeof host->from.sequence &&
                   host->from_capacity + sizeof guard <= sizeof host->from;
    if (!host->bare) {
        lv2_atom_forge_pop(&host->forge, &host->frame);
        host->from.sequence.atom.size = host->from_capacity;
        host->from.sequence.atom.type = host_urid(LV2_ATOM__Chunk);
        if (guarded)
            memcpy(host->from.bytes + host->from_capacity, guard, sizeof guard);
    }
    for (uint32_t c = 0; c < host->n_channels; c++) {
        lilv_instance_connect_port(host->instance, c, in[c]);
        lilv_instance_connect_port(host->instance, host->n_channels + c, out[c]);
    }
    lilv_instance_run(host->instance, n_frames);
    if (host->bare)
        return;
    if (guarded)
        assert_memory_equal(host->from.bytes + host->from_capacity, guard, sizeof guard);
    if (host->from.sequence.atom.type == host_urid(LV2_ATOM__Sequence)) {
        assert_in_range(host->from.sequence.atom.size, 8, host->from_capacity);
        LV2_ATOM_SEQUENCE_FOREACH(&host->from.sequence, event)
        hear(host, (const LV2_Atom_Object *)&event->body);
    }
    lv2_atom_forge_set_buffer(&host->forge, host->to.bytes, sizeof host->to);
    lv2_atom_forge_sequence_head(&host->forge, &host->frame, 0);
}

void host_wait(Host *host)
{
    static float silence[GRUFF_MAX_CHANNELS][64], dump[GRUFF_MAX_CHANNELS][64];
    float *in[] = {silence[0], silence[1]}, *out[] = {dump[0], dump[1]};
    for (int heard = host->n_model, i = 0; i < 100 && host->n_model == heard; i++) {
        memset(silence, 0, sizeof silence);
        host_run(host, in, out, 64);
        host_pump(host);
    }
}

/* ---- sessions ---- */

static const void *get_port(const char *symbol, void *data, uint32_t *size, uint32_t *type)
{
    Host *host = data;
    *size = sizeof(float);
    *type = host_urid(LV2_ATOM__Float);
    return &host->control[host_port(host, symbol)];
}

static void set_port(const char *symbol, void *data, const void *value, uint32_t size, uint32_t type)
{
    assert_int_equal(size, sizeof(float));
    assert_int_equal(type, host_urid(LV2_ATOM__Float));
    host_set(data, symbol, *(const float *)value);
}

void host_save(Host *host, const char *folder)
{
    LilvState *state =
        lilv_state_new_from_instance(host->plugin, host->instance, &map, NULL, folder, folder, folder,
                                     get_port, host, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE, NULL);
    assert_non_null(state);
    assert_int_equal(lilv_state_save(host->world, &map, &unmap, state, NULL, folder, "state.ttl"), 0);
    lilv_state_free(state);
}

void host_open(Host *host, const char *folder)
{
    char path[1000];
    snprintf(path, sizeof path, "%s/state.ttl", folder);
    LilvState *state = lilv_state_new_from_file(host->world, &map, NULL, path);
    assert_non_null(state);
    host_restore(host, state);
    lilv_state_free(state);
}

void host_restore(Host *host, const LilvState *state)
{
    lilv_state_restore(state, host->instance, set_port, host, 0, NULL);
}

LilvState *host_preset(Host *host, const LilvNode *preset)
{
    lilv_world_load_resource(host->world, preset);
    return lilv_state_new_from_world(host->world, &map, preset);
}

static LV2_State_Status store_value(LV2_State_Handle handle, uint32_t key, const void *value, size_t size,
                                    uint32_t type, uint32_t flags)
{
    HostStore *store = handle;
    assert_in_range(store->n, 0, 15);
    struct HostValue *kept = &store->value[store->n++];
    *kept = (struct HostValue){key, type, flags, size, malloc(size)};
    memcpy(kept->value, value, size);
    return LV2_STATE_SUCCESS;
}

static const void *retrieve_value(LV2_State_Handle handle, uint32_t key, size_t *size, uint32_t *type,
                                  uint32_t *flags)
{
    HostStore *store = handle;
    for (int i = 0; i < store->n; i++)
        if (store->value[i].key == key) {
            *size = store->value[i].size;
            *type = store->value[i].type;
            *flags = store->value[i].flags;
            return store->value[i].value;
        }
    return NULL;
}

static const LV2_State_Interface *state_of(const Host *host)
{
    return lilv_instance_get_extension_data(host->instance, LV2_STATE__interface);
}

static char *lend(HostPaths *paths, const char *first, const char *second)
{
    char *path = malloc(strlen(first) + strlen(second) + 1);
    sprintf(path, "%s%s", first, second);
    paths->n_lent += paths->free;
    return path;
}

static char *make_path(LV2_State_Make_Path_Handle handle, const char *name)
{
    HostPaths *paths = handle;
    char folder[HOST_TEXT];
    snprintf(folder, sizeof folder, "%s/", paths->folder);
    return paths->make_fails ? NULL : lend(paths, folder, name);
}

static char *abstract_path(LV2_State_Map_Path_Handle handle, const char *path)
{
    HostPaths *paths = handle;
    size_t n = strlen(paths->folder);
    bool inside = !strncmp(path, paths->folder, n) && path[n] == '/' && !paths->map_absolute;
    return lend(paths, inside ? path + n + 1 : path, "");
}

static char *absolute_path(LV2_State_Map_Path_Handle handle, const char *path)
{
    HostPaths *paths = handle;
    char folder[HOST_TEXT];
    snprintf(folder, sizeof folder, "%s/", paths->folder);
    return lend(paths, path[0] == '/' ? "" : folder, path);
}

static void take_back(LV2_State_Free_Path_Handle handle, char *path)
{
    HostPaths *paths = handle;
    paths->n_lent--;
    free(path);
}

typedef struct PathFeatures {
    LV2_State_Map_Path map;
    LV2_State_Make_Path make;
    LV2_State_Free_Path free;
    LV2_Feature feature[3];
    const LV2_Feature *list[4];
} PathFeatures;

static const LV2_Feature *const *path_features(HostPaths *paths, PathFeatures *f)
{
    int n = 0;
    *f = (PathFeatures){.map = {paths, abstract_path, absolute_path},
                        .make = {paths, make_path},
                        .free = {paths, take_back},
                        .feature = {{LV2_STATE__mapPath, &f->map},
                                    {LV2_STATE__makePath, &f->make},
                                    {LV2_STATE__freePath, &f->free}}};
    const bool offered[] = {paths->map, paths->make, paths->free};
    for (int i = 0; i < 3; i++)
        if (offered[i])
            f->list[n++] = &f->feature[i];
    return f->list;
}

void host_store_in(Host *host, HostStore *store, HostPaths *paths)
{
    PathFeatures features;
    assert_int_equal(state_of(host)->save(lilv_instance_get_handle(host->instance), store_value, store,
                                          LV2_STATE_IS_POD, path_features(paths, &features)),
                     0);
}

void host_restore_store_in(Host *host, HostStore *store, HostPaths *paths)
{
    PathFeatures features;
    assert_int_equal(state_of(host)->restore(lilv_instance_get_handle(host->instance), retrieve_value, store,
                                             0, path_features(paths, &features)),
                     0);
}

void host_store(Host *host, HostStore *store)
{
    host_store_in(host, store, &(HostPaths){0});
}

void host_restore_store(Host *host, HostStore *store)
{
    host_restore_store_in(host, store, &(HostPaths){0});
}

struct HostValue *host_value(HostStore *store, const char *key)
{
    for (int i = 0; i < store->n; i++)
        if (store->value[i].key == host_urid(key))
            return &store->value[i];
    return NULL;
}

void host_store_free(HostStore *store)
{
    for (int i = 0; i < store->n; i++)
        free(store->value[i].value);
    *store = (HostStore){0};
}
