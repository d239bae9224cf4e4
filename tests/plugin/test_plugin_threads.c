/* The plugin runs in one thread while the worker, sessions saved and sessions restored have theirs, as hosts
 * do it. Meant for the thread sanitizer too. */
#include "stage.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static atomic_int bells; /* rung by run, answered by the worker's thread */
static atomic_bool stop;
static atomic_int n_restored, n_saved, n_worked;

static LV2_Worker_Status ring(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data)
{
    (void)handle, (void)size, (void)data;
    if (atomic_load(&bells) >= 2) /* a very small queue */
        return LV2_WORKER_ERR_NO_SPACE;
    atomic_fetch_add(&bells, 1);
    return LV2_WORKER_SUCCESS;
}

static void *worker(void *data)
{
    Host *host = data;
    const uint32_t bell = 1;
    while (!atomic_load(&stop)) {
        if (atomic_load(&bells) > 0) {
            atomic_fetch_sub(&bells, 1);
            host->work->work(lilv_instance_get_handle(host->instance), NULL, NULL, sizeof bell, &bell);
            atomic_fetch_add(&n_worked, 1);
        }
        usleep(100);
    }
    return NULL;
}

static HostStore sessions[2];

static void *keeper(void *data)
{
    Host *host = data;
    while (!atomic_load(&stop)) {
        HostStore now = {0};
        host_restore_store(host, &sessions[atomic_fetch_add(&n_restored, 1) % 2]);
        usleep(2000);
        host_store(host, &now);
        host_store_free(&now);
        atomic_fetch_add(&n_saved, 1);
        usleep(2000);
    }
    return NULL;
}

static void play_while_they_work(Host *host)
{
    static float found[512];
    bool enough = false;
    for (uint32_t i = 0; i < 4000 || (!enough && i < 400000); i++) {
        enough =
            atomic_load(&n_worked) >= 20 && atomic_load(&n_restored) >= 20 && atomic_load(&n_saved) >= 20;
        uint32_t n = random_below(200);
        if (random_below(10) == 0)
            host_send_path(host, GRUFF_URI_MODEL, random_below(2) ? model_a : model_c);
        if (random_below(10) == 0)
            host_set(host, "slot", (float)random_below(5));
        if (random_below(50) == 0)
            host_set(host, "quality", (float)random_below(2));
        host_run(host, (float *[]){guitar + i % 20000}, (float *[]){found}, n);
        for (uint32_t t = 0; t < n; t++)
            assert_true(fabsf(found[t]) < 4);
        if (i % 8 == 0)
            usleep(200);
    }
}

static void test_threads(void **state)
{
    Host host;
    pthread_t works, keeps;
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    host_send_path(&host, GRUFF_URI_FOLDER, stage_models);
    host_wait(&host);
    host_store(&host, &sessions[0]);
    host_send_path(&host, GRUFF_URI_MODEL, model_b);
    host_wait(&host);
    host_store(&host, &sessions[1]);

    host.schedule.schedule_work = ring;
    assert_int_equal(pthread_create(&works, NULL, worker, &host), 0);
    assert_int_equal(pthread_create(&keeps, NULL, keeper, &host), 0);
    play_while_they_work(&host);
    atomic_store(&stop, true);
    pthread_join(works, NULL);
    pthread_join(keeps, NULL);
    print_message("%d times worked, %d restored, %d saved\n", atomic_load(&n_worked),
                  atomic_load(&n_restored), atomic_load(&n_saved));
    assert_true(atomic_load(&n_worked) >= 20 && atomic_load(&n_restored) >= 20 &&
                atomic_load(&n_saved) >= 20);

    host.schedule.schedule_work = host.pumped; /* and all is well afterwards */
    host_set(&host, "slot", 0);
    host_set(&host, "quality", 0);
    run_silence(&host, 8192);
    host_send_path(&host, GRUFF_URI_MODEL, model_c);
    run_silence(&host, 8192);
    host_pump(&host);
    run_silence(&host, 8192);
    assert_string_equal(host.model, model_c);
    assert_plays(&host, model_c);
    host_free(&host);
    host_store_free(&sessions[0]);
    host_store_free(&sessions[1]);
}

int main(void)
{
    stage_seed();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests(tests, stage_set_up, stage_tear_down);
}
