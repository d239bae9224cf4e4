/* The plugin in a host of our own: slots, sessions, presets. */
#include "stage.h"

#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- slots ---- */

static void move(Host *host, const char *symbol, float value)
{
    host_set(host, symbol, value);
    host_wait(host);
    run_silence(host, 64); /* the report has come */
}

static void press(Host *host, const char *symbol)
{
    move(host, symbol, 1);
    host_set(host, symbol, 0);
    run_silence(host, 64);
}

static void host_with_slots(Host *host)
{
    host_with_a(host, HOST_WORKER_PUMPED);
    host_send_path(host, GRUFF_URI_FOLDER, stage_models);
    host_wait(host);
    assert_string_equal(host->folder, stage_models);
}

static void test_slots_step(void **state)
{
    Host host;
    (void)state;
    host_with_slots(&host);
    move(&host, "slot", 2); /* "2 b" comes before "10 c" */
    assert_string_equal(host.model, model_b);
    assert_float_equal(host_get(&host, "playing"), 2, 0);
    assert_plays(&host, model_b);
    move(&host, "slot", 3); /* was loaded ahead */
    assert_string_equal(host.model, model_c);
    assert_plays(&host, model_c);
    press(&host, "next"); /* round to the first */
    assert_string_equal(host.model, model_a);
    assert_plays(&host, model_a);
    press(&host, "previous");
    assert_string_equal(host.model, model_c);
    press(&host, "previous");
    assert_string_equal(host.model, model_b);
    assert_plays(&host, model_b);
    move(&host, "slot", 0); /* the one chosen by file */
    assert_string_equal(host.model, model_a);
    assert_plays(&host, model_a);
    move(&host, "slot", 3);
    host_send_path(&host, GRUFF_URI_MODEL, model_b); /* the later wish counts */
    host_wait(&host);
    assert_string_equal(host.model, model_b);
    assert_plays(&host, model_b);
    host_free(&host);
}

static void test_quick_steps_add_up(void **state)
{
    Host host;
    (void)state;
    host_with_slots(&host);       /* plays slot 1 */
    for (int i = 0; i < 5; i++) { /* faster than the worker */
        host_set(&host, "next", 1);
        run_silence(&host, 32);
        host_set(&host, "next", 0);
        run_silence(&host, 32);
    }
    host_wait(&host);
    run_silence(&host, 32);
    assert_string_equal(host.model, model_c);
    host_free(&host);
}

static void test_empty_slot(void **state)
{
    Host host;
    char path[512], file[700];
    (void)state;
    host_with_slots(&host);
    move(&host, "slot", 9);
    assert_says(host.status, "Slot 9 is empty");
    assert_says(host.status, "still playing Anna");
    assert_string_equal(host.model, model_a);
    assert_plays(&host, model_a);
    host_send_path(&host, GRUFF_URI_FOLDER, new_folder(path));
    host_wait(&host);
    assert_says(host.status, "holds no models");
    assert_string_equal(host.folder, stage_models);
    snprintf(file, sizeof file, "%s/.hidden.json", path);
    write_text(file, "{}");
    snprintf(file, sizeof file, "%s/broken.nam", path);
    write_text(file, "{}");
    host_send_path(&host, GRUFF_URI_FOLDER, file); /* a file stands for its folder */
    host_wait(&host);
    assert_string_equal(host.folder, path);
    move(&host, "slot", 1);
    assert_says(host.status, "broken.nam");
    assert_plays(&host, model_a);
    host_free(&host);
}

static void test_ahead_sees_changes(void **state)
{
    Host host;
    char path[512], one[600], two[600];
    (void)state;
    new_folder(path);
    snprintf(one, sizeof one, "%s/one.json", path);
    snprintf(two, sizeof two, "%s/two.json", path);
    write_model(one, "One", 5, 48000);
    write_model(two, "Two", 6, 48000);
    host_with_a(&host, HOST_WORKER_PUMPED);
    host_send_path(&host, GRUFF_URI_FOLDER, path);
    host_wait(&host);
    move(&host, "slot", 1);
    write_model(two, "Changed", 7, 48000); /* after it was loaded ahead */
    move(&host, "slot", 2);
    assert_says(host.status, "Playing Changed.");
    assert_plays(&host, two);
    host_free(&host);
}

