/* The trainer's data: recordings of simulated gear are aligned as planted, what is wrong with them is told or
 * refused, and every role gets its part. */
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
#include <sndfile.h>

#include "gear.h"
#include "signal_layout.h"
#include "song.h"
#include "train/data/data.h"

#define RATE_HZ 48000
#define PI      3.14159265358979323846

enum { SONG_S = 20, N_SONG = SONG_S * RATE_HZ };

static char folder[] = "/tmp/gruff-test-XXXXXX";
static char dry_path[64], wet_path[64];
static float *song, *other, *wet;
static uint64_t seed;
static GearState amp;
static GruffMessage message;

/* ---- files */

static void save(const char *path, const float *x, size_t n, int rate_hz, int n_channels)
{
    SF_INFO info = {.samplerate = rate_hz, .channels = n_channels, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    assert_int_equal(sf_writef_float(file, x, (sf_count_t)n), n);
    sf_close(file);
}

static TrainWish wish_of(const TrainSource *sources, uint32_t n)
{
    return (TrainWish){.n_sources = n, .sources = sources, .validate = 0.1, .test = 0.1};
}

static GruffStatus try(bool force, TrainData **data)
{
    TrainSource source = {.dry = dry_path, .wet = wet_path};
    TrainWish wish = wish_of(&source, 1);
    wish.force = force;
    message.text[0] = '\0';
    return train_data_load(&wish, &message, data);
}

static void show(const TrainData *data)
{
    for (uint32_t i = 0; i < data->n_findings; i++)
        printf("  %s: %s\n", data->findings[i].fault ? "fault" : "said", data->findings[i].text);
}

/* What is in the two files. */
static TrainData *loaded(void)
{
    TrainData *data;
    GruffStatus status = try(false, &data);
    if (status)
        printf("  refused: %s\n", message.text);
    assert_int_equal(status, GRUFF_OK);
    show(data);
    return data;
}

static void refused(GruffStatus expected, const char *part)
{
    TrainData *data;
    GruffStatus status = try(false, &data);
    printf("  refused (%d): %s\n", (int)status, message.text);
    assert_int_equal(status, expected);
    assert_null(data);
    assert_non_null(strstr(message.text, part));
}

static bool says(const TrainData *data, const char *part)
{
    for (uint32_t i = 0; i < data->n_findings; i++)
        if (strstr(data->findings[i].text, part))
            return true;
    return false;
}

/* A fault that force lets pass. */
static void is_fault(const char *part)
{
    TrainData *data;
    refused(GRUFF_ERROR_ARGUMENT, part);
    assert_non_null(strstr(message.text, "--force"));
    assert_int_equal(try(true, &data), GRUFF_OK);
    assert_true(says(data, part));
    train_data_free(data);
}

static void near(const char *what, double measured, double planted, double within)
{
    printf("  %s: planted %.3f, measured %.3f\n", what, planted, measured);
    assert_true(fabs(measured - planted) <= within);
}

/* ---- gear */

/* The song through gear into the two files. `early`: so many frames of wet are cut off. */
static void record(const Gear *gear, size_t early)
{
    gear_start(&amp, gear, RATE_HZ, seed);
    for (size_t t = 0; t < N_SONG + early; t++) {
        float y = (float)gear_play(&amp, t < N_SONG ? (double)song[t] : 0);
        if (t >= early)
            wet[t - early] = y;
    }
    save(dry_path, song, N_SONG, RATE_HZ, 1);
    save(wet_path, wet, N_SONG, RATE_HZ, 1);
}

static void record_wet(void)
{
    save(dry_path, song, N_SONG, RATE_HZ, 1);
    save(wet_path, wet, N_SONG, RATE_HZ, 1);
}

static size_t late; /* of the pair looked at last */

/* Error-to-signal ratio of a pair against the amp's own sound, in dB; the pair has to be a few frames late.
 */
static double against_amp(const TrainPair *pair, const Gear *gear, size_t shift)
{
    enum { MOST_LATE = 10 };
    double error[MOST_LATE + 1] = {0}, power = 0;
    gear_start(&amp, gear, RATE_HZ, seed);
    for (size_t t = 0; t < shift; t++, amp.t++)
        gear_amplify(&amp, (double)song[t]);
    for (size_t t = 0; t + MOST_LATE < pair->n; t++, amp.t++) {
        const double y = gear_amplify(&amp, (double)song[t + shift]);
        assert_true(pair->x[t] == song[t + shift]);
        power += y * y;
        for (size_t k = 0; k <= MOST_LATE; k++)
            error[k] += (y - (double)pair->y[t + k]) * (y - (double)pair->y[t + k]);
    }
    size_t best = 0;
    for (size_t k = 0; k <= MOST_LATE; k++)
        best = error[k] < error[best] ? k : best;
    const double db = 10 * log10(error[best] / power);
    printf("  against the amp itself: %.1f dB, %zu frames late\n", db, best);
    late = best;
    assert_true(db > -25 || (best >= TRAIN_LATE - 2 && best <= TRAIN_LATE + 4));
    return db;
}

/* ---- alignment */

static void delays_are_found_and_taken_out(void **state)
{
    (void)state;
    static const struct {
        double delay, drive, gain;
        size_t early;
    } cases[] = {{900, 4, 0, 0},      {1234.37, 8, -1, 0},  {30.5, 40, 0, 0},
                 {60000.25, 3, 0, 0}, {100.2, 5, 0, 30000}, {100, 300, -0.5, 110000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Gear gear = {
            .delay = cases[i].delay, .drive = cases[i].drive, .gain = cases[i].gain, .noise_db = -80};
        record(&gear, cases[i].early);
        TrainData *data = loaded();
        const TrainPair *pair = &data->pairs[0];
        double delay = cases[i].delay - (double)cases[i].early;
        near("delay", pair->delay_frames, delay, 0.1);
        assert_true(pair->inverted == (cases[i].gain < 0));
        assert_true(pair->drift_ppm == 0);
        size_t shift = delay < 0 ? (size_t)ceil(-delay) : 0;
        while (delay < 0 && memcmp(pair->x, song + shift, 1000 * sizeof *song))
            shift++;
        assert_true(against_amp(pair, &gear, shift) < -35);
        train_data_free(data);
    }
}

static void drift_is_found_and_taken_out(void **state)
{
    (void)state;
    static const double drifts[] = {30, -120, 3};
    for (int i = 0; i < 3; i++) {
        Gear gear = {.delay = 800.4, .drive = 6, .drift_ppm = drifts[i], .noise_db = -80};
        record(&gear, 0);
        TrainData *data = loaded();
        near("drift", data->pairs[0].drift_ppm, drifts[i], 0.5);
        assert_true(says(data, "drifts"));
        assert_true(against_amp(&data->pairs[0], &gear, 0) < -35);
        train_data_free(data);
    }
}

static void a_rectifier_is_aligned_too(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_SONG; t++)
        wet[t] = t < 3000 ? 0 : fabsf(song[t - 3000]) - 0.02f;
    record_wet();
    TrainData *data = loaded();
    near("delay", data->pairs[0].delay_frames, 3000, 2);
    train_data_free(data);
}

/* Two speakers, the weaker one nearer: what comes first must not be ahead of its cause. */
static void the_first_arrival_stays_behind_its_cause(void **state)
{
    (void)state;
    enum { DELAY = 500, LATER = 8 };
    for (size_t t = 0; t < N_SONG; t++) {
        wet[t] = t < DELAY ? 0 : 0.3f * tanhf(6 * song[t - DELAY]);
        wet[t] += t < DELAY + LATER ? 0 : 0.5f * tanhf(6 * song[t - DELAY - LATER]);
    }
    record_wet();
    TrainData *data = loaded();
    const TrainPair *pair = &data->pairs[0];
    double best = 1e9, behind = 0;
    for (int shift = -16; shift <= 16; shift++) { /* where the gear's own sound lies in the pair */
        double error = 0;
        for (int t = 1000; t < 200000; t++) {
            double e = (double)pair->y[t] - (double)wet[t + DELAY - shift];
            error += e * e;
        }
        if (error < best)
            best = error, behind = shift;
    }
    printf("  %.0f frames behind its cause\n", behind);
    assert_true(behind >= 0 && behind <= TRAIN_LATE + 4);
    train_data_free(data);
}

/* A simulation of a filter, say: its delay is its own, and stays. */
static void what_is_aligned_is_left_so(void **state)
{
    (void)state;
    record(&(Gear){.delay = 3.3, .drive = 4, .noise_db = -80}, 0);
    TrainSource source = {.dry = dry_path, .wet = wet_path};
    TrainWish wish = wish_of(&source, 1);
    wish.aligned = true;
    TrainData *data;
    assert_int_equal(train_data_load(&wish, &message, &data), GRUFF_OK);
    const TrainPair *pair = &data->pairs[0];
    assert_true(pair->delay_frames == 0 && pair->drift_ppm == 0);
    assert_true(pair->n >= N_SONG && !memcmp(pair->y, wet, N_SONG * sizeof *wet));
    train_data_free(data);
}

static void other_rates_are_converted(void **state)
{
    (void)state;
    enum { N_HALF = N_SONG * 2 };
    float *fast = malloc(N_HALF * sizeof *fast);
    assert_non_null(fast);
    song_make(seed, 2 * RATE_HZ, fast, N_HALF);
    for (size_t t = N_HALF; t-- > 0;)
        fast[t] = t < 1001 ? 0 : tanhf(4 * fast[t - 1001]);
    save(dry_path, song, N_SONG, RATE_HZ, 1);
    save(wet_path, fast, N_HALF, 2 * RATE_HZ, 1);
    TrainData *data = loaded();
    assert_true(data->rate_hz == RATE_HZ);
    near("delay", data->pairs[0].delay_frames, 500.5, 0.1);
    assert_true(against_amp(&data->pairs[0], &(Gear){.drive = 4, .gain = 2}, 0) < -35);
    assert_true(says(data, "converted from 96000 to 48000 Hz"));
    train_data_free(data);
    TrainSource source = {.dry = dry_path, .wet = wet_path};
    TrainWish wish = wish_of(&source, 1);
    wish.rate_hz = 44100;
    assert_int_equal(train_data_load(&wish, &message, &data), GRUFF_OK);
    near("delay at 44100 Hz", data->pairs[0].delay_frames, 500.5 * 44100 / 48000, 0.1);
    train_data_free(data);
    free(fast);
}

/* ---- channels and lengths */

static void stereo_is_made_one_channel(void **state)
{
    (void)state;
    record(&(Gear){.delay = 400, .drive = 4}, 0);
    float *both = malloc(2 * N_SONG * sizeof *both);
    assert_non_null(both);
    static const char *const words[] = {"both sides alike", "on the right only", "left and right differ"};
    for (int kind = 0; kind < 3; kind++) {
        for (size_t t = 0; t < N_SONG; t++) {
            both[2 * t] = kind == 0 ? wet[t] : kind == 1 ? 0 : other[t];
            both[2 * t + 1] = wet[t];
        }
        save(wet_path, both, N_SONG, RATE_HZ, 2);
        if (kind == 2) {
            refused(GRUFF_ERROR_ARGUMENT, words[kind]);
            break;
        }
        TrainData *data = loaded();
        assert_true(says(data, words[kind]));
        near("delay", data->pairs[0].delay_frames, 400, 0.1);
        train_data_free(data);
    }
    free(both);
}

static void lengths_may_differ(void **state)
{
    (void)state;
    record(&(Gear){.delay = 400, .drive = 4}, 0);
    save(wet_path, wet, N_SONG / 2, RATE_HZ, 1);
    TrainData *data = loaded();
    assert_true(says(data, "that both hold"));
    assert_in_range(data->pairs[0].n, N_SONG / 2 - 400, N_SONG / 2 - 400 + TRAIN_LATE + 4);
    train_data_free(data);
}

/* ---- what is wrong */

static void what_is_no_sound_is_refused(void **state)
{
    (void)state;
    record(&(Gear){.delay = 400, .drive = 4}, 0);
    memset(wet, 0, N_SONG * sizeof *wet);
    save(wet_path, wet, N_SONG, RATE_HZ, 1);
    refused(GRUFF_ERROR_ARGUMENT, "is silent");
    save(wet_path, song, 1, RATE_HZ, 1);
    refused(GRUFF_ERROR_ARGUMENT, "holds only 1 samples");
    save(wet_path, song, 0, RATE_HZ, 1);
    refused(GRUFF_ERROR_ARGUMENT, "holds no sound");
    memcpy(wet, song, N_SONG * sizeof *wet);
    wet[RATE_HZ] = NAN;
    wet[2 * RATE_HZ] = INFINITY;
    save(wet_path, wet, N_SONG, RATE_HZ, 1);
    refused(GRUFF_ERROR_ARGUMENT, "2 samples are no numbers (NaN or infinite), the first at 1.00 s");
    memset(wet, 0, N_SONG * sizeof *wet);
    memcpy(wet, song, RATE_HZ * sizeof *wet);
    save(wet_path, wet, N_SONG, RATE_HZ, 1);
    refused(GRUFF_ERROR_ARGUMENT, "something is played for");
    FILE *file = fopen(wet_path, "w");
    assert_non_null(file);
    fputs("no sound at all, but a text", file);
    fclose(file);
    refused(GRUFF_ERROR_FILE, "wet.wav");
    unlink(wet_path);
    refused(GRUFF_ERROR_FILE, "check the name");
}

static void another_song_is_refused(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 3; i++) {
        song_make(seed + i, RATE_HZ, other, N_SONG);
        for (size_t t = 0; t < N_SONG; t++)
            wet[t] = 0.9f * tanhf((float)(i * i) * 4 * other[t]);
        record_wet();
        is_fault("has nothing in common with dry.wav");
    }
}

