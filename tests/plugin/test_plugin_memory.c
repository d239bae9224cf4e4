/* The plugin without memory: in one life of an instance (made, played, a model chosen offline, saved,
 * restored, freed) allocations fail in turn: the first ones each, then ever fewer. Nothing crashes, nothing
 * leaks, and it plays on or refuses to start. The C library's allocator is wrapped here for all libraries of
 * the process. */
#include "stage.h"

#include "../failing_malloc.h"

#include <lv2/log/log.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifndef FAILING_MALLOC_WORKS
int main(void)
{
    puts("skipped: the allocator cannot be wrapped in this build");
    return 77;
}
#else

static bool play_block(const LV2_Descriptor *plugin, LV2_Handle instance)
{
    static float in[256], out[256];
    memcpy(in, guitar, sizeof in);
    plugin->connect_port(instance, 0, in);
    plugin->connect_port(instance, 1, out);
    plugin->run(instance, 256);
    for (int t = 0; t < 256; t++)
        if (!isfinite(out[t]))
            return false;
    return true;
}

static HostStore session;

static const void *retrieve(LV2_State_Handle handle, uint32_t key, size_t *size, uint32_t *type,
                            uint32_t *flags)
{
    (void)handle;
    for (int i = 0; i < session.n; i++)
        if (session.value[i].key == key) {
            *size = session.value[i].size;
            *type = session.value[i].type;
            *flags = session.value[i].flags;
            return session.value[i].value;
        }
    return NULL;
}

static LV2_State_Status discard(LV2_State_Handle handle, uint32_t key, const void *value, size_t size,
                                uint32_t type, uint32_t flags)
{
    (void)handle, (void)key, (void)value, (void)size, (void)type, (void)flags;
    return LV2_STATE_SUCCESS;
}

/* True if it played all along, or did not start. */
static bool life(const LV2_Descriptor *plugin, const char *bundle, const LV2_Feature *const *features)
{
    float slot = 0, freewheel = 1;
    LV2_Handle instance = plugin->instantiate(plugin, RATE, bundle, features);
    if (!instance)
        return true;
    const LV2_State_Interface *state = plugin->extension_data(LV2_STATE__interface);
    plugin->connect_port(instance, 2 + PORT_SLOT, &slot);
    plugin->connect_port(instance, 2 + PORT_FREEWHEEL, &freewheel);
    plugin->activate(instance);
    bool plays = play_block(plugin, instance);
    state->restore(instance, retrieve, NULL, 0, NULL);
    plays &= play_block(plugin, instance);
    slot = 1;
    plays &= play_block(plugin, instance);
    state->save(instance, discard, NULL, 0, NULL);
    plugin->cleanup(instance);
    return plays;
}

static int vprint_nothing(LV2_Log_Handle handle, LV2_URID type, const char *format, va_list arguments)
{
    (void)handle, (void)type, (void)format, (void)arguments;
    return 0;
}

static int print_nothing(LV2_Log_Handle handle, LV2_URID type, const char *format, ...)
{
    (void)handle, (void)type, (void)format;
    return 0;
}

static LV2_URID map_known(LV2_URID_Map_Handle handle, const char *uri)
{
    (void)handle;
    return host_urid(uri);
}

static void test_every_allocation_fails(void **state)
{
    Host host;
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED); /* also maps every URI */
    host_send_path(&host, GRUFF_URI_FOLDER, stage_models);
    host_wait(&host);
    host_set(&host, "slot", 2);
    host_wait(&host);
    host_store(&host, &session);
    const LV2_Descriptor *plugin = lilv_instance_get_descriptor(host.instance);
    char *bundle = lilv_file_uri_parse(lilv_node_as_uri(lilv_plugin_get_bundle_uri(host.plugin)), NULL);
    LV2_URID_Map map = {NULL, map_known};
    LV2_Log_Log log = {NULL, print_nothing, vprint_nothing};
    const LV2_Feature map_feature = {LV2_URID__map, &map}, log_feature = {LV2_LOG__log, &log};
    const LV2_Feature *features[] = {&map_feature, &log_feature, NULL};
    assert_true(life(plugin, bundle, features)); /* once, for what libraries keep */
    int n_failures = 0;
    for (failing_malloc.fail_at = 1, failing_malloc.n_allocations = 1;
         failing_malloc.n_allocations >= failing_malloc.fail_at; n_failures++) {
        failing_malloc.fail_at += n_failures ? 1 + random_below((uint32_t)failing_malloc.fail_at / 8) : 0;
        failing_malloc.n_allocations = failing_malloc.n_live = 0;
        failing_malloc.counting = true;
        bool plays = life(plugin, bundle, features);
        failing_malloc.counting = false;
        if (!plays || failing_malloc.n_live != 0)
            fail_msg("allocation %ld: plays %d, %ld blocks left", failing_malloc.fail_at, plays,
                     failing_malloc.n_live);
    }
    print_message("%d of %ld allocations failed\n", n_failures - 1, failing_malloc.n_allocations);
    assert_true(failing_malloc.n_allocations > 100);
    lilv_free(bundle);
    host_store_free(&session);
    host_free(&host);
}

int main(void)
{
    stage_seed();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation_fails)};
    return cmocka_run_group_tests(tests, stage_set_up, stage_tear_down);
}
#endif
