#include "train/report/log.h"

#include "say.h"
#include "train/report/facts.h"

#include <errno.h>
#include <string.h>

bool train_log_open(TrainLog *log, const char *path, bool append, GruffMessage *message)
{
    *log = (TrainLog){.path = path};
    if (!path)
        return true;
    log->file = fopen(path, append ? "a" : "w");
    if (!log->file)
        snprintf(message->text, sizeof message->text, "%.300s: cannot be written: %s", path, strerror(errno));
    return log->file;
}

/* Takes line. */
static void write_line(TrainLog *log, const char *event, json_t *line)
{
    json_t *whole = json_pack("{s:s, s:s}", "event", event, "model", log->model);
    if (!whole || !line || json_object_update(whole, line) ||
        json_dumpf(whole, log->file, JSON_REAL_PRECISION(9)) || fputc('\n', log->file) == EOF ||
        fflush(log->file))
        log->failed = true;
    json_decref(whole);
    json_decref(line);
}

void train_log_start(TrainLog *log, const TrainData *data, const FitPlan *plan)
{
    if (!log->file)
        return;
    char date[32];
    facts_date(date);
    shape_write(&plan->shape, log->model);
    json_t *findings = json_array(), *knobs = json_array();
    for (uint32_t i = 0; i < data->n_findings; i++)
        json_array_append_new(findings, json_pack("{s:b, s:o}", "fault", data->findings[i].fault, "text",
                                                  facts_text(data->findings[i].text)));
    for (uint32_t k = 0; k < data->n_knobs; k++)
        json_array_append_new(knobs, facts_text(data->knob_name[k] ? data->knob_name[k] : ""));
    write_line(log, "start",
               json_pack("{s:s, s:s, s:f, s:o, s:o, s:o, s:o, s:o, s:o}", "version", GRUFF_VERSION, "date",
                         date, "rate_hz", data->rate_hz, "knobs", knobs, "best_esr",
                         facts_number(data->best_esr), "plan", facts_plan(plan), "pairs", facts_pairs(data),
                         "spans", facts_spans(data), "findings", findings));
}

void train_log_point(TrainLog *log, const FitPoint *point)
{
    if (!log->file || !point->validated)
        return;
    write_line(
        log, "point",
        json_pack("{s:f, s:f, s:f, s:f, s:o, s:o, s:o, s:o, s:f, s:b}", "epoch", point->epoch, "seconds",
                  point->seconds, "done", point->done, "learning_rate", point->learning_rate, "loss",
                  facts_number(point->loss), "train_esr", facts_number(point->train_esr), "validation_esr",
                  facts_number(point->validation_esr), "gradient_norm", facts_number(point->gradient_norm),
                  "samples_per_second", point->samples_per_second, "best", point->best));
}

void train_log_end(TrainLog *log, const TrainOutcome *outcome)
{
    if (!log->file)
        return;
    const TrainStory *story = &outcome->story;
    const FitPoint *last = story->n_points ? &story->points[story->n_points - 1] : NULL;
    write_line(
        log, "end",
        json_pack("{s:o, s:b, s:f, s:f, s:o, s:o, s:o, s:o, s:I, s:f, s:f, s:o}", "file",
                  facts_text(story->path), "stopped", story->stopped, "epochs", last ? last->epoch : 0.0,
                  "seconds", last ? last->seconds : 0.0, "train_esr",
                  facts_number(outcome->esr[TRAIN_ROLE_TRAIN]), "validation_esr",
                  facts_number(outcome->esr[TRAIN_ROLE_VALIDATE]), "test_esr",
                  facts_number(outcome->esr[TRAIN_ROLE_TEST]), "player_test_esr",
                  facts_number(outcome->player_esr[TRAIN_ROLE_TEST]), "weights",
                  (json_int_t)gruff_model_n_weights(outcome->model), "ns_per_sample", outcome->ns_per_sample,
                  "load_percent", outcome->load_percent, "loudness_db",
                  outcome->model->has_loudness ? json_real(outcome->model->loudness_db) : json_null()));
}

int train_log_close(TrainLog *log)
{
    if (!log->file)
        return EXIT_DONE;
    if (fclose(log->file))
        log->failed = true;
    log->file = NULL;
    return log->failed ? say_failed("%s: the log is not whole (a full disk?)", log->path) : EXIT_DONE;
}
