#include "train/fit/fit.h"

#include "train/fit/fit_private.h"
#include "train/fit/spectral.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LEAST_UPDATES = 64 /* between two validations */,
    STEADY_UPDATES = 20 /* of warm-up of the learning rate */
};

void fit_plan_default(FitPlan *plan)
{
    *plan = (FitPlan){
        .shape = {.cell = GRUFF_CELL_GRU,
                  .reset = GRUFF_RESET_AFTER,
                  .hidden = 16,
                  .n_layers = 1,
                  .hop = 1,
                  .skip = true},
        .start = {.orthogonal = true, .remember_low = 0.0, .remember_high = 3.0},
        .n_streams = 32,
        .window = 128,
        .last_window = 2048,
        .epochs = 100,
        .learning_rate = 1e-2,
        .clip_norm = 1.0,
        .pre_weight = 0.5,
        .plain_weight = 0.5,
        .pre_emphasis = 0.85,
        .dc_weight = 0.25,
        .patience = 0,
    };
}

/* ---- building ---- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

GruffStatus fit_new(const FitPlan *plan, const TrainData *data, GruffMessage *message, Fit **result)
{
    *result = NULL;
    Fit *fit = calloc(1, sizeof *fit);
    if (!fit)
        return GRUFF_ERROR_MEMORY;
    fit->plan = *plan;
    fit->data = data;
    FitPlan *p = &fit->plan;
    if (p->spectral_weight > 0.0 && p->window < SPECTRAL_LEAST)
        p->window = SPECTRAL_LEAST;
    if (p->last_window < p->window)
        p->last_window = p->window;
    GruffStatus status = learner_new(&fit->learner, &fit->plan, data, message);
    Learner *l = &fit->learner;
    if (!status) {
        fit->best = malloc(l->weights.n * sizeof(float));
        if (!fit->best ||
            !exam_new(&fit->exam, data, TRAIN_ROLE_VALIDATE, &l->weights, l->kernel, crew_size(l->crew)))
            status = GRUFF_ERROR_MEMORY;
    }
    if (status) {
        fit_free(fit);
        return status;
    }
    memcpy(fit->best, l->weights.value, l->weights.n * sizeof(float));
    fit->best_esr = INFINITY;
    const uint64_t least = (uint64_t)LEAST_UPDATES * p->n_streams * p->window;
    fit->interval = fit->next_validation = l->streams.n > least ? l->streams.n : least;
    *result = fit;
    return GRUFF_OK;
}

void fit_free(Fit *fit)
{
    if (!fit)
        return;
    exam_free(&fit->exam);
    learner_free(&fit->learner);
    free(fit->best);
    free(fit->history);
    free(fit);
}

/* ---- training ---- */

static double epochs_of(const Fit *fit)
{
    return (double)fit->n_trained / (double)fit->learner.streams.n;
}

/* How much of the plan is done, 0…1. */
static double part_done(const Fit *fit, double seconds)
{
    const double by_epoch = fit->plan.epochs > 0.0 ? epochs_of(fit) / fit->plan.epochs : 0.0;
    const double by_time = fit->plan.minutes > 0.0 ? seconds / (60.0 * fit->plan.minutes) : 0.0;
    return fmin(fmax(by_epoch, by_time), 1.0);
}

/* The rate rises over the first updates, then falls along half a cosine to a hundredth. */
static double rate_at(const Fit *fit, double done)
{
    const double rise = fmin(((double)fit->n_updates + 1.0) / STEADY_UPDATES, 1.0);
    return fit->plan.learning_rate * rise * (0.01 + 0.99 * 0.5 * (1.0 + cos(3.14159265358979 * done)));
}

static void remember(Fit *fit, const FitPoint *point)
{
    if (fit->n_history == fit->most_history) {
        const size_t most = fit->most_history ? 2 * fit->most_history : 64;
        FitPoint *history = realloc(fit->history, most * sizeof *history);
        if (!history)
            return; /* the point is lost, the training is not */
        fit->history = history;
        fit->most_history = most;
    }
    fit->history[fit->n_history++] = *point;
}

