/* Which stretches train, which validate, which test. */
#include "train/data/parts.h"

#include <math.h>
#include <stdlib.h>

#define CYCLE_S 20.0 /* of playing: each holds all roles, so that each role hears all kinds of playing */
#define GAP_S   0.1 /* left out beside what is held out: there the gear still answers to what it trained on */
#define BLOCK_S 0.05
#define QUIET   1e-5 /* of the loudest block's power: a pause */
#define LONG_S  0.25 /* shorter stretches are left out */

enum { MAX_CYCLES = 12, ROLES_A_CYCLE = 4, MAX_SPANS = MAX_CYCLES * ROLES_A_CYCLE + 1 };

static void add_span(TrainData *data, uint32_t pair, TrainRole role, double start, double end)
{
    start = fmax(ceil(start), 0);
    end = fmin(floor(end), (double)data->pairs[pair].n);
    if (end - start >= LONG_S * data->rate_hz)
        data->spans[data->n_spans++] = (TrainSpan){pair, role, (size_t)start, (size_t)(end - start)};
}

/* ---- the capture signal says itself what to train on */

static void split_signal(const TrainWish *wish, const SignalLayout *layout, double shift, uint32_t pair,
                         TrainData *data)
{
    const SignalSpan *held_out = &signal_spans[SIGNAL_VALIDATION];
    double second = data->rate_hz * layout->stretch, zero = layout->start - shift, gap = GAP_S * second;
    double held = zero + held_out->start_s * second, end = held + held_out->length_s * second;
    double middle = held + (end - held) * wish->validate / (wish->validate + wish->test + 1e-12);
    add_span(data, pair, TRAIN_ROLE_TRAIN, zero + signal_spans[SIGNAL_SILENCE].start_s * second, held - gap);
    add_span(data, pair, TRAIN_ROLE_VALIDATE, held, middle - (wish->test > 0 ? gap : 0));
    add_span(data, pair, TRAIN_ROLE_TEST, middle, end);
}

/* ---- other sound: several stretches of each role, cut by the time that something is played */

/* block[i + 1]: how many of the blocks up to i are no pause. */
static size_t *count_playing(const TrainPair *pair, size_t length, size_t n)
{
    size_t *playing = calloc(n + 1, sizeof *playing);
    double *power = calloc(n + 1, sizeof *power), loudest = 0;
    for (size_t i = 0; playing && power && i < n; i++) {
        for (size_t t = i * length; t < (i + 1) * length; t++)
            power[i] += (double)pair->x[t] * (double)pair->x[t];
        loudest = fmax(loudest, power[i]);
    }
    for (size_t i = 0; playing && power && i < n; i++)
        playing[i + 1] = playing[i] + (power[i] > QUIET * loudest);
    if (!power)
        free(playing), playing = NULL;
    free(power);
    return playing;
}

/* The frame by which that part (0…1) of the playing is over. */
static double frame_of(const size_t *playing, size_t n, size_t length, size_t n_frames, double part)
{
    size_t i = 0;
    if (part <= 0)
        return 0;
    if (part >= 1)
        return (double)n_frames;
    while (i < n && (double)playing[i + 1] < part * (double)playing[n])
        i++;
    double into = part * (double)playing[n] - (double)playing[i];
    return ((double)i + into) * (double)length;
}

static bool split_playing(double validate, double test, uint32_t pair, TrainData *data)
{
    const TrainPair *p = &data->pairs[pair];
    size_t length = (size_t)(BLOCK_S * data->rate_hz), n = p->n / length;
    size_t *playing = count_playing(p, length, n);
    if (!playing)
        return false;
    double n_cycles = round((double)playing[n] * BLOCK_S / CYCLE_S), gap = GAP_S * data->rate_hz, at = 0;
    n_cycles = fmin(fmax(n_cycles, 1), MAX_CYCLES);
    double train = (1 - validate - test) / 2;
    const struct {
        TrainRole role;
        double part;
    } order[ROLES_A_CYCLE] = {{TRAIN_ROLE_TRAIN, train},
                              {TRAIN_ROLE_VALIDATE, validate},
                              {TRAIN_ROLE_TRAIN, train},
                              {TRAIN_ROLE_TEST, test}};
    for (int c = 0; c < (int)n_cycles; c++) {
        for (int i = 0; i < ROLES_A_CYCLE; i++) {
            double start = frame_of(playing, n, length, p->n, at / n_cycles);
            at = c + (i == 0 ? train : i == 1 ? train + validate : i == 2 ? 1 - test : 1);
            double end = frame_of(playing, n, length, p->n, at / n_cycles);
            bool trains = order[i].role == TRAIN_ROLE_TRAIN;
            add_span(data, pair, order[i].role, start + (trains && start > 0 ? gap : 0),
                     end - (trains ? gap : 0));
        }
    }
    free(playing);
    return true;
}

bool train_split(const TrainWish *wish, const TrainTake *takes, const size_t *shift, TrainData *data)
{
    bool whole_tests = false;
    data->spans = calloc((size_t)data->n_pairs * MAX_SPANS, sizeof *data->spans);
    if (!data->spans)
        return false;
    for (uint32_t p = 0; p < data->n_pairs; p++)
        whole_tests = whole_tests || takes[p].source->test_only;
    TrainWish parts = *wish;
    parts.test = whole_tests ? 0 : wish->test;
    for (uint32_t p = 0; p < data->n_pairs; p++) {
        if (takes[p].source->test_only)
            add_span(data, p, TRAIN_ROLE_TEST, 0, (double)data->pairs[p].n);
        else if (takes[p].has_signal)
            split_signal(&parts, &takes[p].layout, (double)shift[p], p, data);
        else if (!split_playing(parts.validate, parts.test, p, data))
            return false;
    }
    return true;
}

double train_data_seconds(const TrainData *data, TrainRole role)
{
    double n = 0;
    for (uint32_t i = 0; i < data->n_spans; i++)
        n += data->spans[i].role == role ? (double)data->spans[i].n : 0;
    return n / data->rate_hz;
}