static void test_quality(void **state)
{
    static float found[T], expected[T];
    Host host;
    (void)state;
    host_new(&host, 1, 96000, HOST_WORKER_PUMPED);
    lilv_instance_activate(host.instance);
    host_send_path(&host, GRUFF_URI_MODEL, model_a);
    host_wait(&host);
    run_silence(&host, 64);
    float converted = host_get(&host, "latency");
    assert_true(converted > 0);
    move(&host, "quality", 1);
    run_silence(&host, 8192);
    assert_float_equal(host_get(&host, "latency"), 0, 0);
    assert_string_equal(host.model, model_a);
    plugin_plays(&host, expected);
    move(&host, "quality", 0);
    run_silence(&host, 8192);
    assert_float_equal(host_get(&host, "latency"), converted, 0);
    plugin_plays(&host, found);
    assert_true(largest_difference(found, expected, T) > 1e-3f);
    host_free(&host);
}

/* ---- sessions ---- */

/* A host whose model is folder/own.json, what it sounds like in folder/kept.json, its session in `session`.
 */
static void session_of_own(Host *host, char folder[512], char session[512], char file[600], char kept[600])
{
    new_folder(folder);
    snprintf(file, 600, "%s/own.json", folder);
    snprintf(kept, 600, "%s/kept.json", folder);
    write_model(file, "Own", 44, 48000);
    write_model(kept, "Own", 44, 48000);
    host_with_a(host, HOST_WORKER_PUMPED);
    host_send_path(host, GRUFF_URI_MODEL, file);
    host_wait(host);
    assert_string_equal(host->model, file);
    host_save(host, new_folder(session));
}

/* As hosts open a session: a new instance, its state, then sound. */
static void open_session(Host *host, const char *session)
{
    host_new(host, 1, RATE, HOST_WORKER_PUMPED);
    host_open(host, session);
    lilv_instance_activate(host->instance);
    run_silence(host, 64);
}

/* A button that a session left pressed is no press. */
static void test_latched_button(void **state)
{
    Host host;
    (void)state;
    host_with_slots(&host);
    move(&host, "slot", 2);
    lilv_instance_deactivate(host.instance);
    host_set(&host, "next", 1);
    lilv_instance_activate(host.instance);
    for (int i = 0; i < 4; i++) {
        run_silence(&host, 64);
        host_pump(&host);
    }
    assert_string_equal(host.model, model_b);
    host_set(&host, "next", 0);
    run_silence(&host, 64);
    press(&host, "next");
    assert_string_equal(host.model, model_c);
    host_free(&host);
}

/* The worker was told of a wish and has not come when the host goes offline. */
static void test_offline_before_the_worker(void **state)
{
    Host host;
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    host_send_path(&host, GRUFF_URI_MODEL, model_b);
    run_silence(&host, 64);
    run_silence(&host, 64);
    assert_string_equal(host.model, model_a);
    host_set(&host, "freewheel", 1);
    run_silence(&host, 64);
    assert_string_equal(host.model, model_b);
    host_free(&host);
}

/* A restore comes between a change of quality and the worker. */
static void test_quality_and_restore(void **state)
{
    Host host;
    HostStore store = {0};
    (void)state;
    host_new(&host, 1, 96000, HOST_WORKER_PUMPED);
    lilv_instance_activate(host.instance);
    host_send_path(&host, GRUFF_URI_MODEL, model_a);
    host_wait(&host);
    host_store(&host, &store);
    host_set(&host, "quality", 1);
    run_silence(&host, 64);
    host_restore_store(&host, &store);
    host_pump(&host);
    run_silence(&host, 8192);
    assert_float_equal(host_get(&host, "latency"), 0, 0);
    assert_string_equal(host.model, model_a);
    host_store_free(&store);
    host_free(&host);
}

static void test_session(void **state)
{
    char folder[512], session[512], file[600], kept[600];
    Host host, other;
    (void)state;
    session_of_own(&host, folder, session, file, kept);
    open_session(&other, session);
    assert_says(other.model, "own.json");
    assert_string_equal(other.status, "Playing Own.");
    assert_plays(&other, kept);
    host_free(&host);
    host_free(&other);
}

static void test_session_without_file(void **state)
{
    char folder[512], session[512], file[600], kept[600];
    Host host, other;
    (void)state;
    session_of_own(&host, folder, session, file, kept);
    assert_int_equal(unlink(file), 0);
    assert_plays(&host, kept);
    host_free(&host);
    for (int generation = 0; generation < 3; generation++) {
        host_log[0] = '\0';
        open_session(&other, session);
        assert_says(other.model, "own.json");
        assert_says(other.status, "Playing Own. ");
        assert_says(other.status, "own.json is not there: this is the session's own copy");
        assert_says(host_log, "own.json is not there");
        assert_plays(&other, kept);
        host_save(&other, new_folder(session));
        host_free(&other);
    }
}

