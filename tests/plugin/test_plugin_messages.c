/* The plugin in a host of our own: choosing models, failures, and workers good and bad. */
#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* ---- messages ---- */

static void test_get(void **state)
{
    Host host;
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    int n_model = host.n_model, n_folder = host.n_folder, n_status = host.n_status;
    run_silence(&host, 64);
    assert_int_equal(host.n_model, n_model);
    host_send_get(&host, NULL);
    run_silence(&host, 64);
    assert_int_equal(host.n_model, n_model + 1);
    assert_int_equal(host.n_folder, n_folder + 1);
    assert_int_equal(host.n_status, n_status + 1);
    host_send_get(&host, GRUFF_URI_STATUS);
    host_send_get(&host, "urn:someone:else");
    run_silence(&host, 0); /* without frames too */
    assert_int_equal(host.n_model, n_model + 1);
    assert_int_equal(host.n_status, n_status + 2);
    assert_says(host.status, "Playing Anna");
    host_free(&host);
}

static void test_set(void **state)
{
    Host host;
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    assert_plays(&host, model_a);
    host_send_path(&host, GRUFF_URI_MODEL, model_b);
    host_wait(&host);
    assert_string_equal(host.model, model_b);
    assert_says(host.status, "Playing Bert.");
    assert_plays(&host, model_b);
    host_free(&host);
}

static void refuses(Host *host, const char *path, const char *why)
{
    host_log[0] = '\0';
    host->model[0] = '\0';
    host_send_path(host, GRUFF_URI_MODEL, path);
    host_wait(host);
    assert_string_equal(host->model, model_a); /* what really plays */
    assert_says(host->status, why);
    assert_says(host->status, "still playing Anna");
    assert_says(host_log, why);
}

static void test_failures_are_told(void **state)
{
    char bad[512], path[600], long_path[5000];
    Host host;
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    new_folder(bad);
    refuses(&host, bad, "not a file");
    refuses(&host, "/no/such/file.json", "No such file");
    refuses(&host, "some/where.json", "whole path");
    refuses(&host, "nosuchname.json", "No such file");
    refuses(&host, "/dev/zero", "not a file");
    snprintf(path, sizeof path, "%s/bad.json", bad);
    write_text(path, "{\"layers\": 1}");
    refuses(&host, path, "bad.json");
    write_text(path, "");
    refuses(&host, path, "bad.json");
    snprintf(path, sizeof path, "%s/pipe.json", bad);
    assert_int_equal(mkfifo(path, 0666), 0);
    refuses(&host, path, "not a file");
    assert_plays(&host, model_a);

    memset(long_path, 'x', sizeof long_path);
    long_path[0] = '/';
    long_path[sizeof long_path - 1] = '\0';
    int n_status = host.n_status;
    host_send_path(&host, GRUFF_URI_MODEL, long_path);
    run_silence(&host, 64);
    assert_int_equal(host.n_status, n_status + 1);
    assert_says(host.status, "too long");
    host_send_set(&host, GRUFF_URI_MODEL, LV2_ATOM__Int, &n_status, sizeof n_status);
    run_silence(&host, 64);
    assert_says(host.status, "atom:Path");
    host_send_set(&host, GRUFF_URI_MODEL, LV2_ATOM__Path, "", 1);
    run_silence(&host, 64);
    assert_says(host.status, "empty");
    host_send_set(&host, GRUFF_URI_STATUS, LV2_ATOM__String, "Playing a tune", 15); /* not writable */
    host_send_set(&host, GRUFF_URI_MODEL, LV2_ATOM__Path, model_a,
                  (uint32_t)strlen(model_a)); /* without its NUL */
    host_wait(&host);
    assert_string_equal(host.model, model_a);
    assert_says(host.status, "Playing Anna.");
    assert_plays(&host, model_a);
    host_free(&host);
}

static void test_small_notify_port(void **state)
{
    Host host;
    (void)state;
    host_new(&host, 1, RATE, HOST_WORKER_PUMPED);
    lilv_instance_activate(host.instance);
    for (uint32_t capacity = 0; capacity < 300; capacity += 7) {
        host.from_capacity = capacity;
        run_silence(&host, 16);
    }
    assert_int_equal(host.n_model, 0);
    host.from_capacity = 700; /* one message at a time */
    for (int i = 0; i < 3; i++)
        run_silence(&host, 16);
    assert_int_equal(host.n_model, 1);
    assert_int_equal(host.n_folder, 1);
    host.from_capacity = 4096;
    run_silence(&host, 16);
    assert_int_equal(host.n_status, 1);
    host_free(&host);
}

static void answers(Host *host, int32_t ack, int32_t error)
{
    int n_expected = (ack != 0) + (error != 0);
    host->ack = host->error = host->n_answers = 0;
    run_silence(host, 64);
    host_pump(host);
    for (int i = 0; i < 3; i++)
        run_silence(host, 64);
    assert_int_equal(host->n_answers, n_expected);
    assert_int_equal(host->ack, ack);
    assert_int_equal(host->error, error);
}

