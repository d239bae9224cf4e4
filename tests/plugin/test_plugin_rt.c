/* The plugin's run() is fit for an audio thread, also while models change: no malloc and, in another child,
 * no system call at all. The load port is left unconnected under seccomp's strict mode, which forbids to read
 * the cycle counter; the malloc trap alone is run with it too. */
#include "../rt_guard.h"
#include "stage.h"

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Scene {
    Host *host;
    uint32_t slot, next, input, enabled;
    bool change; /* move controls and choose models while running */
} Scene;

static float left[8192], right[8192];

static void play_scene(void *data)
{
    Scene *scene = data;
    Host *host = scene->host;
    float *in[] = {guitar, guitar + 1000}, *out[] = {left, right};
    for (uint32_t block = 0; block < 60; block++) {
        if (scene->change)
            host_number(host, (int32_t)block); /* of the next message: it is answered */
        if (scene->change && block % 3 == 0)
            host_send_path(host, GRUFF_URI_MODEL, block % 2 ? model_b : "/not/there");
        if (scene->change && block % 5 == 0) {
            host_send_path(host, GRUFF_URI_FOLDER, stage_models);
            host_send_get(host, NULL);
        }
        if (scene->change) {
            host->control[scene->slot] = (float)(block % 7);
            host->control[scene->next] = (float)(block % 2);
            host->control[scene->input] = (float)(block % 20) - 10;
            host->control[scene->enabled] = block % 11 > 3;
        }
        host_run(host, in, out, block % 4 ? 64 + block : 0);
    }
}

static void prepare(Host *host, Scene *scene, uint32_t n_channels, double rate_hz, HostWorker worker)
{
    host_new(host, n_channels, rate_hz, worker);
    lilv_instance_activate(host->instance);
    *scene = (Scene){host,
                     host_port(host, "slot"),
                     host_port(host, "next"),
                     host_port(host, "input"),
                     host_port(host, "enabled"),
                     false};
    for (const char *const *uri = (const char *const[]){"/not/there", "urn:gruff:model", NULL}; *uri; uri++)
        host_urid(*uri);
    run_silence(host, 64);
    host_send_path(host, GRUFF_URI_MODEL, model_a);
    host_send_get(host, GRUFF_URI_STATUS);
    run_silence(host, 64);
    host_wait(host);
}

static void assert_fit(Scene *scene)
{
    const char *what = "";
    if (!rt_guard(play_scene, scene, &what)) {
        print_error("%s\n", what);
        fail();
    }
}

static void test_run_is_fit(void **state)
{
    static const double rates[] = {48000, 44100, 96000};
    (void)state;
    for (int r = 0; r < 3; r++)
        for (uint32_t n_channels = 1; n_channels <= 2; n_channels++) {
            Host host;
            Scene scene;
            prepare(&host, &scene, n_channels, rates[r], HOST_WORKER_PUMPED);
            lilv_instance_connect_port(host.instance, host_port(&host, "load"), NULL);
            assert_fit(&scene);
            /* a new model waits: it is taken, faded to, and the old one given back, all in the guarded child
             */
            host_send_path(&host, GRUFF_URI_MODEL, model_b);
            run_silence(&host, 64);
            host_pump(&host);
            assert_fit(&scene);
            scene.change = true;
            assert_fit(&scene);
            host.worker = HOST_WORKER_REFUSES;
            assert_fit(&scene);
            host_free(&host);
        }
}

static void test_run_without_a_worker_is_fit(void **state)
{
    Host host;
    Scene scene;
    (void)state;
    prepare(&host, &scene, 1, 48000, HOST_WORKER_NONE);
    lilv_instance_connect_port(host.instance, host_port(&host, "load"), NULL);
    scene.change = true;
    assert_fit(&scene);
    host_free(&host);
}

static void test_load_gauge_does_not_allocate(void **state)
{
    Host host;
    Scene scene;
    (void)state;
    prepare(&host, &scene, 2, 48000, HOST_WORKER_PUMPED);
    scene.change = true;
    rt_guard_enter();
    play_scene(&scene);
    assert_int_equal(rt_guard_leave(), 0);
    host_free(&host);
}

/* The worker must not be fit, or the proof proves nothing. */
static void test_the_proof_can_fail(void **state)
{
    Host host;
    Scene scene;
    const char *what = "";
    (void)state;
    prepare(&host, &scene, 1, 48000, HOST_WORKER_DIRECT);
    lilv_instance_connect_port(host.instance, host_port(&host, "load"), NULL);
    scene.change = true;
    assert_false(rt_guard(play_scene, &scene, &what));
    host_free(&host);
}

int main(void)
{
    const char *why;
    if (!rt_guard_works(&why)) {
        printf("SKIPPED: %s\n", why);
        return 77;
    }
    stage_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_is_fit),
        cmocka_unit_test(test_run_without_a_worker_is_fit),
        cmocka_unit_test(test_load_gauge_does_not_allocate),
        cmocka_unit_test(test_the_proof_can_fail),
    };
    return cmocka_run_group_tests(tests, stage_set_up, stage_tear_down);
}
