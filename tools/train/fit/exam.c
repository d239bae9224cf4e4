#include "train/fit/exam.h"

#include <stdlib.h>
#include <string.h>

/* A piece starts from rest this long before it counts. */
enum { WARM_SAMPLES = 8192, WINDOW = 64 };

static uint32_t count_pieces(const TrainData *data, TrainRole role, size_t length, uint32_t hop,
                             ExamPiece *pieces)
{
    uint32_t n_pieces = 0;
    for (uint32_t i = 0; i < data->n_spans; i++) {
        const TrainSpan *span = &data->spans[i];
        const TrainPair *pair = &data->pairs[span->pair];
        for (size_t at = 0; span->role == role && at + hop <= span->n; at += length) {
            const size_t left = (span->n - at) / hop * hop, before = span->start + at;
            const size_t warm = (before < WARM_SAMPLES ? before : WARM_SAMPLES) / hop * hop;
            if (pieces)
                pieces[n_pieces] = (ExamPiece){
                    .x = pair->x + before - warm,
                    .y = pair->y + before - warm,
                    .knob = pair->knob,
                    .n_warm = warm,
                    .n = left < length ? left : length,
                };
            n_pieces++;
        }
    }
    return n_pieces;
}

static int longest_first(const void *a, const void *b)
{
    const ExamPiece *p = a, *q = b;
    if (p->n != q->n)
        return p->n < q->n ? 1 : -1;
    return p->x < q->x ? -1 : p->x > q->x;
}

bool exam_new(Exam *e, const TrainData *data, TrainRole role, const Weights *weights,
              const TrainKernel *kernel, uint32_t n_workers)
{
    const uint32_t hop = weights->shape.hop, n_lanes = n_workers * kernel->width;
    size_t n = 0;
    *e = (Exam){.weights = weights, .kernel = kernel, .n_workers = n_workers};
    for (uint32_t i = 0; i < data->n_spans; i++)
        n += data->spans[i].role == role ? data->spans[i].n : 0;
    const size_t length = (n / n_lanes / hop + 1) * hop;
    e->n_pieces = count_pieces(data, role, length, hop, NULL);
    e->pieces = calloc(e->n_pieces + 1, sizeof *e->pieces);
    e->sums = calloc(e->n_pieces + 1, sizeof *e->sums);
    e->unrolls = calloc(n_workers, sizeof *e->unrolls);
    e->carries = calloc(n_workers, sizeof *e->carries);
    bool ok = e->pieces && e->sums && e->unrolls && e->carries;
    for (uint32_t i = 0; ok && i < n_workers; i++)
        ok =
            unroll_new(&e->unrolls[i], weights, kernel, WINDOW) && carry_new(&e->carries[i], weights, kernel);
    if (!ok) {
        exam_free(e);
        return false;
    }
    count_pieces(data, role, length, hop, e->pieces);
    qsort(e->pieces, e->n_pieces, sizeof *e->pieces, longest_first);
    return true;
}

void exam_free(Exam *e)
{
    for (uint32_t i = 0; i < e->n_workers && e->unrolls && e->carries; i++) {
        unroll_free(&e->unrolls[i]);
        carry_free(&e->carries[i]);
    }
    free(e->pieces);
    free(e->sums);
    free(e->unrolls);
    free(e->carries);
    *e = (Exam){0};
}

/* Samples [at, at + n) of a piece into a lane; silence behind its end. */
static void fill_lane(const Exam *e, const ExamPiece *piece, size_t at, uint32_t n_steps, Unroll *u,
                      uint32_t lane)
{
    const size_t W = e->kernel->width, hop = e->weights->shape.hop, n_in = hop + e->weights->n_knobs;
    const size_t total = piece ? piece->n_warm + piece->n : 0;
    for (size_t t = 0; t < n_steps; t++) {
        const bool in = at + (t + 1) * hop <= total;
        for (size_t j = 0; j < hop; j++)
            u->x[(t * n_in + j) * W + lane] = in ? piece->x[at + t * hop + j] : 0.0f;
        for (size_t k = 0; k < e->weights->n_knobs; k++)
            u->x[(t * n_in + hop + k) * W + lane] = in ? piece->knob[k] : 0.0f;
    }
}

static void add_errors(const Exam *e, const ExamPiece *piece, size_t at, uint32_t n_steps, const Unroll *u,
                       uint32_t lane, double sums[2])
{
    const size_t W = e->kernel->width, n = (size_t)n_steps * e->weights->shape.hop,
                 total = piece->n_warm + piece->n;
    float error = 0.0f, energy = 0.0f;
    for (size_t i = 0; i < n && at + i < total; i++) {
        if (at + i < piece->n_warm)
            continue;
        const float y = piece->y[at + i], d = u->y[i * W + lane] - y;
        error += d * d;
        energy += y * y;
    }
    sums[0] += (double)error;
    sums[1] += (double)energy;
}

/* One group of pieces, side by side. */
static void judge(Exam *e, uint32_t first, Unroll *u, Carry *carry)
{
    const uint32_t W = e->kernel->width, hop = e->weights->shape.hop;
    const ExamPiece *piece[256] = {NULL};
    size_t longest = 0;
    for (uint32_t lane = 0; lane < W && first + lane < e->n_pieces; lane++) {
        piece[lane] = &e->pieces[first + lane];
        const size_t n = piece[lane]->n_warm + piece[lane]->n;
        longest = n > longest ? n : longest;
        e->sums[first + lane][0] = e->sums[first + lane][1] = 0.0;
    }
    memset(carry->block, 0, carry->n * sizeof(float));
    for (size_t at = 0; at < longest; at += (size_t)WINDOW * hop) {
        const size_t left = (longest - at) / hop;
        const uint32_t n_steps = left < WINDOW ? (uint32_t)left : WINDOW;
        for (uint32_t lane = 0; lane < W; lane++)
            fill_lane(e, piece[lane], at, n_steps, u, lane);
        unroll_play(u, carry, n_steps);
        for (uint32_t lane = 0; lane < W && piece[lane]; lane++)
            add_errors(e, piece[lane], at, n_steps, u, lane, e->sums[first + lane]);
    }
}

static void work(void *context, uint32_t worker, uint32_t n_workers)
{
    Exam *e = context;
    const uint32_t W = e->kernel->width;
    for (uint32_t first = worker * W; first < e->n_pieces; first += n_workers * W)
        judge(e, first, &e->unrolls[worker], &e->carries[worker]);
}

double exam_esr(Exam *e, Crew *crew)
{
    double error = 0.0, energy = 0.0;
    crew_run(crew, work, e);
    for (uint32_t i = 0; i < e->n_pieces; i++) {
        error += e->sums[i][0];
        energy += e->sums[i][1];
    }
    return error / (energy > 0.0 ? energy : 1.0);
}
