/* The plugin in a host of our own: sessions that have a folder, and hosts that are good or bad at it. */
#include "stage.h"

#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char folder[512], session[600], file[600], kept[600], copy[700];

static bool is_there(const char *path)
{
    struct stat facts;
    return lstat(path, &facts) == 0;
}

static bool is_file_like(const char *path, const char *other)
{
    static char a[20000], b[20000];
    struct stat facts;
    FILE *one = fopen(path, "rb"), *two = fopen(other, "rb");
    bool same = one && two && lstat(path, &facts) == 0 && S_ISREG(facts.st_mode);
    size_t n = same ? fread(a, 1, sizeof a, one) : 0;
    same = same && n > 100 && n < sizeof a && fread(b, 1, sizeof b, two) == n && !memcmp(a, b, n);
    if (one)
        fclose(one);
    if (two)
        fclose(two);
    return same;
}

/* A host that plays folder/own.json, what it sounds like in kept, an empty folder for its session. */
static void host_with_own(Host *host)
{
    new_folder(folder);
    snprintf(session, sizeof session, "%s", new_folder(kept));
    snprintf(file, sizeof file, "%s/own.json", folder);
    snprintf(kept, sizeof kept, "%s/kept.json", folder);
    snprintf(copy, sizeof copy, "%s/model-own.json", session);
    write_model(file, "Own", 44, 48000);
    write_model(kept, "Own", 44, 48000);
    host_with_a(host, HOST_WORKER_PUMPED);
    host_send_path(host, GRUFF_URI_MODEL, file);
    host_wait(host);
    assert_string_equal(host->model, file);
}

static void open_in(Host *host, HostStore *store, HostPaths *paths)
{
    host_new(host, 1, RATE, HOST_WORKER_PUMPED);
    host_restore_store_in(host, store, paths);
    lilv_instance_activate(host->instance);
    run_silence(host, 64);
}

static void check_own(HostStore *store, HostPaths *paths, const char *says)
{
    Host host;
    open_in(&host, store, paths);
    assert_says(host.status, says);
    assert_plays(&host, kept);
    host_free(&host);
}

/* The model is in the session once: as a file where the host keeps one, else in the state. */
static void test_one_copy(void **state)
{
    static const struct {
        HostPaths paths;
        bool as_file;
    } ways[] = {{{.map = true, .make = true, .free = true}, true},
                {{.map = true, .make = true}, true},
                {{.map = true, .free = true}, false},
                {{.make = true, .free = true}, false}, /* its paths cannot be saved */
                {{.map = true, .make = true, .free = true, .make_fails = true}, false},
                {{.map = true, .make = true, .free = true, .map_absolute = true}, false},
                {{0}, false}};
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        for (int no_folder = 0; no_folder < 2; no_folder++) {
            Host host;
            HostStore store = {0};
            HostPaths paths = ways[i].paths;
            const bool as_file = ways[i].as_file && !no_folder;
            host_with_own(&host);
            paths.folder = no_folder ? "/no/such/folder" : session;
            host_store_in(&host, &store, &paths);
            host_free(&host);
            assert_int_equal(is_there(copy), as_file);
            assert_true(!as_file || is_file_like(copy, kept));
            assert_int_equal(host_value(&store, "urn:gruff:model_file") != NULL, as_file);
            assert_int_equal(host_value(&store, "urn:gruff:model_bytes") != NULL, !as_file);
            check_own(&store, &paths, "Playing Own.");
            assert_int_equal(unlink(file), 0);
            check_own(&store, &paths, "own.json is not there: this is the session's own copy");
            write_model(file, "New", 45, 48000);
            check_own(&store, &paths,
                      "own.json has changed since the session was saved: this is the session's");
            assert_int_equal(paths.n_lent, 0);
            host_store_free(&store);
        }
}

/* The session's folder goes to another computer; is saved there, and moved again. */
static void test_folder_moves(void **state)
{
    Host host;
    HostStore store = {0};
    HostPaths paths = {.folder = session, .map = true, .make = true, .free = true};
    (void)state;
    host_with_own(&host);
    host_store_in(&host, &store, &paths);
    host_free(&host);
    assert_int_equal(unlink(file), 0);
    for (int move = 0; move < 3; move++) {
        char there[512], moved[sizeof session];
        HostStore again = {0};
        snprintf(moved, sizeof moved, "%s/session", new_folder(there));
        assert_int_equal(rename(session, moved), 0);
        memcpy(session, moved, sizeof session);
        open_in(&host, &store, &paths);
        assert_says(host.status, "own.json is not there: this is the session's own copy");
        assert_plays(&host, kept);
        host_store_in(&host, &again, &paths);
        host_free(&host);
        host_store_free(&store);
        store = again;
        snprintf(copy, sizeof copy, "%s/model-own.json", session);
        assert_true(is_file_like(copy, kept));
    }
    host_store_free(&store);
}

