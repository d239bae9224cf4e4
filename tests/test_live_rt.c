/* The audio threads of gruff live and gruff capture keep the RT promise: PortAudio's callback is called as
 * PortAudio calls it, with recording on and models, trims and bypass changing, and no malloc, lock or system
 * call happens. And what they count, record and put out is right. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <portaudio.h>
#include <sndfile.h>

#include "audio/audio_stream.h"
#include "audio/ring.h"
#include "capture/tape.h"
#include "little_models.h"
#include "live/player.h"
#include "rt_guard.h"

enum { N = 512, N_BLOCKS = 300, N_NETS = 3 };

typedef struct Scene {
    AudioStream *stream;
    Player player;
    GruffNet *net[N_NETS];
} Scene;

static float sound[8][N];

/* Two inputs of three, three outputs of four. */
static AudioChoice choice_of(uint32_t n_inputs)
{
    AudioChoice choice = {.rate_hz = 48000};
    choice.input = (AudioSide){.n_channels = n_inputs, .channel = {2, 0}};
    choice.output = (AudioSide){.n_channels = 3, .channel = {3, 0, 1}};
    return choice;
}

static void play_blocks(void *data)
{
    Scene *scene = data;
    const float *in[3] = {sound[0], sound[1], sound[2]};
    float *out[4] = {sound[4], sound[5], sound[6], sound[7]};
    for (uint32_t i = 0; i < N_BLOCKS; i++) {
        if (i % 100 == 10)
            gruff_engine_offer(scene->player.engine, scene->net[i / 100]);
        gruff_engine_collect(scene->player.engine);
        player_set(&scene->player, GRUFF_CONTROL_ENABLED, i % 40 < 30);
        player_set(&scene->player, GRUFF_CONTROL_OUTPUT_DB, (float)(i % 20) - 10);
        audio_stream_process(scene->stream, in, out, i % 7 == 0 ? 1 + i % N : N,
                             i % 11 ? 0 : paInputOverflow);
        if (i % 5 == 0)
            player_levels(&scene->player);
    }
}

static void guard(void (*body)(void *), void *data)
{
    const char *what;
    if (!rt_guard_works(&what)) {
        printf("not proved: %s\n", what);
        return;
    }
    if (!rt_guard(body, data, &what))
        fail_msg("%s", what);
}

static void the_callback_of_live_is_real_time(void **state)
{
    (void)state;
    for (uint32_t n_inputs = 1; n_inputs <= 2; n_inputs++) {
        char folder[] = "/tmp/gruff-live-rt-XXXXXX", path[64];
        assert_non_null(mkdtemp(folder));
        snprintf(path, sizeof path, "%s/take.wav", folder);
        AudioChoice choice = choice_of(n_inputs);
        Scene scene = {0};
        GruffEngine *engine;
        assert_int_equal(gruff_engine_new(48000, n_inputs, NULL, &engine), GRUFF_OK);
        for (int i = 0; i < N_NETS; i++)
            scene.net[i] =
                little_net(little_gru(i == 1 ? 44100 : 48000, 12, 1), 48000, n_inputs, GRUFF_QUALITY_NORMAL);
        Recorder *recorder = recorder_new(48000, n_inputs);
        assert_non_null(recorder);
        assert_int_equal(recorder_start(recorder, path), 0);
        player_init(&scene.player, engine, recorder, n_inputs, 3);
        scene.stream = audio_stream_new(&choice, player_run, &scene.player);
        guard(play_blocks, &scene);
        recorder_free(recorder);
        unlink(path);
        snprintf(path, sizeof path, "%s/take-dry.wav", folder);
        unlink(path);
        rmdir(folder);
        audio_stream_free(scene.stream);
        gruff_engine_free(engine);
        for (int i = 0; i < N_NETS; i++)
            gruff_net_free(scene.net[i]); /* the child offered them, not this process */
    }
}

/* As a server does that does not wait for a late block: what came in is written over while it is played. */
static void the_dry_recording_is_what_was_heard(void **state)
{
    (void)state;
    char folder[] = "/tmp/gruff-live-dry-XXXXXX", wet_path[64], dry_path[64];
    static float block[2][N], dry[2 * N];
    float *both[2] = {block[0], block[1]};
    Player player;
    GruffEngine *engine;
    SF_INFO info = {0};
    assert_non_null(mkdtemp(folder));
    snprintf(wet_path, sizeof wet_path, "%s/take.wav", folder);
    snprintf(dry_path, sizeof dry_path, "%s/take-dry.wav", folder);
    assert_int_equal(gruff_engine_new(48000, 2, NULL, &engine), GRUFF_OK);
    Recorder *recorder = recorder_new(48000, 2);
    assert_int_equal(recorder_start(recorder, wet_path), 0);
    player_init(&player, engine, recorder, 2, 2);
    GruffNet *net = little_net(little_gru(48000, 12, 1), 48000, 2, GRUFF_QUALITY_NORMAL);
    gruff_engine_offer(engine, net);
    memcpy(block, sound, sizeof block);
    player_run(&player, (const float *const *)both, both, N, false);
    recorder_free(recorder);
    SNDFILE *file = sf_open(dry_path, SFM_READ, &info);
    assert_non_null(file);
    assert_int_equal(sf_readf_float(file, dry, N), N);
    sf_close(file);
    for (int t = 0; t < N; t++)
        assert_true(dry[2 * t] == sound[0][t] && dry[2 * t + 1] == sound[1][t]);
    assert_true(block[0][N - 1] != sound[0][N - 1]);
    unlink(wet_path);
    unlink(dry_path);
    rmdir(folder);
    gruff_engine_free(engine);
}

