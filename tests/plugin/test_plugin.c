/* The plugin in a host of our own: ports and sound. */
#include "stage.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- ports ---- */

static void check_range(const Host *host, const LilvPort *port, const Port *row)
{
    LilvNode *standard, *least, *most;
    lilv_port_get_range(host->plugin, port, &standard, &least, &most);
    assert_float_equal(lilv_node_as_float(standard), row->standard, 0);
    assert_float_equal(lilv_node_as_float(least), row->least, 0);
    assert_float_equal(lilv_node_as_float(most), row->most, 0);
    lilv_node_free(standard);
    lilv_node_free(least);
    lilv_node_free(most);
}

static bool is_a(const Host *host, const LilvPort *port, const char *uri)
{
    LilvNode *node = lilv_new_uri(host->world, uri);
    bool yes = lilv_port_is_a(host->plugin, port, node);
    lilv_node_free(node);
    return yes;
}

static void test_ports_are_the_table(void **state)
{
    (void)state;
    for (uint32_t n_channels = 1; n_channels <= 2; n_channels++) {
        Host host;
        host_new(&host, n_channels, RATE, HOST_WORKER_PUMPED);
        assert_int_equal(host.n_ports, 2 * n_channels + N_PORTS);
        for (uint32_t i = 0; i < host.n_ports; i++) {
            const LilvPort *port = lilv_plugin_get_port_by_index(host.plugin, i);
            const char *symbol = lilv_node_as_string(lilv_port_get_symbol(host.plugin, port));
            const Port *row = i < 2 * n_channels ? NULL : &gruff_ports[i - 2 * n_channels];
            bool in = row ? row->kind != KIND_REPORT && row->kind != KIND_MESSAGES_OUT : i < n_channels;
            bool messages = row && (row->kind == KIND_MESSAGES_IN || row->kind == KIND_MESSAGES_OUT);
            static const char *const audio[2][4] = {{"in", "out"},
                                                    {"in_left", "in_right", "out_left", "out_right"}};
            assert_string_equal(symbol, row ? row->symbol : audio[n_channels - 1][i]);
            assert_true(is_a(&host, port, in ? LV2_CORE__InputPort : LV2_CORE__OutputPort));
            assert_true(is_a(&host, port,
                             !row       ? LV2_CORE__AudioPort
                             : messages ? LV2_ATOM__AtomPort
                                        : LV2_CORE__ControlPort));
            if (row && !messages)
                check_range(&host, port, row);
        }
        assert_true(lilv_plugin_has_latency(host.plugin));
        host_free(&host);
    }
}

static void test_ranges_are_the_engines(void **state)
{
    (void)state;
    static const struct {
        int row;
        GruffControl control;
    } pairs[] = {{PORT_ENABLED, GRUFF_CONTROL_ENABLED},        {PORT_INPUT, GRUFF_CONTROL_INPUT_DB},
                 {PORT_OUTPUT, GRUFF_CONTROL_OUTPUT_DB},       {PORT_BASS, GRUFF_CONTROL_BASS_DB},
                 {PORT_MIDDLE, GRUFF_CONTROL_MIDDLE_DB},       {PORT_TREBLE, GRUFF_CONTROL_TREBLE_DB},
                 {PORT_PRESENCE, GRUFF_CONTROL_PRESENCE_DB},   {PORT_KNOB_1, GRUFF_CONTROL_KNOB_1},
                 {PORT_KNOB_2, GRUFF_CONTROL_KNOB_2},          {PORT_MATCH, GRUFF_CONTROL_MATCH},
                 {PORT_CALIBRATE, GRUFF_CONTROL_CALIBRATE_DBU}};
    assert_int_equal(sizeof pairs / sizeof pairs[0], GRUFF_N_CONTROLS);
    for (int i = 0; i < GRUFF_N_CONTROLS; i++) {
        const GruffControlRange *range = gruff_control_range(pairs[i].control);
        assert_float_equal(gruff_ports[pairs[i].row].least, range->min, 0);
        assert_float_equal(gruff_ports[pairs[i].row].most, range->max, 0);
        assert_float_equal(gruff_ports[pairs[i].row].standard, range->standard, 0);
    }
}

/* ---- sound ---- */

static void test_plays_out_of_the_box(void **state)
{
    Host host;
    (void)state;
    host_new(&host, 1, RATE, HOST_WORKER_PUMPED);
    lilv_instance_activate(host.instance);
    run_silence(&host, 64);
    assert_says(host.model, "gruff.lv2/models/");
    assert_says(host.status, "Playing ");
    assert_says(host.folder, "gruff.lv2/models");
    char path[HOST_TEXT];
    memcpy(path, host.model, sizeof path);
    assert_plays(&host, path);
    host_free(&host);
}

