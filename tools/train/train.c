/* gruff train: fit a model to recordings. */
#include "commands.h"
#include "interrupt.h"
#include "options.h"
#include "output_file.h"
#include "progress.h"
#include "say.h"
#include "train/report/log.h"
#include "train/report/report.h"
#include "train/train_options.h"
#include "train/train_show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Seconds between two times that a fit is saved. */
static const double save_every = 20.0;

/* One model in the making. */
typedef struct Job {
    const TrainOptions *options;
    const TrainData *data;
    FitPlan plan;
    const char *path;
    char state_path[COMPARE_PATH_SIZE + 8]; /* where the fit is saved on the way */
    TrainLog *log;
    CompareRow *row; /* NULL: not a comparison */
} Job;

/* ---- fitting ---- */

static int save(const Job *job, const Fit *fit)
{
    GruffMessage message = {""};
    if (!fit_save(fit, job->state_path, &message))
        return EXIT_DONE;
    progress_clear();
    return say_failed("%s", message.text);
}

static bool on_the_way(void *context, double epoch, double done)
{
    show_way(context, epoch, done);
    return interrupted();
}

/* Until the end or Ctrl-C. The state is saved now and then, and at the end of what was interrupted. */
static int fit_it(const Job *job, Fit *fit)
{
    FitPoint point = {0};
    ShowState show = {0};
    double saved = progress_clock();
    bool more = true;
    int status = EXIT_DONE;
    while (more && !interrupted() && !status) {
        more = fit_advance(fit, on_the_way, &show, &point);
        train_log_point(job->log, &point);
        if (point.validated)
            show_point(&show, &point, fit_best_esr(fit));
        if (more && progress_clock() - saved > save_every) {
            status = save(job, fit);
            saved = progress_clock();
        }
    }
    progress_clear();
    if (more && interrupted() && !status && point.epoch > 0.0) {
        status = save(job, fit);
        fit_judge(fit);
    }
    return status;
}

/* ---- the model ---- */

static void write_report(const TrainOutcome *outcome, const Job *job)
{
    char path[REPORT_PATH_SIZE];
    GruffMessage message = {""};
    const bool wanted = job->options->report;
    const bool done = wanted && report_path(job->path, path) && !report_write(outcome, path, &message);
    if (wanted && !done)
        say_warning("%s",
                    *message.text ? message.text : "the report's name would be too long; it is left out");
    if (!job->row)
        show_outcome(outcome, done ? path : NULL);
}

static int write_model(const Job *job, const Fit *fit)
{
    GruffModel *model;
    GruffMessage message = {""};
    TrainOutcome *outcome;
    if (!isfinite(fit_best_esr(fit)))
        return say_failed("%s: not written: %s", job->path,
                          interrupted()
                              ? "interrupted before training had begun"
                              : "the training came to no model that plays; try a lower --learning-rate");
    if (fit_best_model(fit, &model))
        return say_failed("%s: no memory", job->path);
    TrainStory story = {
        .data = job->data,
        .plan = &job->plan,
        .stopped = interrupted(),
        .path = job->path,
        .name = job->options->name,
        .input_level_dbu = (double)NAN,
    };
    story.points = fit_history(fit, &story.n_points);
    if (finish_model(model, &story, &message, &outcome))
        return say_failed("%s", message.text);
    train_log_end(job->log, outcome);
    if (job->row)
        compare_note(outcome, job->row);
    write_report(outcome, job);
    finish_free(outcome);
    return EXIT_DONE;
}

/* ---- one job ---- */

static int train_one(Job *job)
{
    Fit *fit;
    GruffMessage message = {""};
    if (fit_new(&job->plan, job->data, &message, &fit))
        return say_failed("%s: %s", job->path, *message.text ? message.text : "no memory for the training");
    int status = EXIT_DONE;
    if (job->options->resume && fit_resume(fit, job->state_path, &message))
        status = say_failed("%s", message.text);
    if (!status) {
        train_log_start(job->log, job->data, &job->plan);
        status = fit_it(job, fit);
    }
    if (!status)
        status = write_model(job, fit);
    fit_free(fit);
    if (!status && !interrupted())
        unlink(job->state_path);
    else if (interrupted() && !status)
        printf("Interrupted; this is the best model so far. --resume goes on from %s.\n", job->state_path);
    return status;
}

static Job job_of(const TrainOptions *options, const TrainData *data, TrainLog *log, const char *path)
{
    Job job = {.options = options, .data = data, .plan = options->plan, .path = path, .log = log};
    snprintf(job.state_path, sizeof job.state_path, "%s.train", path);
    return job;
}

static int compare(const TrainOptions *options, const TrainData *data, TrainLog *log)
{
    CompareRow *rows = calloc(options->n_shapes, sizeof *rows);
    size_t n = 0;
    int status = rows ? EXIT_DONE : say_failed("%s: no memory", options->model);
    for (size_t i = 0; i < options->n_shapes && !status && !interrupted(); i++) {
        char path[COMPARE_PATH_SIZE], kind[SHAPE_NAME_SIZE];
        if (!compare_path(options->model, &options->shapes[i], path)) {
            status = say_failed("%s: too long a name", options->model);
            break;
        }
        Job job = job_of(options, data, log, path);
        job.plan.shape = options->shapes[i];
        job.row = &rows[n];
        shape_write(&job.plan.shape, kind);
        printf("%s (%zu of %zu)\n", kind, i + 1, options->n_shapes);
        status = train_one(&job);
        n += !status;
    }
    if (n)
        compare_print(stdout, rows, n);
    free(rows);
    return status;
}

static int train(const TrainOptions *options, const TrainData *data)
{
    TrainLog log;
    GruffMessage message = {""};
    if (!train_log_open(&log, options->log, options->resume, &message))
        return say_failed("%s", message.text);
    show_data(data);
    Job job = job_of(options, data, &log, options->model);
    int status = options->n_shapes ? compare(options, data, &log) : train_one(&job);
    const int log_status = train_log_close(&log);
    return status ? status : log_status;
}

/* Before any work: whether the model can be written at all, and no other training is thrown away. */
static int check_place(const TrainOptions *options)
{
    OutputFile file;
    GruffMessage message = {""};
    const Job job = job_of(options, NULL, NULL, options->model);
    if (!strcmp(job.path, "-"))
        return say_usage("train", "-o -: a model goes into a file; give its name, such as -o amp.json");
    if (!options->resume && !options->n_shapes && !access(job.state_path, F_OK))
        return say_failed("%s: holds a training that was interrupted; go on with it by --resume, or remove "
                          "that file to begin anew",
                          job.state_path);
    if (!output_file_open(&file, job.path, &message))
        return say_failed("%s", message.text);
    output_file_abandon(&file);
    return EXIT_DONE;
}

int command_train(int argc, char **argv)
{
    TrainOptions *options = malloc(sizeof *options);
    GruffMessage message = {""};
    TrainData *data = NULL;
    if (!options)
        return say_failed("train: no memory");
    int status = train_options_read(options, argc, argv);
    if (status == OPTIONS_PARSED)
        status = check_place(options);
    else
        goto end;
    if (status)
        goto end;
    interrupt_catch();
    if (train_data_load(&options->wish, &message, &data))
        status = say_failed("%s", message.text);
    else
        status = train(options, data);
end:
    train_data_free(data);
    train_options_free(options);
    free(options);
    fflush(stdout);
    interrupt_finish();
    return status;
}
