#include "play.h"

#include "find_model.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const qualities[] = {"normal", "hq", NULL};

static const struct {
    GruffControl control;
    const char *name, *argument, *help;
} control_options[] = {
    {GRUFF_CONTROL_INPUT_DB, "input-db", "DB", "trim before the model"},
    {GRUFF_CONTROL_OUTPUT_DB, "output-db", "DB", "trim after everything"},
    {GRUFF_CONTROL_BASS_DB, "bass-db", "DB", "tone, exactly transparent at 0"},
    {GRUFF_CONTROL_MIDDLE_DB, "middle-db", "DB", "tone"},
    {GRUFF_CONTROL_TREBLE_DB, "treble-db", "DB", "tone"},
    {GRUFF_CONTROL_PRESENCE_DB, "presence-db", "DB", "tone"},
    {GRUFF_CONTROL_CALIBRATE_DBU, "calibrate-dbu", "DBU",
     "level of a sine that peaks at 0 dBFS at your interface's input; 0: off. For models that say what level "
     "they were captured at"},
};

void play_options_init(PlayOptions *play)
{
    *play = (PlayOptions){.quality = GRUFF_QUALITY_NORMAL};
    Option *o = play->options;
    *o++ = (Option){
        "model",     'm',
        OPTION_TEXT, &play->model,
        "MODEL",     "model file, or the name of a shipped model; without it the shipped default plays",
        0,           0,
        NULL};
    *o++ = (Option){"knob", 'k', OPTION_NUMBERS, &play->knobs, "A[,B]", "the model's knobs, in its order", 0,
                    1,      NULL};
    for (size_t i = 0; i < sizeof control_options / sizeof *control_options; i++) {
        GruffControl control = control_options[i].control;
        const GruffControlRange *range = gruff_control_range(control);
        play->control[control] = range->standard;
        *o++ = (Option){control_options[i].name,
                        0,
                        OPTION_NUMBER,
                        &play->control[control],
                        control_options[i].argument,
                        control_options[i].help,
                        range->min,
                        range->max,
                        NULL};
    }
    *o++ = (Option){"match", 0, OPTION_FLAG, &play->match, NULL, "bring every model to the same loudness",
                    0,       0, NULL};
    *o++ =
        (Option){"quality",
                 0,
                 OPTION_CHOICE,
                 &play->quality,
                 "WAY",
                 "at other sample rates than the model's: normal converts the rate around the net; hq runs "
                 "the net at a whole multiple of its rate (no latency, less aliasing, more work)",
                 0,
                 0,
                 qualities};
    *o++ =
        (Option){"kernel",    0,
                 OPTION_TEXT, &play->kernel,
                 "NAME",      "code for this instruction set; without it the fastest this computer can run",
                 0,           0,
                 NULL};
}

int play_check_kernel(const char *kernel, const char *command)
{
    char all[128] = "";
    if (!kernel)
        return OPTIONS_PARSED;
    for (uint32_t i = 0; gruff_kernel_name(i); i++) {
        if (!strcmp(gruff_kernel_name(i), kernel))
            return OPTIONS_PARSED;
        size_t n = strlen(all);
        snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "", gruff_kernel_name(i));
    }
    return say_usage(command, "--kernel %s: not a kernel that this computer can run; there are %s", kernel,
                     all);
}

int play_options_check(const PlayOptions *play, const char *command)
{
    return play_check_kernel(play->kernel, command);
}

bool play_uses_engine(const PlayOptions *play)
{
    for (size_t i = 0; i < sizeof control_options / sizeof *control_options; i++) {
        GruffControl control = control_options[i].control;
        if (play->control[control] != gruff_control_range(control)->standard)
            return true;
    }
    return play->match || play->quality != GRUFF_QUALITY_NORMAL;
}

static bool knobs_fit(const PlayOptions *play, const GruffModel *model)
{
    uint32_t n = gruff_model_n_knobs(model);
    if (play->knobs.n <= n)
        return true;
    if (!n)
        say_failed("--knob: the model '%s' has no knobs; leave --knob out", gruff_model_name(model));
    else
        say_failed("--knob: %u values for the model '%s', which has %u %s (%s%s%s); give %u at most",
                   play->knobs.n, gruff_model_name(model), n, n == 1 ? "knob" : "knobs",
                   gruff_model_knob_name(model, 0), n > 1 ? ", " : "",
                   n > 1 ? gruff_model_knob_name(model, 1) : "", n);
    return false;
}

GruffModel *play_load_model(const PlayOptions *play)
{
    GruffMessage message = {""};
    GruffModel *model = NULL;
    char path[FIND_PATH_MAX];
    if (!find_model(play->model, &message, path) || gruff_model_load(path, &message, &model)) {
        say_failed("%s", message.text);
        return NULL;
    }
    if (*gruff_model_warning(model))
        say_warning("%s: %s", path, gruff_model_warning(model));
    if (!knobs_fit(play, model)) {
        gruff_model_free(model);
        return NULL;
    }
    return model;
}

static float knob_value(const PlayOptions *play, uint32_t knob)
{
    GruffControl control = knob ? GRUFF_CONTROL_KNOB_2 : GRUFF_CONTROL_KNOB_1;
    return knob < play->knobs.n ? (float)play->knobs.value[knob] : gruff_control_range(control)->standard;
}

GruffNet *play_build_net(const PlayOptions *play, const GruffModel *model, double rate_hz,
                         uint32_t n_channels)
{
    GruffMessage message = {""};
    GruffNetOptions options = {n_channels, rate_hz, (GruffQuality)play->quality, play->kernel};
    GruffNet *net;
    if (gruff_net_build(model, &options, &message, &net)) {
        say_failed("%s", message.text);
        return NULL;
    }
    for (uint32_t k = 0; k < gruff_model_n_knobs(model); k++)
        gruff_net_set_knob(net, k, knob_value(play, k));
    return net;
}

void play_set_controls(const PlayOptions *play, GruffEngine *engine)
{
    for (size_t i = 0; i < sizeof control_options / sizeof *control_options; i++) {
        GruffControl control = control_options[i].control;
        gruff_engine_set(engine, control, (float)play->control[control]);
    }
    gruff_engine_set(engine, GRUFF_CONTROL_KNOB_1, knob_value(play, 0));
    gruff_engine_set(engine, GRUFF_CONTROL_KNOB_2, knob_value(play, 1));
    gruff_engine_set(engine, GRUFF_CONTROL_MATCH, play->match ? 1.0f : 0.0f);
}

GruffEngine *play_build_engine(const PlayOptions *play, const GruffModel *model, double rate_hz,
                               uint32_t n_channels, const char **kernel)
{
    GruffMessage message = {""};
    GruffEngine *engine;
    if (gruff_engine_new(rate_hz, n_channels, &message, &engine)) {
        say_failed("%s", message.text);
        return NULL;
    }
    GruffNet *net = play_build_net(play, model, rate_hz, n_channels);
    if (!net) {
        gruff_engine_free(engine);
        return NULL;
    }
    *kernel = gruff_net_kernel(net);
    gruff_net_settle(net);
    if (play->match)
        gruff_net_measure_loudness(net);
    play_set_controls(play, engine);
    bool taken = gruff_engine_offer(engine, net);
    assert(taken); /* nothing waits in a new engine */
    (void)taken;
    gruff_engine_reset(engine);
    return engine;
}
