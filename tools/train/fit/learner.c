#include "train/fit/learner.h"

#include "train/fit/spectral.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The energy that a window's error is measured by is at least this part of what the whole sound has on
 * average. */
static const double least_energy = 0.05;

/* Frames of the spectral term, in samples. */
enum { N_SIZES = 3 };
static const uint32_t spectral_sizes[N_SIZES] = {512, 256, 128};

/* ---- building ---- */

uint32_t learner_steps(const FitPlan *plan, uint32_t window)
{
    return (window + plan->shape.hop - 1) / plan->shape.hop;
}

/* Streams in a group, and the kernel for so many: the last group's lanes go to waste where it has few. */
static uint32_t streams_in(const Learner *l, uint32_t group)
{
    const uint32_t left = l->plan->n_streams - group * l->kernel->width;
    return left < l->kernel->width ? left : l->kernel->width;
}

static const TrainKernel *kernel_of(const Learner *l, uint32_t group)
{
    const TrainKernel *narrow = l->plan->kernel ? NULL : l->kernel->narrow;
    return narrow && narrow->available() && streams_in(l, group) <= narrow->width ? narrow : l->kernel;
}

static bool make_parts(Learner *l)
{
    const uint32_t n_workers = crew_size(l->crew);
    l->carries = calloc(l->n_groups, sizeof *l->carries);
    l->unrolls = calloc(n_workers, sizeof *l->unrolls);
    l->gradients = calloc(l->n_groups, sizeof *l->gradients);
    l->losses = calloc(l->n_groups, sizeof *l->losses);
    bool ok = l->carries && l->unrolls && l->gradients && l->losses;
    for (uint32_t i = 0; ok && i < l->n_groups; i++) {
        l->gradients[i] = malloc(l->weights.n * sizeof(float));
        ok = l->gradients[i] && carry_new(&l->carries[i], &l->weights, kernel_of(l, i));
    }
    const bool spectral = l->plan->spectral_weight > 0.0;
    const uint32_t n_steps = learner_steps(l->plan, l->plan->last_window),
                   n_samples = n_steps * l->plan->shape.hop;
    for (uint32_t i = 0; ok && i < n_workers; i++) {
        Unroll *u = &l->unrolls[i];
        ok = unroll_new(u, &l->weights, l->kernel, n_steps) &&
             (!spectral || spectral_new(&u->spectrum, spectral_sizes, N_SIZES, n_samples, l->kernel->width));
    }
    return ok;
}

static GruffStatus fail(GruffMessage *message, GruffStatus status, const char *text)
{
    if (message)
        snprintf(message->text, sizeof message->text, "%s", text);
    return status;
}

/* The kernel asked for; else the widest that cuts the streams into two groups or more, so that two threads
 * have work. It does not depend on how many threads there are: then neither does the model. */
static const TrainKernel *choose_kernel(const FitPlan *plan)
{
    const TrainKernel *kernel = train_kernel_find(plan->kernel);
    if (!kernel || plan->kernel || plan->n_streams > kernel->width)
        return kernel;
    const TrainKernel *half = train_kernel_find("avx512x1");
    return half ? half : kernel;
}

GruffStatus learner_new(Learner *l, const FitPlan *plan, const TrainData *data, GruffMessage *message)
{
    const uint32_t n_threads = plan->n_threads ? plan->n_threads : crew_cores();
    *l = (Learner){.plan = plan, .kernel = choose_kernel(plan)};
    if (!l->kernel)
        return fail(message, GRUFF_ERROR_ARGUMENT, "no such kernel on this CPU");
    const uint32_t W = l->kernel->width;
    l->n_groups = (plan->n_streams + W - 1) / W;
    l->crew = crew_new(n_threads < l->n_groups ? n_threads : l->n_groups);
    bool ok = l->crew && weights_new(&l->weights, &plan->shape, data->n_knobs) &&
              optimiser_new(&l->optimiser, l->weights.n) &&
              streams_new(&l->streams, data, TRAIN_ROLE_TRAIN, plan->shape.hop, plan->n_streams,
                          (float)plan->pre_emphasis) &&
              make_parts(l);
    GruffStatus status = ok ? GRUFF_OK : fail(message, GRUFF_ERROR_MEMORY, "no memory for the training");
    if (ok && l->streams.n / plan->n_streams < learner_steps(plan, plan->window) * (size_t)plan->shape.hop)
        status = fail(message, GRUFF_ERROR_ARGUMENT,
                      "too little sound to train on; record more, or use fewer streams or a shorter window");
    if (!status && !(l->streams.energy > 0.0))
        status = fail(message, GRUFF_ERROR_ARGUMENT, "the sound to train on is silent; record it again");
    if (status) {
        learner_free(l);
        return status;
    }
    weights_start(&l->weights, &plan->start, plan->seed);
    weights_pack(&l->weights, l->kernel);
    return GRUFF_OK;
}