static void a_fuzz_is_not_another_song(void **state)
{
    (void)state;
    Gear gear = {.delay = 700, .drive = 500, .noise_db = -60};
    record(&gear, 0);
    TrainData *data = loaded();
    near("delay", data->pairs[0].delay_frames, 700, 0.5);
    train_data_free(data);
}

static void the_same_sound_twice_is_a_fault(void **state)
{
    (void)state;
    memcpy(wet, song, N_SONG * sizeof *wet);
    record_wet();
    is_fault("holds the same sound as dry.wav");
    for (size_t t = 0; t < N_SONG; t++)
        wet[t] = t < 77 ? 0 : -0.3f * song[t - 77];
    record_wet();
    is_fault("holds the same sound as dry.wav");
}

static void clipping_is_a_fault_where_there_is_much(void **state)
{
    (void)state;
    record(&(Gear){.delay = 50, .drive = 4, .gain = 2.6, .clip = 1}, 0);
    is_fault("clipped in");
    for (size_t t = 5 * RATE_HZ; t < 5 * RATE_HZ + 40; t++)
        song[t] += t & 8 ? 2 : -2;
    record(&(Gear){.delay = 50, .drive = 4, .gain = 1.0}, 0);
    for (size_t t = 0; t < N_SONG; t++)
        wet[t] = fmaxf(fminf(2 * wet[t], 1), -1) > 0.9999f && t > 6 * RATE_HZ
                     ? 0.99f
                     : fmaxf(fminf(2 * wet[t], 1), -1);
    song_make(seed, RATE_HZ, song, N_SONG);
    record_wet();
    TrainData *data = loaded();
    assert_true(says(data, "clipped in"));
    train_data_free(data);
}