static void roll(void *data)
{
    const float *in[3] = {sound[0], sound[1], sound[2]};
    float *out[4] = {sound[4], sound[5], sound[6], sound[7]};
    for (uint32_t i = 0; i < 40; i++)
        audio_stream_process(data, in, out, N - i, i == 3 ? paOutputUnderflow : 0);
}

static void the_callback_of_capture_is_real_time_and_exact(void **state)
{
    (void)state;
    enum { N_PLAY = 3000, N_RECORD = 5000 };
    static float play[N_PLAY], record[N_RECORD];
    AudioChoice choice = choice_of(1);
    Tape tape = {.n_outputs = 3};
    AudioStream *stream = audio_stream_new(&choice, tape_run, &tape);
    for (int t = 0; t < N_PLAY; t++)
        play[t] = (float)(t + 1);
    tape_start(&tape, play, N_PLAY, record, N_RECORD);
    guard(roll, stream);
    const float *in[3] = {sound[0], sound[1], sound[2]};
    float *out[4] = {sound[4], sound[5], sound[6], sound[7]};
    for (uint32_t from = 0, n; from < N_RECORD + 300; from += n) {
        n = from % 3 ? 100 : 101;
        for (uint32_t t = 0; t < n; t++)
            sound[2][t] = -(float)(from + t);
        for (int c = 4; c < 8; c++)
            sound[c][0] = 99;
        audio_stream_process(stream, in, out, n, from == 402 || from == 503 ? paInputOverflow : 0);
        for (uint32_t t = 0; t < n; t++) {
            float expected = from + t < N_PLAY ? (float)(from + t + 1) : 0;
            assert_true(sound[7][t] == expected && sound[4][t] == expected && sound[5][t] == expected);
            assert_true(sound[6][t] == 0); /* not chosen */
        }
    }
    for (int t = 0; t < N_RECORD; t++)
        assert_true(record[t] == -(float)t);
    assert_int_equal(atomic_load(&tape.at), N_RECORD);
    assert_int_equal(atomic_load(&tape.n_gaps), 2);
    assert_int_equal(atomic_load(&tape.gap), 402);
    assert_true(tape_peak(&tape) == N_RECORD - 1);
    assert_int_equal(audio_stream_faults(stream).input_overflows, atomic_load(&tape.n_gaps));
    audio_stream_free(stream);
}

static void every_fault_is_counted_apart(void **state)
{
    (void)state;
    AudioChoice choice = choice_of(1);
    Tape tape = {.n_outputs = 3};
    AudioStream *stream = audio_stream_new(&choice, tape_run, &tape);
    const float *in[3] = {sound[0], sound[1], sound[2]};
    float *out[4] = {sound[4], sound[5], sound[6], sound[7]};
    static const unsigned long flags[] = {paInputOverflow,
                                          paInputUnderflow,
                                          paInputUnderflow,
                                          paOutputOverflow,
                                          paOutputUnderflow | paInputOverflow,
                                          0,
                                          paPrimingOutput};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        audio_stream_process(stream, in, out, 10 + (uint32_t)i, flags[i]);
    AudioFaults faults = audio_stream_faults(stream);
    assert_int_equal(faults.input_overflows, 2);
    assert_int_equal(faults.input_underflows, 2);
    assert_int_equal(faults.output_overflows, 1);
    assert_int_equal(faults.output_underflows, 1);
    assert_int_equal(audio_stream_block(stream), 16);
    assert_int_equal(audio_stream_frames(stream), 10 + 11 + 12 + 13 + 14 + 15 + 16);
    audio_stream_free(stream);
}

static void a_full_ring_loses_whole_frames(void **state)
{
    (void)state;
    Ring ring;
    float frame[3] = {0}, back[64];
    assert_true(ring_new(&ring, 50)); /* 64 */
    uint32_t n_in = 0, n_out = 0, put = 0;
    for (int round = 0; round < 5000; round++) {
        for (int i = 0; i < round % 40; i++) {
            frame[0] = frame[1] = frame[2] = (float)(put % 4096);
            if (ring_put(&ring, frame, 3))
                n_in++, put++;
        }
        assert_true(ring_waiting(&ring) <= 64 && ring_waiting(&ring) == 3 * (n_in - n_out));
        uint32_t n = ring_take(&ring, back, (uint32_t)(round % 7) * 3);
        for (uint32_t i = 0; i < n; i++)
            assert_true(back[i] == (float)((n_out + i / 3) % 4096));
        n_out += n / 3;
    }
    ring_free(&ring);
}

int main(void)
{
    for (int c = 0; c < 8; c++)
        for (int t = 0; t < N; t++)
            sound[c][t] = sinf((float)t * 0.05f * (float)(c + 1)) * 1.2f;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_callback_of_live_is_real_time),
        cmocka_unit_test(the_dry_recording_is_what_was_heard),
        cmocka_unit_test(the_callback_of_capture_is_real_time_and_exact),
        cmocka_unit_test(every_fault_is_counted_apart),
        cmocka_unit_test(a_full_ring_loses_whole_frames),
    };
    return cmocka_run_group_tests_name("live real time", tests, NULL, NULL);
}