static void test_session_with_changed_file(void **state)
{
    char folder[512], session[512], file[600], kept[600];
    Host host, other;
    (void)state;
    session_of_own(&host, folder, session, file, kept);
    host_free(&host);
    write_model(file, "New", 45, 48000);
    open_session(&other, session);
    assert_says(other.status, "Playing Own. ");
    assert_says(other.status, "own.json has changed since the session was saved");
    assert_plays(&other, kept);
    host_send_path(&other, GRUFF_URI_MODEL, file); /* choosing it again takes the new one */
    host_wait(&other);
    assert_string_equal(other.status, "Playing New.");
    assert_plays(&other, file);
    host_free(&other);
}

/* The same session in memory, without path features, and with its parts damaged. */
static void test_damaged_session(void **state)
{
    char folder[512], session[512], file[600], kept[600], standard[HOST_TEXT];
    Host host, other;
    HostStore store = {0}, later = {0};
    (void)state;
    session_of_own(&host, folder, session, file, kept);
    host_store(&host, &store);
    host_free(&host);
    assert_non_null(host_value(&store, "urn:gruff:model_bytes"));
    ((char *)host_value(&store, "urn:gruff:model_bytes")->value)[100] ^= 1;

    host_new(&other, 1, RATE, HOST_WORKER_PUMPED); /* bytes damaged, file there */
    lilv_instance_activate(other.instance);
    run_silence(&other, 64);
    memcpy(standard, other.model, sizeof standard);
    host_restore_store(&other, &store);
    run_silence(&other, 64);
    assert_string_equal(other.status, "Playing Own.");
    assert_plays(&other, kept);
    host_free(&other);

    write_model(file, "New", 45, 48000); /* bytes damaged, file changed */
    host_new(&other, 1, RATE, HOST_WORKER_PUMPED);
    host_restore_store(&other, &store);
    lilv_instance_activate(other.instance);
    run_silence(&other, 64);
    assert_says(other.status, "own copy is damaged: this may sound different");
    assert_plays(&other, file);
    host_free(&other);

    assert_int_equal(unlink(file), 0); /* bytes damaged, no file */
    host_new(&other, 1, RATE, HOST_WORKER_PUMPED);
    host_restore_store(&other, &store);
    lilv_instance_activate(other.instance);
    run_silence(&other, 64);
    assert_says(other.status, "own.json");
    assert_says(other.status, "own copy is damaged; still playing ");
    assert_string_equal(other.model, standard);
    assert_plays(&other, standard);
    host_store(&other, &later); /* saving now loses nothing */
    host_free(&other);
    assert_string_equal(host_value(&later, "urn:gruff:model")->value, file);
    write_model(file, "Own", 44, 48000);
    host_new(&other, 1, RATE, HOST_WORKER_PUMPED);
    host_restore_store(&other, &later);
    lilv_instance_activate(other.instance);
    run_silence(&other, 64);
    assert_string_equal(other.status, "Playing Own.");
    host_free(&other);
    host_store_free(&store);
    host_store_free(&later);
}

/* Every value of a session of another type, cut short or missing: never a crash, always some model. */
static void test_absurd_sessions(void **state)
{
    Host host;
    HostStore store = {0};
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    host_send_path(&host, GRUFF_URI_FOLDER, stage_models);
    host_wait(&host);
    host_set(&host, "slot", 2);
    host_wait(&host);
    host_store(&host, &store);
    assert_int_equal(store.n, 8);
    for (int i = 0; i < store.n; i++) {
        struct HostValue kept = store.value[i];
        for (int way = 0; way < 4; way++) {
            if (way == 0)
                store.value[i].type = host_urid(LV2_ATOM__Blank);
            else if (way == 1)
                store.value[i].size = 1;
            else if (way == 2)
                store.value[i].size = kept.size / 2;
            else
                store.value[i].key = 0;
            host_restore_store(&host, &store);
            run_silence(&host, 64);
            assert_says(host.status, "laying ");
            store.value[i] = kept;
        }
    }
    host_restore_store(&host, &(HostStore){0}); /* an empty one stands for the standard model */
    run_silence(&host, 64);
    assert_says(host.model, "gruff.lv2/models/");
    assert_plays(&host, (char *)memcpy((char[HOST_TEXT]){0}, host.model, HOST_TEXT));
    host_restore_store(&host, &store);
    host_wait(&host);
    assert_string_equal(host.model, model_b);
    assert_plays(&host, model_b);
    host_store_free(&store);
    host_free(&host);
}