/* What is wrong with the session's file is told; nothing is lost by saving then. */
static void test_copy_damaged_or_gone(void **state)
{
    (void)state;
    for (int gone = 0; gone < 2; gone++) {
        Host host;
        HostStore store = {0}, later = {0};
        HostPaths paths = {.folder = session, .map = true, .make = true, .free = true};
        host_with_own(&host);
        host_store_in(&host, &store, &paths);
        host_free(&host);
        if (gone)
            assert_int_equal(unlink(copy), 0);
        else
            write_model(copy, "Bad", 46, 48000);
        check_own(&store, &paths, "Playing Own.");
        assert_int_equal(unlink(file), 0);
        open_in(&host, &store, &paths);
        assert_says(host.status, "own.json");
        assert_says(host.status,
                    gone ? "own copy is missing; still playing " : "own copy is damaged; still playing ");
        host_store_in(&host, &later, &paths);
        host_free(&host);
        write_model(file, "Own", 44, 48000);
        check_own(&later, &paths, "Playing Own.");
        host_store_free(&store);
        host_store_free(&later);
    }
}

/* A link that lies in the way is not written through. */
static void test_links_are_safe(void **state)
{
    Host host;
    char precious[600];
    HostStore store = {0};
    HostPaths paths = {.folder = session, .map = true, .make = true, .free = true};
    (void)state;
    host_with_own(&host);
    snprintf(precious, sizeof precious, "%s/precious", folder);
    write_model(precious, "Precious", 47, 48000);
    assert_int_equal(symlink(precious, copy), 0);
    host_store_in(&host, &store, &paths);
    assert_true(is_file_like(copy, kept));
    assert_false(is_file_like(precious, kept));
    host_store_free(&store);
    host_free(&host);
}

/* The model of a slot has its own file, and none where it is the one chosen; a shipped model has none. */
static void test_slots_and_shipped(void **state)
{
    Host host, other;
    char slot_copy[700], second[600];
    HostStore store = {0};
    HostPaths paths = {.folder = session, .map = true, .make = true, .free = true};
    (void)state;
    host_with_own(&host);
    snprintf(slot_copy, sizeof slot_copy, "%s/slot-model-own.json", session);
    host_send_path(&host, GRUFF_URI_FOLDER,
                   folder); /* slot 1: kept.json, slot 2: own.json, with the same bytes */
    host_wait(&host);
    host_set(&host, "slot", 2);
    host_wait(&host);
    host_store_in(&host, &store, &paths);
    assert_true(is_there(copy) && !is_there(slot_copy));
    assert_null(host_value(&store, "urn:gruff:slot_model_bytes"));
    host_store_free(&store);

    snprintf(second, sizeof second, "%s/second", folder);
    write_model(kept, "Second", 48, 48000);
    write_model(second, "Second", 48, 48000);
    host_set(&host, "slot", 1);
    host_wait(&host);
    host_store_in(&host, &store, &paths);
    host_free(&host);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(unlink(kept), 0);
    open_in(&other, &store, &paths);
    assert_says(other.status, "kept.json is not there: this is the session's own copy");
    assert_plays(&other, second);
    host_set(&other, "slot", 1); /* as the session has it */
    run_silence(&other, 64);
    host_set(&other, "slot", 0);
    write_model(kept, "Own", 44, 48000);
    host_wait(&other);
    assert_says(other.status, "own.json is not there: this is the session's own copy");
    assert_plays(&other, kept);
    host_free(&other);
    host_store_free(&store);

    host_new(&host, 1, RATE, HOST_WORKER_PUMPED);
    lilv_instance_activate(host.instance);
    assert_int_equal(unlink(copy), 0);
    host_store_in(&host, &store, &paths);
    assert_null(host_value(&store, "urn:gruff:model_file"));
    assert_non_null(host_value(&store, "urn:gruff:model_bytes"));
    host_store_free(&store);
    host_free(&host);
}

/* lilv's way, which Ardour and jalv go: a link to the file that was chosen, and the session's own file. */
static void test_lilv(void **state)
{
    Host host, other;
    char moved[600];
    (void)state;
    host_with_own(&host);
    host_save(&host, session);
    host_free(&host);
    assert_true(is_file_like(copy, kept));
    assert_int_equal(unlink(file), 0);
    snprintf(moved, sizeof moved, "%s/moved", folder);
    assert_int_equal(rename(session, moved), 0);
    host_new(&other, 1, RATE, HOST_WORKER_PUMPED);
    host_open(&other, moved);
    lilv_instance_activate(other.instance);
    run_silence(&other, 64);
    assert_says(other.status, "own.json is not there: this is the session's own copy");
    assert_plays(&other, kept);
    host_free(&other);
}

int main(void)
{
    stage_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_copy),
        cmocka_unit_test(test_folder_moves),
        cmocka_unit_test(test_copy_damaged_or_gone),
        cmocka_unit_test(test_links_are_safe),
        cmocka_unit_test(test_slots_and_shipped),
        cmocka_unit_test(test_lilv),
    };
    return cmocka_run_group_tests(tests, stage_set_up, stage_tear_down);
}
