/* Lives of the plugin, one after another, for valgrind: made, played, models and slots changed, saved,
 * restored, freed. Usage: test_plugin_loop [LIVES] */
#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int n_lives = 30;

static void test_lives(void **state)
{
    (void)state;
    for (int life = 0; life < n_lives; life++) {
        Host host;
        HostStore store = {0};
        host_with_a(&host, HOST_WORKER_PUMPED);
        host_send_path(&host, GRUFF_URI_FOLDER, stage_models);
        host_wait(&host);
        host_set(&host, "slot", 2);
        host_wait(&host);
        host_store(&host, &store);
        host_send_path(&host, GRUFF_URI_MODEL, life % 2 ? "/not/there" : model_c);
        run_silence(&host, 512); /* freed while the worker has not been there yet, or has */
        if (life % 3)
            host_pump(&host);
        host_restore_store(&host, &store);
        run_silence(&host, 512);
        host_store_free(&store);
        host_free(&host);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1)
        n_lives = atoi(argv[1]);
    stage_seed();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lives)};
    return cmocka_run_group_tests(tests, stage_set_up, stage_tear_down);
}