static void lost_sound_is_a_fault(void **state)
{
    (void)state;
    record(&(Gear){.delay = 600, .drive = 4, .noise_db = -70, .jump_s = 12, .jump_frames = 256}, 0);
    is_fault("sound was lost or put in at about 1");
    record(&(Gear){.delay = 600, .drive = 4, .noise_db = -70, .jump_s = 8, .jump_frames = -64}, 0);
    is_fault("sound was lost or put in at about ");
}

static void a_gate_is_told(void **state)
{
    (void)state;
    record(&(Gear){.delay = 60, .drive = 4, .gate_db = -36, .noise_db = -90}, 0);
    TrainData *data = loaded();
    assert_true(says(data, "noise gate"));
    train_data_free(data);
}

/* ---- effects that move */

static void a_tremolo_is_told(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_SONG; t++)
        wet[t] =
            (float)(0.5 * tanh(4 * (double)song[t]) * (1 - 0.25 * sin(2 * PI * 4 * (double)t / RATE_HZ)));
    record_wet();
    TrainData *data = loaded();
    assert_true(says(data, "4.0 times a second"));
    train_data_free(data);
}

/* The amp's sound, and itself again at a place that moves. */
static void add_moving(double direct, double depth_ms, double middle_ms, double hz)
{
    for (size_t t = 0; t < N_SONG; t++) {
        double back = RATE_HZ * 1e-3 * (middle_ms + depth_ms * sin(2 * PI * hz * (double)t / RATE_HZ)),
               at = (double)t - back;
        double whole = floor(at), part = at - whole, y = direct * tanh(4 * (double)song[t]);
        if (at > 0)
            y += 0.7 * ((1 - part) * tanh(4 * (double)song[(size_t)whole]) +
                        part * tanh(4 * (double)song[(size_t)whole + (part > 0)]));
        wet[t] = (float)y / 2;
    }
    record_wet();
}