/* Hosts set the slot port before restore, after it, or with blocks between: the model is the session's. */
static void test_session_in_a_slot(void **state)
{
    char folder[512], slot_file[600], kept[600];
    Host host, other;
    HostStore store = {0};
    (void)state;
    new_folder(folder);
    snprintf(slot_file, sizeof slot_file, "%s/1.json", folder);
    snprintf(kept, sizeof kept, "%s/models.kept", folder);
    write_model(slot_file, "One", 51, 48000);
    write_model(kept, "One", 51, 48000);
    host_with_a(&host, HOST_WORKER_PUMPED);
    host_send_path(&host, GRUFF_URI_FOLDER, folder);
    host_wait(&host);
    host_set(&host, "slot", 1);
    host_wait(&host);
    assert_string_equal(host.model, slot_file);
    host_store(&host, &store);
    host_free(&host);
    write_model(slot_file, "Other", 52, 48000); /* what slot 1 would give now */
    for (int way = 0; way < 4; way++) {
        host_new(&other, 1, RATE, HOST_WORKER_PUMPED);
        lilv_instance_activate(other.instance);
        if (way == 0 || way == 3)
            host_set(&other, "slot", 1);
        if (way >= 2)
            run_silence(&other, 64);
        host_restore_store(&other, &store);
        if (way == 2)
            for (int i = 0; i < 5; i++)
                run_silence(&other, 64);
        host_set(&other, "slot", 1);
        run_silence(&other, 64);
        host_pump(&other);
        run_silence(&other, 64);
        assert_says(other.status, "Playing One.");
        assert_says(other.status, "1.json has changed");
        assert_plays(&other, kept);
        host_set(&other, "slot", 0); /* the chosen model is in the session too */
        host_wait(&other);
        run_silence(&other, 64);
        assert_plays(&other, model_a);
        host_set(&other, "slot", 1);
        host_wait(&other);
        run_silence(&other, 64);
        assert_string_equal(other.status, "Playing Other.");
        host_free(&other);
    }
    host_store_free(&store);
}

/* A host that restores the state but never sets the slot port: once another model is chosen, the port is
 * itself. */
static void test_session_without_the_slot_port(void **state)
{
    Host host, other;
    HostStore store = {0};
    (void)state;
    host_with_slots(&host);
    move(&host, "slot", 2);
    host_store(&host, &store);
    host_free(&host);
    host_new(&other, 1, RATE, HOST_WORKER_PUMPED);
    lilv_instance_activate(other.instance);
    host_restore_store(&other, &store);
    run_silence(&other, 64);
    assert_string_equal(other.model, model_b);
    host_send_path(&other, GRUFF_URI_MODEL, model_c);
    host_wait(&other);
    assert_string_equal(other.model, model_c);
    move(&other, "slot", 2);
    assert_string_equal(other.model, model_b);
    host_store_free(&store);
    host_free(&other);
}

/* The model that was chosen could not be had; slot 0 tries again. */
static void test_slot_0_tries_again(void **state)
{
    char folder[512], session[512], file[600], kept[600];
    Host host, other;
    HostStore store = {0};
    (void)state;
    session_of_own(&host, folder, session, file, kept);
    host_store(&host, &store);
    host_free(&host);
    host_value(&store, "urn:gruff:model_bytes")->key = 0;
    assert_int_equal(unlink(file), 0);
    host_new(&other, 1, RATE, HOST_WORKER_PUMPED);
    host_restore_store(&other, &store);
    lilv_instance_activate(other.instance);
    run_silence(&other, 64);
    assert_says(other.status, "own copy is missing; still playing ");
    move(&other, "slot", 99);
    assert_says(other.status, "Slot 99 is empty");
    write_model(file, "Own", 44, 48000);
    move(&other, "slot", 0);
    assert_string_equal(other.status, "Playing Own.");
    assert_plays(&other, kept);
    host_store_free(&store);
    host_free(&other);
}