static void test_stereo_is_two_monos(void **state)
{
    static float in[2][T], found[2][T], expected[2][T];
    Host host;
    (void)state;
    host_new(&host, 2, RATE, HOST_WORKER_DIRECT);
    host_send_path(&host, GRUFF_URI_MODEL, model_b);
    for (uint32_t t = 0; t < T; t++) {
        in[0][t] = guitar[t];
        in[1][t] = -0.5f * guitar[T - 1 - t];
    }
    for (uint32_t c = 0; c < 2; c++) {
        const float *one_in[] = {in[c]};
        float *one_out[] = {expected[c]};
        engine_plays(model_b, RATE, 1, one_in, one_out, T);
    }
    lilv_instance_activate(host.instance);
    for (uint32_t t = 0; t < T;) {
        uint32_t n = random_below(300);
        n = n < T - t ? n : T - t;
        host_run(&host, (float *[]){in[0] + t, in[1] + t}, (float *[]){found[0] + t, found[1] + t}, n);
        t += n;
    }
    assert_float_equal(largest_difference(found[0], expected[0], T), 0, 0);
    assert_float_equal(largest_difference(found[1], expected[1], T), 0, 0);
    host_free(&host);
}

/* Every way in which the four buffers of stereo can lie on each other. */
static void test_in_place(void **state)
{
    enum { N = 1000 };
    static float buffer[4][N], expected[2][N];
    (void)state;
    static const int ways[][4] = {{0, 1, 0, 1}, {0, 1, 1, 0}, {0, 1, 1, 2},
                                  {0, 1, 2, 0}, {0, 0, 0, 1}, {0, 0, 1, 0}};
    for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
        const int *w = ways[way];
        Host host;
        host_new(&host, 2, RATE, HOST_WORKER_DIRECT);
        host_send_path(&host, GRUFF_URI_MODEL, model_a);
        for (uint32_t t = 0; t < N; t++) {
            buffer[0][t] = guitar[t];
            buffer[1][t] = guitar[t + 300];
        }
        const float *in[] = {buffer[w[0]], buffer[w[1]]};
        float *out[] = {expected[0], expected[1]};
        engine_plays(model_a, RATE, 2, in, out, N);
        lilv_instance_activate(host.instance);
        host_run(&host, (float *[]){buffer[w[0]], buffer[w[1]]}, (float *[]){buffer[w[2]], buffer[w[3]]}, N);
        assert_float_equal(largest_difference(buffer[w[2]], expected[0], N), 0, 0);
        assert_float_equal(largest_difference(buffer[w[3]], expected[1], N), 0, 0);
        host_free(&host);
    }
}

static void test_absurd_controls(void **state)
{
    static float found[T];
    static const float absurd[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 1e-42f, -0.0f};
    Host host;
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    for (int round = 0; round < 40; round++) {
        float *in[] = {guitar + 200 * round}, *out[] = {found};
        for (uint32_t i = 4; i < host.n_ports; i++)
            host.control[i] = absurd[random_below(7)];
        host_run(&host, in, out, 200);
        host_pump(&host);
        for (uint32_t t = 0; t < 200; t++)
            assert_true(isfinite(found[t]));
        for (uint32_t row = 0; row < N_PORTS; row++)
            if (gruff_ports[row].kind == KIND_REPORT)
                assert_in_range(1000 + (int)host.control[2 + row], 1000 + (int)gruff_ports[row].least,
                                1000 + (int)gruff_ports[row].most);
    }
    for (uint32_t row = 0; row < N_PORTS; row++)
        host.control[2 + row] = gruff_ports[row].standard;
    run_silence(&host, 8192);
    host_send_path(&host, GRUFF_URI_MODEL, model_a);
    host_wait(&host);
    assert_plays(&host, model_a);
    host_free(&host);
}

static void test_gauges(void **state)
{
    static float found[4096];
    Host host;
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    for (uint32_t t = 0; t + 256 <= 4096; t += 256)
        host_run(&host, (float *[]){guitar + t}, (float *[]){found + t}, 256);
    assert_float_equal(host_get(&host, "input_peak"), 20 * log10f(peak(guitar, 4096)), 2);
    assert_true(host_get(&host, "output_peak") > -60);
    assert_true(host_get(&host, "load") > 0);
    assert_float_equal(host_get(&host, "latency"), 0, 0);
    for (int i = 0; i < 1000; i++)
        run_silence(&host, 480);
    assert_float_equal(host_get(&host, "input_peak"), -90, 0);
    host_free(&host);
    host_new(&host, 1, 44100, HOST_WORKER_DIRECT);
    lilv_instance_activate(host.instance);
    host_send_path(&host, GRUFF_URI_MODEL, model_a);
    run_silence(&host, 64);
    assert_in_range((int)host_get(&host, "latency"), 1, 64);
    host_free(&host);
}

static void test_bypass_is_exact(void **state)
{
    static float found[T];
    Host host;
    (void)state;
    host_with_a(&host, HOST_WORKER_PUMPED);
    host_set(&host, "enabled", 0);
    run_silence(&host, 4800);
    host_run(&host, (float *[]){guitar}, (float *[]){found}, T);
    assert_memory_equal(found, guitar, sizeof found);
    host_free(&host);
}

int main(void)
{
    stage_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ports_are_the_table),
        cmocka_unit_test(test_ranges_are_the_engines),
        cmocka_unit_test(test_plays_out_of_the_box),
        cmocka_unit_test(test_stereo_is_two_monos),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_absurd_controls),
        cmocka_unit_test(test_gauges),
        cmocka_unit_test(test_bypass_is_exact),
    };
    return cmocka_run_group_tests(tests, stage_set_up, stage_tear_down);
}