static void a_chorus_is_told(void **state)
{
    (void)state;
    add_moving(1, 4, 12, 0.8);
    TrainData *data = loaded();
    assert_true(says(data, "chorus"));
    train_data_free(data);
}

/* Strokes on damped strings: a single note would not tell one period from the next. */
static void play_strokes(void)
{
    double level = 0;
    for (size_t t = 0; t < N_SONG; t++) {
        level = t % 12000 == 0 ? 0.5 : level * 0.9997;
        song[t] = (float)(level * ((double)rand() / RAND_MAX - 0.5));
    }
}

static void a_vibrato_is_told(void **state)
{
    (void)state;
    play_strokes();
    add_moving(0, 1.5, 7, 1);
    TrainData *data = loaded();
    assert_true(says(data, "delay wanders"));
    train_data_free(data);
    add_moving(0, 0, 7, 1);
    data = loaded();
    assert_false(says(data, "delay wanders"));
    train_data_free(data);
    song_make(seed, RATE_HZ, song, N_SONG);
}

static void an_echo_is_told(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_SONG; t++)
        wet[t] = (float)(0.5 * tanh(4 * (double)song[t])) + (t < 16800 ? 0 : 0.35f * wet[t - 16800]);
    record_wet();
    TrainData *data = loaded();
    assert_true(says(data, "an echo comes 350 ms later"));
    train_data_free(data);
}