void learner_free(Learner *l)
{
    for (uint32_t i = 0; l->carries && i < l->n_groups; i++)
        carry_free(&l->carries[i]);
    for (uint32_t i = 0; l->gradients && i < l->n_groups; i++)
        free(l->gradients[i]);
    for (uint32_t i = 0; l->unrolls && i < crew_size(l->crew); i++)
        unroll_free(&l->unrolls[i]);
    free(l->carries);
    free(l->unrolls);
    free(l->gradients);
    free(l->losses);
    streams_free(&l->streams);
    optimiser_free(&l->optimiser);
    weights_free(&l->weights);
    crew_free(l->crew);
    *l = (Learner){0};
}

/* ---- one update ---- */

static void learn_groups(void *context, uint32_t worker, uint32_t n_workers)
{
    Learner *l = context;
    Unroll *u = &l->unrolls[worker];
    for (uint32_t g = worker; g < l->n_groups; g += n_workers) {
        const uint32_t first = g * l->kernel->width, n = streams_in(l, g);
        unroll_use(u, kernel_of(l, g));
        streams_restart(&l->streams, first, n, &l->weights, u->kernel->width, &l->carries[g]);
        streams_fill(&l->streams, first, n, u);
        memset(l->gradients[g], 0, l->weights.n * sizeof(float));
        unroll_learn(u, &l->carries[g], &l->losses[g], l->gradients[g]);
    }
}

/* The loss pools its energies over the whole batch, so they are known before the first gradient; they are
 * soon added up, sooner than threads are woken. Groups add up in their order, however many threads there are.
 */
LearnerStep learner_update(Learner *l, double rate, uint32_t n_steps)
{
    const FitPlan *plan = l->plan;
    const double n_window = (double)n_steps * plan->shape.hop, n = n_window * plan->n_streams;
    double energy = 0.0, pre_energy = 0.0;
    for (uint32_t i = 0; i < crew_size(l->crew); i++)
        l->unrolls[i].window = n_steps;
    for (uint32_t g = 0; g < l->n_groups; g++) {
        double sums[2];
        streams_energy(&l->streams, g * l->kernel->width, streams_in(l, g), n_steps, sums);
        energy += sums[0];
        pre_energy += sums[1];
    }
    LearnerStep step = {.energy = energy};
    energy = fmax(energy, least_energy * n * l->streams.energy);
    pre_energy = fmax(pre_energy, least_energy * n * l->streams.pre_energy);
    for (uint32_t g = 0; g < l->n_groups; g++)
        l->losses[g] = (TrainLoss){
            .pre_emphasis = (float)plan->pre_emphasis,
            .pre_scale = (float)(plan->pre_weight / pre_energy),
            .plain_scale = (float)(plan->plain_weight / energy),
            .dc_scale = (float)(plan->dc_weight * n_window / energy),
        };
    for (uint32_t i = 0; i < crew_size(l->crew); i++)
        spectral_scale(&l->unrolls[i].spectrum, plan->spectral_weight, energy);
    crew_run(l->crew, learn_groups, l);
    for (uint32_t g = 0; g < l->n_groups; g++) {
        step.loss +=
            l->losses[g].pre_sum + l->losses[g].plain_sum + l->losses[g].dc_sum + l->losses[g].spectral_sum;
        step.square_sum += l->losses[g].square_sum;
        for (size_t i = 0; g && i < l->weights.n; i++)
            l->gradients[0][i] += l->gradients[g][i];
    }
    step.norm = optimiser_step(&l->optimiser, l->weights.value, l->gradients[0], rate, plan->clip_norm);
    weights_pack(&l->weights, l->kernel);
    return step;
}