static void validate(Fit *fit, FitPoint *point)
{
    Learner *l = &fit->learner;
    const FitSums *sums = &fit->sums;
    const double n = (double)sums->n_updates;
    point->validated = true;
    point->loss = sums->loss / n;
    point->train_esr = sums->square_sum / fmax(sums->energy, 1e-30);
    point->gradient_norm = sums->norm;
    point->samples_per_second = (double)sums->n_trained / fmax(sums->seconds, 1e-9);
    point->validation_esr = exam_esr(&fit->exam, l->crew);
    point->best = point->validation_esr < fit->best_esr;
    fit->n_worse = point->best ? 0 : fit->n_worse + 1;
    if (point->best) {
        fit->best_esr = point->validation_esr;
        memcpy(fit->best, l->weights.value, l->weights.n * sizeof(float));
    }
    fit->sums = (FitSums){0};
}

/* Samples in the next window. Short ones make many updates while there is much to learn; long ones look
 * further back, which the memory of coupling capacitors needs. Each doubling gets the same part of the plan.
 */
static uint32_t window_at(const FitPlan *plan, double done)
{
    uint32_t n_doublings = 0, window = plan->window;
    while (window << (n_doublings + 1) <= plan->last_window)
        n_doublings++;
    const uint32_t n = (uint32_t)(done * (n_doublings + 1));
    return window << (n < n_doublings ? n : n_doublings);
}

static void update(Fit *fit, double rate, double done)
{
    FitSums *sums = &fit->sums;
    const double start = now();
    const uint32_t n_steps = learner_steps(&fit->plan, window_at(&fit->plan, done));
    const uint64_t n = (uint64_t)n_steps * fit->plan.shape.hop * fit->plan.n_streams;
    const LearnerStep step = learner_update(&fit->learner, rate, n_steps);
    fit->n_updates++;
    fit->n_trained += n;
    sums->n_updates++;
    sums->n_trained += n;
    sums->loss += step.loss;
    sums->square_sum += step.square_sum;
    sums->energy += step.energy;
    sums->norm = fmax(sums->norm, step.norm);
    sums->seconds += now() - start;
}

bool fit_advance(Fit *fit, FitWatch *watch, void *context, FitPoint *point)
{
    const double start = now(), seconds = fit->seconds;
    double done = part_done(fit, seconds);
    *point = (FitPoint){0};
    while (done < 1.0 && !(watch && watch(context, epochs_of(fit), done))) {
        point->learning_rate = rate_at(fit, done);
        update(fit, point->learning_rate, done);
        fit->seconds = seconds + now() - start;
        done = part_done(fit, fit->seconds);
        if (fit->n_trained >= fit->next_validation)
            break;
    }
    const bool due = fit->sums.n_updates && (fit->n_trained >= fit->next_validation || done >= 1.0);
    if (due) {
        validate(fit, point);
        fit->next_validation = fit->n_trained + fit->interval;
    }
    fit->seconds = seconds + now() - start;
    point->epoch = epochs_of(fit);
    point->seconds = fit->seconds;
    point->done = done;
    if (due)
        remember(fit, point);
    return done < 1.0 && !(fit->plan.patience && fit->n_worse >= fit->plan.patience);
}

void fit_judge(Fit *fit)
{
    FitPoint point = {.epoch = epochs_of(fit), .seconds = fit->seconds, .done = part_done(fit, fit->seconds)};
    if (!fit->sums.n_updates || fit->best_esr < INFINITY)
        return;
    validate(fit, &point);
    remember(fit, &point);
}

double fit_best_esr(const Fit *fit)
{
    return fit->best_esr;
}

const FitPoint *fit_history(const Fit *fit, size_t *n)
{
    *n = fit->n_history;
    return fit->history;
}

GruffStatus fit_best_model(const Fit *fit, GruffModel **result)
{
    GruffModel *model;
    GruffStatus status = weights_to_model(&fit->learner.weights, fit->best, &model);
    *result = NULL;
    if (status)
        return status;
    model->rate_hz = fit->data->rate_hz;
    model->rate_stated = true;
    for (uint32_t k = 0; k < fit->data->n_knobs && !status; k++)
        if (fit->data->knob_name[k]) {
            model->knob_name[k] = strdup(fit->data->knob_name[k]);
            status = model->knob_name[k] ? GRUFF_OK : GRUFF_ERROR_MEMORY;
        }
    if (status) {
        gruff_model_free(model);
        return status;
    }
    *result = model;
    return GRUFF_OK;
}