static void a_reverb_is_told(void **state)
{
    (void)state;
    enum { N_TAPS = 300 };
    size_t at[N_TAPS];
    float gain[N_TAPS];
    for (int i = 0; i < N_TAPS; i++) {
        const double s = 0.08 + 0.7 * (double)rand() / RAND_MAX;
        at[i] = (size_t)(s * RATE_HZ);
        gain[i] = (float)((rand() & 1 ? 1 : -1) * 0.12 * exp(-2 * s));
    }
    for (size_t t = 0; t < N_SONG; t++) {
        wet[t] = 0.5f * tanhf(2 * song[t]);
        for (int i = 0; i < N_TAPS; i++)
            wet[t] += at[i] <= t ? 0.5f * gain[i] * song[t - at[i]] : 0;
    }
    record_wet();
    TrainData *data = loaded();
    assert_true(says(data, "rings on") || says(data, "an echo comes"));
    train_data_free(data);
}

/* Stages that clip and filters between them, as in a lead amp: its strongest answer comes 15 frames after the
 * first, and moves with what is played. */
static void a_lead_amp_is_neither_shifted_too_far_nor_taken_for_an_effect(void **state)
{
    (void)state;
    double low[6] = {0}, high = 0;
    play_strokes();
    for (size_t t = 0; t < N_SONG; t++) {
        high += 0.02 * ((double)song[t] - high);
        double x = tanh(40 * ((double)song[t] - high));
        for (int k = 0; k < 6; k++) {
            low[k] += 0.3 * (x - low[k]);
            x = k == 2 ? tanh(3 * low[k] + 0.2) : low[k];
        }
        wet[t] = (float)(0.4 * x);
    }
    for (size_t t = N_SONG; t-- > 0;)
        wet[t] = t < 700 ? 0 : wet[t - 700];
    record_wet();
    TrainData *data = loaded();
    const TrainPair *pair = &data->pairs[0];
    double best = 1e9;
    int behind = 0;
    for (int shift = -30; shift <= 30; shift++) {
        double error = 0;
        for (int t = 1000; t < 200000; t++) {
            double e = (double)pair->y[t] - (double)wet[t + 700 - shift];
            error += e * e;
        }
        if (error < best)
            best = error, behind = shift;
    }
    printf("  %d frames behind its cause\n", behind);
    assert_true(behind >= -1 && behind <= TRAIN_LATE + 4);
    for (uint32_t f = 0; f < data->n_findings; f++)
        assert_true(strstr(data->findings[f].text, "put right") ||
                    strstr(data->findings[f].text, " s; two or"));
    train_data_free(data);
    song_make(seed, RATE_HZ, song, N_SONG);
}