/* What plays is not loaded again by a restore, and a damaged copy does not take the place of its good one. */
static void test_good_copy_stays(void **state)
{
    char folder[512], session[512], file[600], kept[600];
    Host host, other;
    HostStore store = {0}, later = {0};
    (void)state;
    session_of_own(&host, folder, session, file, kept);
    host_store(&host, &store);
    ((char *)host_value(&store, "urn:gruff:model_bytes")->value)[100] ^= 1;
    host_restore_store(&host, &store);
    run_silence(&host, 64);
    assert_string_equal(host.status, "Playing Own.");
    assert_int_equal(unlink(file), 0);
    host_store(&host, &later);
    host_free(&host);
    host_new(&other, 1, RATE, HOST_WORKER_PUMPED);
    host_restore_store(&other, &later);
    lilv_instance_activate(other.instance);
    run_silence(&other, 64);
    assert_says(other.status, "own.json is not there: this is the session's own copy");
    assert_plays(&other, kept);
    host_store_free(&store);
    host_store_free(&later);
    host_free(&other);
}

static void test_shipped_model_travels_by_name(void **state)
{
    Host host;
    HostStore store = {0};
    (void)state;
    host_new(&host, 1, RATE, HOST_WORKER_PUMPED);
    lilv_instance_activate(host.instance);
    host_store(&host, &store);
    const struct HostValue *path = host_value(&store, "urn:gruff:model");
    assert_non_null(path);
    assert_int_equal(path->type, host_urid(LV2_ATOM__String));
    assert_null(strchr(path->value, '/'));
    assert_non_null(host_value(&store, "urn:gruff:model_bytes"));
    host_store_free(&store);
    host_free(&host);
}

/* Whether the preset <…#clean_twin> is called after the model …/clean-twin.json. */
static bool named_after(const char *preset, const char *model)
{
    const char *fragment = strchr(preset, '#') + 1, *file = strrchr(model, '/') + 1;
    while (*fragment && (*file == *fragment || (*file == '-' && *fragment == '_')))
        fragment++, file++;
    return !*fragment && *file == '.';
}

/* Every model has a preset of its name, which plays it; four more are ways of playing the standard one. */
static void test_presets(void **state)
{
    (void)state;
    for (uint32_t n_channels = 1; n_channels <= 2; n_channels++) {
        Host host;
        host_new(&host, n_channels, RATE, HOST_WORKER_PUMPED);
        lilv_instance_activate(host.instance);
        LilvNode *preset = lilv_new_uri(host.world, "http://lv2plug.in/ns/ext/presets#Preset");
        LilvNodes *presets = lilv_plugin_get_related(host.plugin, preset);
        assert_in_range(lilv_nodes_size(presets), 5, 200);
        unsigned n_named = 0;
        LILV_FOREACH(nodes, i, presets)
        {
            const LilvNode *node = lilv_nodes_get(presets, i);
            LilvState *session = host_preset(&host, node);
            assert_non_null(session);
            assert_true(strlen(lilv_state_get_label(session)) > 2);
            assert_true(lilv_state_get_num_properties(session) == 1);
            host_set(&host, "slot", 3); /* presets bring the slot port back to 0 */
            host.model[0] = '\0';
            host_restore(&host, session);
            host_wait(&host);
            assert_float_equal(host_get(&host, "slot"), 0, 0);
            assert_says(host.model, "gruff.lv2/models/");
            assert_true(strncmp(host.status, "Playing ", 8) == 0);
            n_named += named_after(lilv_node_as_uri(node), host.model);
            lilv_state_free(session);
        }
        assert_int_equal(n_named + 4, lilv_nodes_size(presets));
        lilv_nodes_free(presets);
        lilv_node_free(preset);
        host_free(&host);
    }
}

int main(void)
{
    stage_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots_step),
        cmocka_unit_test(test_quick_steps_add_up),
        cmocka_unit_test(test_empty_slot),
        cmocka_unit_test(test_ahead_sees_changes),
        cmocka_unit_test(test_quality),
        cmocka_unit_test(test_latched_button),
        cmocka_unit_test(test_offline_before_the_worker),
        cmocka_unit_test(test_quality_and_restore),
        cmocka_unit_test(test_session),
        cmocka_unit_test(test_session_without_file),
        cmocka_unit_test(test_session_with_changed_file),
        cmocka_unit_test(test_damaged_session),
        cmocka_unit_test(test_absurd_sessions),
        cmocka_unit_test(test_session_in_a_slot),
        cmocka_unit_test(test_session_without_the_slot_port),
        cmocka_unit_test(test_slot_0_tries_again),
        cmocka_unit_test(test_good_copy_stays),
        cmocka_unit_test(test_shipped_model_travels_by_name),
        cmocka_unit_test(test_presets),
    };
    return cmocka_run_group_tests(tests, stage_set_up, stage_tear_down);
}