static void test_requests_are_answered(void **state)
{
    Host host;
    const int32_t one = 1;
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    host_send_path(&host, GRUFF_URI_MODEL, model_b);
    answers(&host, 0, 0); /* no number, no answer */
    host_number(&host, 7);
    host_send_path(&host, GRUFF_URI_MODEL, model_a);
    answers(&host, 7, 0);
    assert_string_equal(host.model, model_a);
    host_number(&host, 8);
    host_send_path(&host, GRUFF_URI_MODEL, "/not/there");
    answers(&host, 0, 8);
    host_number(&host, 9);
    host_send_path(&host, GRUFF_URI_MODEL, model_b);
    host_number(&host, 10); /* it takes the other's place */
    host_send_path(&host, GRUFF_URI_MODEL, model_c);
    answers(&host, 10, 9);
    host_number(&host, 11);
    host_send_path(&host, GRUFF_URI_FOLDER, stage_models);
    answers(&host, 11, 0);
    host_number(&host, 12);
    host_send_path(&host, GRUFF_URI_FOLDER, "/not/there");
    answers(&host, 0, 12);
    host_number(&host, 13);
    host_send_set(&host, GRUFF_URI_MODEL, LV2_ATOM__Int, &one, sizeof one);
    answers(&host, 0, 13);
    host_number(&host, 14);
    host_send_get(&host, GRUFF_URI_STATUS);
    answers(&host, 14, 0);
    host_number(&host, 15);
    host_send_get(&host, "urn:someone:else");
    answers(&host, 0, 15);
    for (int32_t i = 100; i < 150; i++) { /* nobody reads: the last ones are kept */
        host.from_capacity = 8;
        host_number(&host, i);
        host_send_path(&host, GRUFF_URI_MODEL, model_b);
        run_silence(&host, 64);
    }
    host.from_capacity = 4096;
    host.n_answers = 0;
    host_pump(&host);
    for (int i = 0; i < 3; i++)
        run_silence(&host, 64);
    assert_int_equal(host.n_answers, 16);
    assert_int_equal(host.ack, 149);
    host_free(&host);
    host_new(&host, 1, RATE, HOST_WORKER_NONE);
    lilv_instance_activate(host.instance);
    run_silence(&host, 64);
    host_number(&host, 16);
    host_send_path(&host, GRUFF_URI_MODEL, model_b);
    answers(&host, 0, 16);
    host_free(&host);
}

static void changes(Host *host, int n_expected)
{
    host->n_changed = 0;
    run_silence(host, 64);
    host_pump(host);
    for (int i = 0; i < 3; i++)
        run_silence(host, 64);
    assert_int_equal(host->n_changed, n_expected);
}

/* What a session would save has changed. */
static void test_changes_are_told(void **state)
{
    Host host;
    HostStore store = {0};
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    changes(&host, 0);
    host_send_path(&host, GRUFF_URI_MODEL, model_a); /* as it was */
    changes(&host, 0);
    host_send_path(&host, GRUFF_URI_MODEL, model_b);
    changes(&host, 1);
    host_send_path(&host, GRUFF_URI_MODEL, "/not/there");
    changes(&host, 0);
    host_send_path(&host, GRUFF_URI_FOLDER, stage_models);
    changes(&host, 1);
    host_store(&host, &store);
    host_set(&host, "slot", 3);
    changes(&host, 1);
    host_set(&host, "slot", 99);
    changes(&host, 0);
    host_set(&host, "slot", 0);
    changes(&host, 1);
    host_set(&host, "quality", 1);
    changes(&host, 0);
    host_send_path(&host, GRUFF_URI_MODEL, model_a);
    changes(&host, 1);
    host_restore_store(&host, &store); /* the host knows */
    changes(&host, 0);
    assert_string_equal(host.model, model_b);
    host_store_free(&store);
    host_free(&host);
}

/* ---- worker ---- */

static void test_rapid_changes(void **state)
{
    Host host;
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    int n_model = host.n_model;
    for (int i = 0; i < 400; i++) {
        host_send_path(&host, GRUFF_URI_MODEL, i % 2 ? model_c : model_b);
        run_silence(&host, random_below(50));
        if (i % 37 == 0)
            host_pump(&host);
    }
    host_wait(&host);
    assert_true(host.n_model < n_model + 20); /* only the newest wish counts */
    assert_string_equal(host.model, model_c);
    assert_plays(&host, model_c);
    host_free(&host);
}

static void test_queue_full_then_not(void **state)
{
    Host host;
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    host.worker = HOST_WORKER_REFUSES;
    host_send_path(&host, GRUFF_URI_MODEL, model_b);
    for (int i = 0; i < 50; i++)
        run_silence(&host, 64);
    assert_string_equal(host.model, model_a);
    host.worker = HOST_WORKER_PUMPED;
    host_wait(&host);
    assert_string_equal(host.model, model_b);
    assert_plays(&host, model_b);
    host_free(&host);
}