static void sound_gear_gets_no_such_words(void **state)
{
    (void)state;
    static const Gear gears[] = {
        {.delay = 60, .drive = 1}, {.delay = 60, .drive = 10}, {.delay = 60, .drive = 100}};
    for (int i = 0; i < 3; i++) {
        Gear gear = gears[i];
        gear.noise_db = -75;
        record(&gear, 0);
        TrainData *data = loaded();
        for (uint32_t f = 0; f < data->n_findings; f++)
            assert_true(strstr(data->findings[f].text, "put right") ||
                        strstr(data->findings[f].text, "20 s"));
        train_data_free(data);
    }
}

/* ---- roles */

/* In order, apart, inside; seconds[role]. */
static void check_spans(const TrainData *data)
{
    for (uint32_t i = 0; i < data->n_spans; i++) {
        const TrainSpan *span = &data->spans[i], *last = span - 1;
        assert_true(span->n > 0 && span->start + span->n <= data->pairs[span->pair].n);
        if (i == 0)
            continue;
        assert_true(span->pair >= last->pair);
        if (span->pair == last->pair)
            assert_true(span->start >= last->start + last->n);
        if (span->pair == last->pair && span->role != last->role)
            assert_true(span->start >= last->start + last->n +
                                           (size_t)(0.09 * data->rate_hz)); /* a gap where roles change */
    }
    for (int role = 0; role < 3; role++)
        printf("  role %d: %.2f s\n", role, train_data_seconds(data, (TrainRole)role));
}

