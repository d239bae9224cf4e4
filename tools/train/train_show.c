#include "train/train_show.h"

#include "progress.h"
#include "train/shape.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static void show_pair(const TrainData *data, const TrainPair *pair)
{
    printf("  %s -> %s: %.1f s", pair->dry, pair->wet, (double)pair->n / data->rate_hz);
    for (uint32_t k = 0; k < data->n_knobs; k++)
        printf(", %s %g", data->knob_name[k], (double)pair->knob[k]);
    if (fabs(pair->delay_frames) >= 0.5)
        printf(", delay %.2f ms taken out", 1e3 * pair->delay_frames / data->rate_hz);
    if (fabs(pair->drift_ppm) >= 0.1)
        printf(", drift %.1f ppm taken out", pair->drift_ppm);
    puts(pair->inverted ? ", upside down (kept so)" : "");
}

void show_data(const TrainData *data)
{
    printf("Sound at %g Hz: %.0f s to train on, %.0f s to choose by, %.0f s to test with\n", data->rate_hz,
           train_data_seconds(data, TRAIN_ROLE_TRAIN), train_data_seconds(data, TRAIN_ROLE_VALIDATE),
           train_data_seconds(data, TRAIN_ROLE_TEST));
    for (uint32_t i = 0; i < data->n_pairs; i++)
        show_pair(data, &data->pairs[i]);
    for (uint32_t i = 0; i < data->n_findings; i++)
        printf("  %s%s\n", data->findings[i].fault ? "FAULT: " : "", data->findings[i].text);
    if (data->best_esr == data->best_esr)
        printf("  The gear repeats itself to an ESR of %.2g (%.1f dB): no model can be truer.\n",
               data->best_esr, finish_db(data->best_esr));
    fflush(stdout);
}

/* "12 s", "3 min 05 s". */
static void write_time(double seconds, char text[32])
{
    const unsigned s = (unsigned)fmin(seconds + 0.5, 1e8);
    if (s < 100)
        snprintf(text, 32, "%u s", s);
    else
        snprintf(text, 32, "%u min %02u s", s / 60, s % 60);
}

static void write_line(const ShowState *state, double epoch, double done, char *line, size_t size)
{
    char left[32] = "?";
    const double since = done - state->first_done, seconds = progress_clock() - state->begin_s;
    if (since > 0.0 && seconds > 0.5)
        write_time((1.0 - done) * seconds / since, left);
    if (state->validated)
        snprintf(line, size, "pass %.1f, %s left: ESR %.4f training, %.4f validation (%s)", epoch, left,
                 state->train_esr, state->best_esr, finish_word(state->best_esr));
    else
        snprintf(line, size, "pass %.1f, %s left", epoch, left);
}

void show_way(ShowState *state, double epoch, double done)
{
    char line[128];
    if (!state->begun) {
        state->begun = true;
        state->first_done = state->next_line = done;
        state->begin_s = progress_clock();
    }
    if (!isatty(STDERR_FILENO))
        return;
    write_line(state, epoch, done, line, sizeof line);
    progress_show(line, -1.0);
}

void show_point(ShowState *state, const FitPoint *point, double best_esr)
{
    char line[128];
    state->validated = true;
    state->train_esr = point->train_esr;
    state->best_esr = best_esr;
    show_way(state, point->epoch, point->done);
    if (isatty(STDERR_FILENO) || point->done < state->next_line)
        return;
    write_line(state, point->epoch, point->done, line, sizeof line);
    puts(line);
    fflush(stdout);
    state->next_line = floor(point->done * 10.0 + 1.0) / 10.0;
}

static void show_score(const TrainOutcome *o, TrainRole role, const char *name)
{
    if (o->esr[role] == o->esr[role])
        printf("  %-11s ESR %.5f (%.1f dB): %s\n", name, o->esr[role], finish_db(o->esr[role]),
               finish_word(o->esr[role]));
}

void show_outcome(const TrainOutcome *o, const char *report)
{
    char shape[SHAPE_NAME_SIZE];
    shape_write(&o->story.plan->shape, shape);
    printf("%s: %s, the player plays what was trained\n", o->story.path, shape);
    show_score(o, TRAIN_ROLE_TRAIN, "training");
    show_score(o, TRAIN_ROLE_VALIDATE, "validation");
    show_score(o, TRAIN_ROLE_TEST, "test");
    printf("  costs       %.0f ns a sample on this CPU (%s), %.2g %% of a core\n", o->ns_per_sample,
           o->kernel, o->load_percent);
    if (report)
        printf("  report      %s\n", report);
    printf("Listen: gruff render -m %s IN.wav OUT.wav\n", o->story.path);
}
