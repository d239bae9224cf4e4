#include "train/report/facts.h"

#include "train/shape.h"

#include <math.h>
#include <string.h>
#include <time.h>

json_t *facts_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *facts_text(const char *text)
{
    json_t *value = json_string(text);
    return value ? value : json_string("?");
}

const char *facts_role(TrainRole role)
{
    static const char *const names[] = {"train", "validate", "test"};
    return names[role];
}

void facts_date(char text[32])
{
    time_t now = time(NULL);
    struct tm utc;
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}

json_t *facts_plan(const FitPlan *plan)
{
    const FitShape *shape = &plan->shape;
    return json_pack(
        "{s:s, s:i, s:i, s:i, s:b, s:I, s:i, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:i}", "cell",
        shape_cell(shape), "hidden", (int)shape->hidden, "layers", (int)shape->n_layers, "hop",
        (int)shape->hop, "skip", shape->skip, "seed", (json_int_t)plan->seed, "streams", (int)plan->n_streams,
        "window", (int)plan->window, "epochs_planned", plan->epochs, "minutes_planned", plan->minutes,
        "learning_rate", plan->learning_rate, "clip_norm", plan->clip_norm, "pre_weight", plan->pre_weight,
        "plain_weight", plan->plain_weight, "pre_emphasis", plan->pre_emphasis, "dc_weight", plan->dc_weight,
        "spectral_weight", plan->spectral_weight, "patience", (int)plan->patience);
}

static const char *base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static json_t *pair_json(const TrainData *data, const TrainPair *pair)
{
    json_t *knobs = json_array();
    for (uint32_t k = 0; k < data->n_knobs; k++)
        json_array_append_new(knobs, facts_number((double)pair->knob[k]));
    return json_pack("{s:o, s:o, s:f, s:o, s:b, s:o, s:o}", "dry", facts_text(base(pair->dry)), "wet",
                     facts_text(base(pair->wet)), "seconds", (double)pair->n / data->rate_hz, "delay_frames",
                     facts_number(pair->delay_frames), "inverted", pair->inverted, "drift_ppm",
                     facts_number(pair->drift_ppm), "knobs", knobs);
}

json_t *facts_pairs(const TrainData *data)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < data->n_pairs; i++)
        json_array_append_new(list, pair_json(data, &data->pairs[i]));
    return list;
}

json_t *facts_spans(const TrainData *data)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < data->n_spans; i++) {
        const TrainSpan *span = &data->spans[i];
        json_array_append_new(list, json_pack("{s:i, s:s, s:I, s:I}", "pair", (int)span->pair, "role",
                                              facts_role(span->role), "start", (json_int_t)span->start, "n",
                                              (json_int_t)span->n));
    }
    return list;
}