static void roles_get_their_parts(void **state)
{
    (void)state;
    record(&(Gear){.delay = 400, .drive = 4}, 0);
    TrainSource source = {.dry = dry_path, .wet = wet_path};
    TrainWish wish = wish_of(&source, 1);
    static const double parts[][2] = {{0.1, 0.1}, {0.2, 0.05}, {0.3, 0}};
    for (int i = 0; i < 3; i++) {
        TrainData *data;
        wish.validate = parts[i][0], wish.test = parts[i][1];
        assert_int_equal(train_data_load(&wish, &message, &data), GRUFF_OK);
        check_spans(data);
        near("validation", train_data_seconds(data, TRAIN_ROLE_VALIDATE) / SONG_S, parts[i][0], 0.03);
        near("test", train_data_seconds(data, TRAIN_ROLE_TEST) / SONG_S, parts[i][1], 0.03);
        near("training", train_data_seconds(data, TRAIN_ROLE_TRAIN) / SONG_S, 1 - parts[i][0] - parts[i][1],
             0.05);
        train_data_free(data);
    }
}

static void pairs_of_a_knob_share_roles_and_time(void **state)
{
    (void)state;
    char more_path[80];
    snprintf(more_path, sizeof more_path, "%s/wet2.wav", folder);
    record(&(Gear){.delay = 300.4, .drive = 20}, 0);
    save(more_path, wet, N_SONG, RATE_HZ, 1);
    record(&(Gear){.delay = 301.3, .drive = 2}, 0);
    TrainSource sources[2] = {{.dry = dry_path, .wet = wet_path, .knob = {0.25f}},
                              {.dry = dry_path, .wet = more_path, .knob = {1}}};
    TrainWish wish = wish_of(sources, 2);
    wish.n_knobs = 1;
    wish.knob_name[0] = "drive";
    TrainData *data;
    assert_int_equal(train_data_load(&wish, &message, &data), GRUFF_OK);
    show(data);
    check_spans(data);
    assert_int_equal(data->n_knobs, 1);
    assert_string_equal(data->knob_name[0], "drive");
    assert_true(data->pairs[0].knob[0] == 0.25f && data->pairs[1].knob[0] == 1);
    for (uint32_t p = 0; p < 2; p++) {
        bool has[3] = {false};
        for (uint32_t i = 0; i < data->n_spans; i++)
            has[data->spans[i].role] = has[data->spans[i].role] || data->spans[i].pair == p;
        assert_true(has[0] && has[1] && has[2]);
    }
    /* One gear, one time: the second is later than the first by what it was. */
    assert_true(against_amp(&data->pairs[1], &(Gear){.drive = 20}, 0) < -25);
    const size_t before = late;
    assert_true(against_amp(&data->pairs[0], &(Gear){.drive = 2}, 0) < -25);
    assert_int_equal(late, before + 1);
    train_data_free(data);
    sources[1].test_only = true;
    assert_int_equal(train_data_load(&wish, &message, &data), GRUFF_OK);
    for (uint32_t i = 0; i < data->n_spans; i++)
        assert_true((data->spans[i].role == TRAIN_ROLE_TEST) == (data->spans[i].pair == 1));
    train_data_free(data);
    unlink(more_path);
}

/* ---- the capture signal */