static void test_no_worker(void **state)
{
    Host host;
    (void)state;
    host_new(&host, 1, RATE, HOST_WORKER_NONE);
    lilv_instance_activate(host.instance);
    run_silence(&host, 64);
    char standard[HOST_TEXT];
    memcpy(standard, host.model, sizeof standard);
    host_send_path(&host, GRUFF_URI_MODEL, model_b);
    run_silence(&host, 64);
    assert_says(host.status, "no worker");
    assert_string_equal(host.model, standard);
    assert_plays(&host, standard);
    host_set(&host, "freewheel", 1); /* offline there is time */
    run_silence(&host, 64);
    assert_string_equal(host.model, standard); /* what was refused does not come back */
    host_send_path(&host, GRUFF_URI_MODEL, model_b);
    run_silence(&host, 64);
    assert_string_equal(host.model, model_b);
    assert_plays(&host, model_b);
    host_free(&host);
}

/* What the ports say is done as soon as it can be, without any message. */
static void test_no_worker_ports(void **state)
{
    Host host;
    (void)state;
    host_new(&host, 1, 96000, HOST_WORKER_NONE);
    lilv_instance_activate(host.instance);
    run_silence(&host, 64);
    float converted = host_get(&host, "latency");
    assert_true(converted > 0);
    host_set(&host, "quality", 1);
    host_set(&host, "slot", 2);
    for (int i = 0; i < 5; i++)
        run_silence(&host, 64);
    assert_float_equal(host_get(&host, "latency"), converted, 0);
    assert_says(host.status, "no worker");
    assert_int_equal(host.n_status, 2); /* told once */
    host_set(&host, "freewheel", 1);
    run_silence(&host, 64);
    run_silence(&host, 8192);
    assert_float_equal(host_get(&host, "latency"), 0, 0);
    assert_float_equal(host_get(&host, "playing"), 2, 0);
    host_set(&host, "freewheel", 0);
    host_set(&host, "quality", 0);
    host_set(&host, "slot", 1);
    run_silence(&host, 64);
    assert_float_equal(host_get(&host, "playing"), 2, 0);
    lilv_instance_deactivate(host.instance); /* before the first sound there is time */
    lilv_instance_activate(host.instance);
    run_silence(&host, 64);
    assert_float_equal(host_get(&host, "latency"), converted, 0);
    assert_float_equal(host_get(&host, "playing"), 1, 0);
    assert_says(host.status, "Playing ");
    host_free(&host);
}

/* A session that was restored in between is not left for what was refused before it. */
static void test_no_worker_restore(void **state)
{
    Host host;
    HostStore store = {0};
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    host_store(&host, &store);
    host_free(&host);
    host_new(&host, 1, RATE, HOST_WORKER_NONE);
    lilv_instance_activate(host.instance);
    run_silence(&host, 64);
    host_set(&host, "slot", 2);
    run_silence(&host, 64);
    assert_says(host.status, "no worker");
    host_restore_store(&host, &store);
    run_silence(&host, 64);
    assert_string_equal(host.model, model_a);
    host_set(&host, "freewheel", 1);
    run_silence(&host, 64);
    run_silence(&host, 64);
    assert_string_equal(host.model, model_a);
    assert_plays(&host, model_a);
    host_store_free(&store);
    host_free(&host);
}

static void test_no_features(void **state)
{
    static float found[T], expected[T];
    const float *in[] = {guitar};
    float *out[] = {expected};
    char path[HOST_TEXT];
    Host host;
    (void)state;
    host_new(&host, 1, RATE, HOST_WORKER_PUMPED);
    lilv_instance_activate(host.instance);
    run_silence(&host, 0);
    snprintf(path, sizeof path, "%s", host.model);
    host_free(&host);
    host_new_bare(&host, 1, RATE);
    engine_plays(path, RATE, 1, in, out, T);
    plugin_plays(&host, found);
    assert_float_equal(largest_difference(found, expected, T), 0, 0);
    host_free(&host);
}

static void test_immediate_offline(void **state)
{
    static float expected[T], found[T];
    const float *in[] = {guitar};
    float *out[] = {expected};
    Host host;
    (void)state;
    host_new(&host, 1, RATE, HOST_WORKER_PUMPED); /* the worker sleeps: the freewheel port does it */
    host_set(&host, "freewheel", 1);
    host_send_path(&host, GRUFF_URI_MODEL, model_c);
    lilv_instance_activate(host.instance);
    host_run(&host, (float *[]){guitar}, (float *[]){found}, T);
    engine_plays(model_c, RATE, 1, in, out, T);
    assert_float_equal(largest_difference(expected, found, T), 0, 0);
    host_free(&host);
}

int main(void)
{
    stage_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_failures_are_told),
        cmocka_unit_test(test_small_notify_port),
        cmocka_unit_test(test_requests_are_answered),
        cmocka_unit_test(test_changes_are_told),
        cmocka_unit_test(test_rapid_changes),
        cmocka_unit_test(test_queue_full_then_not),
        cmocka_unit_test(test_no_worker),
        cmocka_unit_test(test_no_worker_ports),
        cmocka_unit_test(test_no_worker_restore),
        cmocka_unit_test(test_no_features),
        cmocka_unit_test(test_immediate_offline),
    };
    return cmocka_run_group_tests(tests, stage_set_up, stage_tear_down);
}
