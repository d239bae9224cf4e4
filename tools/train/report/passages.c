#include "train/report/passages.h"

#include <math.h>
#include <stdlib.h>

static const double length_s = 0.5, least_s = 0.1, quiet = 1e-3;

static double difference(const TrainOutcome *outcome, uint32_t pair, size_t t)
{
    return (double)outcome->played[pair][t] - (double)outcome->story.data->pairs[pair].y[t];
}

static void measure(const TrainOutcome *outcome, Passage *passage)
{
    const float *y = outcome->story.data->pairs[passage->pair].y;
    for (size_t t = passage->start; t < passage->start + passage->n; t++) {
        double e = difference(outcome, passage->pair, t);
        passage->error += e * e;
        passage->energy += (double)y[t] * (double)y[t];
    }
}

bool passages_make(const TrainOutcome *outcome, Passages *passages)
{
    const TrainData *data = outcome->story.data;
    const size_t length = (size_t)(length_s * data->rate_hz), least = (size_t)(least_s * data->rate_hz);
    size_t most = 0;
    *passages = (Passages){.role = TRAIN_ROLE_TRAIN};
    for (uint32_t i = 0; i < data->n_spans; i++)
        most += data->spans[i].n / length + 1;
    passages->list = calloc(most + 1, sizeof *passages->list);
    for (uint32_t i = 0; passages->list && i < data->n_spans; i++) {
        const TrainSpan *span = &data->spans[i];
        const size_t whole = data->pairs[span->pair].n / outcome->model->hop * outcome->model->hop;
        const size_t end = span->start + span->n < whole ? span->start + span->n : whole;
        for (size_t start = span->start; start + least <= end; start += length) {
            Passage *passage = &passages->list[passages->n++];
            size_t n = end - start < length ? end - start : length;
            *passage = (Passage){.pair = span->pair, .role = span->role, .start = start, .n = n};
            measure(outcome, passage);
            if (span->role > passages->role)
                passages->role = span->role;
        }
    }
    return passages->list;
}

double passage_esr(const Passage *passage)
{
    return passage->energy > 0 ? passage->error / passage->energy : NAN;
}

static bool counts(const Passages *passages, const Passage *passage, double loudest)
{
    return passage->role == passages->role && passage->energy / (double)passage->n > quiet * loudest;
}

const Passage *passages_pick(const Passages *passages, double part)
{
    double loudest = 0;
    size_t n = 0;
    for (size_t i = 0; i < passages->n; i++)
        if (passages->list[i].role == passages->role)
            loudest = fmax(loudest, passages->list[i].energy / (double)passages->list[i].n);
    for (size_t i = 0; i < passages->n; i++)
        n += counts(passages, &passages->list[i], loudest);
    for (size_t i = 0; i < passages->n; i++) {
        const Passage *it = &passages->list[i];
        size_t rank = 0; /* how many are better, or as good and earlier */
        for (size_t k = 0; k < passages->n; k++) {
            const Passage *other = &passages->list[k];
            if (counts(passages, other, loudest))
                rank +=
                    passage_esr(other) < passage_esr(it) || (passage_esr(other) == passage_esr(it) && k < i);
        }
        if (counts(passages, it, loudest) && rank == (size_t)(part * (double)(n - 1) + 0.5))
            return it;
    }
    return NULL;
}

size_t passage_worst(const TrainOutcome *outcome, const Passage *passage, size_t n)
{
    double now = 0, most = -1;
    size_t best = passage->start;
    for (size_t t = passage->start; t < passage->start + passage->n; t++) {
        double e = difference(outcome, passage->pair, t);
        now += e * e;
        if (t >= passage->start + n) {
            e = difference(outcome, passage->pair, t - n);
            now -= e * e;
        }
        if (t + 1 >= passage->start + n && now > most) {
            most = now;
            best = t + 1 - n;
        }
    }
    return best;
}