static void the_capture_signal_is_used(void **state)
{
    (void)state;
    enum { SIGNAL_RATE = 32000, LATE = 7000 };
    size_t n = signal_n_frames(SIGNAL_RATE), n_wet = n + LATE + SIGNAL_RATE;
    float *dry = malloc(n * sizeof *dry), *back = malloc(n_wet * sizeof *back);
    assert_true(dry && back && signal_make(SIGNAL_RATE, dry));
    Gear gear = {.delay = 900.37, .drive = 4, .noise_db = -60, .gain = -1, .drift_ppm = 20};
    gear_start(&amp, &gear, SIGNAL_RATE, seed);
    for (size_t t = 0; t < n_wet; t++)
        back[t] = (float)gear_play(&amp, t >= LATE && t - LATE < n ? (double)dry[t - LATE] : 0);
    save(dry_path, dry, n, SIGNAL_RATE, 1);
    save(wet_path, back, n_wet, SIGNAL_RATE, 1);
    free(dry);
    free(back);
    TrainData *data = loaded();
    near("delay", data->pairs[0].delay_frames, (LATE + 900.37) * (1 + 20e-6), 0.1);
    near("drift", data->pairs[0].drift_ppm, 20, 0.1);
    assert_true(data->pairs[0].inverted && says(data, "upside down"));
    near("best error", 10 * log10(data->best_esr), -44.8, 1);
    check_spans(data);
    near("training", train_data_seconds(data, TRAIN_ROLE_TRAIN), 162, 0.2);
    near("validation", train_data_seconds(data, TRAIN_ROLE_VALIDATE), 9, 0.2);
    near("test", train_data_seconds(data, TRAIN_ROLE_TEST), 9, 0.2);
    for (uint32_t i = 0; i < data->n_spans; i++)
        if (data->spans[i].role != TRAIN_ROLE_TRAIN)
            assert_true((double)data->spans[i].start >
                        (signal_spans[SIGNAL_VALIDATION].start_s - 0.01) * SIGNAL_RATE);
    train_data_free(data);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(delays_are_found_and_taken_out),
    cmocka_unit_test(drift_is_found_and_taken_out),
    cmocka_unit_test(a_rectifier_is_aligned_too),
    cmocka_unit_test(the_first_arrival_stays_behind_its_cause),
    cmocka_unit_test(what_is_aligned_is_left_so),
    cmocka_unit_test(other_rates_are_converted),
    cmocka_unit_test(stereo_is_made_one_channel),
    cmocka_unit_test(lengths_may_differ),
    cmocka_unit_test(what_is_no_sound_is_refused),
    cmocka_unit_test(another_song_is_refused),
    cmocka_unit_test(a_fuzz_is_not_another_song),
    cmocka_unit_test(the_same_sound_twice_is_a_fault),
    cmocka_unit_test(clipping_is_a_fault_where_there_is_much),
    cmocka_unit_test(lost_sound_is_a_fault),
    cmocka_unit_test(a_gate_is_told),
    cmocka_unit_test(a_tremolo_is_told),
    cmocka_unit_test(a_chorus_is_told),
    cmocka_unit_test(a_vibrato_is_told),
    cmocka_unit_test(an_echo_is_told),
    cmocka_unit_test(a_reverb_is_told),
    cmocka_unit_test(a_lead_amp_is_neither_shifted_too_far_nor_taken_for_an_effect),
    cmocka_unit_test(sound_gear_gets_no_such_words),
    cmocka_unit_test(roles_get_their_parts),
    cmocka_unit_test(pairs_of_a_knob_share_roles_and_time),
    cmocka_unit_test(the_capture_signal_is_used),
};

static int set_up(void **state)
{
    (void)state;
    const char *given = getenv("GRUFF_SEED");
    seed = given ? strtoull(given, NULL, 10) : 20260101;
    printf("GRUFF_SEED=%llu\n", (unsigned long long)seed);
    song = malloc(N_SONG * sizeof *song);
    other = malloc(N_SONG * sizeof *other);
    wet = malloc(N_SONG * sizeof *wet);
    if (!song || !other || !wet || !mkdtemp(folder))
        return -1;
    snprintf(dry_path, sizeof dry_path, "%s/dry.wav", folder);
    snprintf(wet_path, sizeof wet_path, "%s/wet.wav", folder);
    song_make(seed, RATE_HZ, song, N_SONG);
    song_make(seed + 1, RATE_HZ, other, N_SONG);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(dry_path);
    unlink(wet_path);
    rmdir(folder);
    free(song);
    free(other);
    free(wet);
    return 0;
}

int main(void)
{
    return cmocka_run_group_tests_name("train data", tests, set_up, tear_down);
}
