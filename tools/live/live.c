/* gruff live: play through models from a terminal. */
#include "live/live.h"

#include "audio/terminal.h"
#include "commands.h"
#include "say.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TICK_MS = 50 };

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- models */

static void free_old_nets(Live *live)
{
    for (GruffNet *net; (net = gruff_engine_collect(live->engine)) != NULL;)
        gruff_net_free(net);
}

/* Offer the net of the model at list.at, with the knobs as they are. */
static bool play_current(Live *live)
{
    GruffModel *model = playlist_load(&live->list, &live->play);
    if (!model)
        return false;
    GruffNet *net = play_build_net(&live->play, model, live->choice.rate_hz, live->choice.input.n_channels);
    if (!net) {
        gruff_model_free(model);
        return false;
    }
    for (uint32_t k = 0; k < gruff_model_n_knobs(model); k++)
        gruff_net_set_knob(net, k, live->value[GRUFF_CONTROL_KNOB_1 + k]);
    gruff_net_settle(net);
    free_old_nets(live);
    if (!gruff_engine_offer(live->engine, net)) {
        gruff_net_free(net);
        gruff_model_free(model);
        return false;
    }
    gruff_model_free(live->model);
    live->model = model;
    return true;
}

void live_step_model(Live *live, int step)
{
    uint32_t before = live->list.at, n = live->list.n;
    live->play.knobs.n = 0; /* --knob was for the first model; the engine holds the knobs since */
    do
        live->list.at = (live->list.at + n + (uint32_t)step) % n;
    while (live->list.at != before && !play_current(live));
}

/* ---- controls */

void live_set(Live *live, GruffControl control, double value)
{
    const GruffControlRange *range = gruff_control_range(control);
    value = fmin(fmax(value, range->min), range->max);
    live->value[control] = (float)value;
    player_set(&live->player, control, (float)value);
}

void live_toggle_record(Live *live)
{
    if (recorder_state(live->recorder) == RECORDER_ON) {
        recorder_stop(live->recorder, true);
        live_say_recorded(live);
        return;
    }
    char name[64];
    time_t now = time(NULL);
    struct tm local;
    strftime(name, sizeof name, "gruff-%Y%m%d-%H%M%S.wav", localtime_r(&now, &local));
    live->told_failure = false;
    if (!recorder_start(live->recorder, live->options.record ? live->options.record : name))
        live->has_recorded = true;
}

void live_say_recorded(Live *live)
{
    if (!live->has_recorded || !live->talks)
        return;
    terminal_show(NULL, 0);
    printf("Recorded %.1f s: %s (as heard), %s (dry).\n", recorder_seconds(live->recorder),
           recorder_path(live->recorder), recorder_dry_path(live->recorder));
    live->has_recorded = false;
}

/* ---- while playing */

static void look(Live *live, LiveView *view)
{
    *view = (LiveView){.played_s = (double)audio_stream_frames(live->stream) / live->choice.rate_hz,
                       .model = gruff_model_name(live->model),
                       .model_at = live->list.at,
                       .n_models = live->list.n,
                       .sound = live->compares
                                    ? live->value[GRUFF_CONTROL_ENABLED] > 0 ? "A/B: model" : "A/B: dry"
                                : live->value[GRUFF_CONTROL_ENABLED] > 0 ? ""
                                                                         : "BYPASS",
                       .recording = recorder_state(live->recorder) == RECORDER_ON,
                       .record_path = recorder_path(live->recorder),
                       .recorded_s = recorder_seconds(live->recorder),
                       .load = audio_stream_load(live->stream),
                       .faults = audio_stream_faults(live->stream),
                       .rate_hz = live->choice.rate_hz,
                       .block = audio_stream_block(live->stream),
                       .n_knobs = gruff_model_n_knobs(live->model),
                       .levels = player_levels(&live->player)};
    view->round_trip_s =
        audio_stream_round_trip_s(live->stream) + player_latency(&live->player) / live->choice.rate_hz;
    memcpy(view->value, live->value, sizeof view->value);
    for (uint32_t k = 0; k < view->n_knobs; k++)
        view->knob_name[k] = gruff_model_knob_name(live->model, k);
}

static void tell_failures(Live *live)
{
    if (recorder_state(live->recorder) == RECORDER_FAILED && !live->told_failure) {
        terminal_show(NULL, 0);
        say_failed("%s", recorder_failure(live->recorder));
        live->told_failure = true;
    }
    uint64_t n_lost = recorder_lost(live->recorder);
    if (n_lost && !live->told_lost) {
        terminal_show(NULL, 0);
        say_warning("%s: the disk is too slow; parts of the recording are missing",
                    recorder_path(live->recorder));
    }
    live->told_lost = n_lost > 0;
}

/* Play until told to stop or the device dies. */
static AudioHealth play_on(Live *live, LiveView *view)
{
    double started = now_s(), tick = started, second = 1;
    float in_peak = 0, out_peak = 0;
    for (;;) {
        int key = terminal_key(TICK_MS);
        if (key == KEY_STOP || (key != KEY_NONE && !live_key(live, key)))
            return AUDIO_WELL;
        double now = now_s();
        look(live, view);
        live_meters_update(&live->meters, view, now - tick);
        tick = now;
        in_peak = fmaxf(in_peak, view->levels.input_peak);
        out_peak = fmaxf(out_peak, view->levels.output_peak);
        live_compare(live, now);
        free_old_nets(live);
        tell_failures(live);
        if (live->on_terminal)
            live_show(view, &live->meters);
        if (now - started >= second) {
            if (live->options.status)
                live_print_status(view, &live->meters, in_peak, out_peak);
            in_peak = out_peak = 0;
            second++;
        }
        AudioHealth health = audio_stream_health(live->stream);
        if (health != AUDIO_WELL)
            return health;
    }
}

static void say_started(const Live *live)
{
    if (!live->talks)
        return;
    if (live->on_terminal)
        printf("From %s to %s (%s). ? shows the keys, q quits.\n", live->choice.input.name,
               live->choice.output.name, live->choice.host);
    if (!audio_realtime_priority())
        say_warning(
            "the system gives the sound no real-time priority, so it may break up when the computer is busy; %s",
            live->choice.is_jack
                ? "start JACK in real-time mode"
                : "an rtprio limit allows it (on Debian: install rtkit, or join group audio)");
    fflush(stdout);
}

static int finish(Live *live, const LiveView *view, AudioHealth health)
{
    audio_stream_stop(&live->stream);
    recorder_stop(live->recorder, false);
    terminal_show(NULL, 0);
    terminal_end();
    bool failed = recorder_state(live->recorder) == RECORDER_FAILED;
    if (live->talks)
        live_print_summary(view, &live->meters);
    live_say_recorded(live);
    fflush(stdout);
    if (health == AUDIO_WELL)
        return failed ? EXIT_FAILED : EXIT_DONE;
    return say_failed("%s: %s%s", live->choice.is_jack ? "JACK" : live->choice.input.name,
                      audio_health_words(&live->choice, health),
                      *recorder_path(live->recorder) ? "; the recording up to then is whole" : "");
}

static int play(Live *live)
{
    LiveView view;
    live->meters = (LiveMeters){.in_db = LIVE_LOWEST_DB, .out_db = LIVE_LOWEST_DB};
    if (live->options.record) {
        if (recorder_start(live->recorder, live->options.record))
            return EXIT_FAILED;
        live->has_recorded = true;
    }
    terminal_hold_signals();
    if (audio_stream_start(&live->choice, player_run, &live->player, &live->stream))
        return EXIT_FAILED;
    if (live->options.chose_device)
        audio_remember("live", &live->choice);
    live->on_terminal = terminal_begin();
    live->talks = live->on_terminal || live->options.status;
    for (int i = 0; i < 20 && audio_stream_frames(live->stream) == 0; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    say_started(live);
    look(live, &view);
    AudioHealth health = play_on(live, &view);
    look(live, &view);
    return finish(live, &view, health);
}

static int prepare(Live *live)
{
    const LiveOptions *options = &live->options;
    if (playlist_read(options->models, options->n_models, &live->list))
        return EXIT_FAILED;
    live->model = playlist_load(&live->list, &live->play);
    if (!live->model || audio_choose(&options->wish, "live", gruff_model_rate_hz(live->model), &live->choice))
        return EXIT_FAILED;
    const char *kernel;
    uint32_t n_inputs = live->choice.input.n_channels, n_outputs = live->choice.output.n_channels;
    if (n_inputs > GRUFF_MAX_CHANNELS || n_outputs < n_inputs)
        return say_usage("live",
                         "%u input and %u output channels: give one input, or two with at least two outputs",
                         n_inputs, n_outputs);
    live->engine = play_build_engine(&live->play, live->model, live->choice.rate_hz, n_inputs, &kernel);
    live->recorder = recorder_new(live->choice.rate_hz, n_inputs);
    if (!live->engine)
        return EXIT_FAILED;
    if (!live->recorder)
        return say_failed("live: no memory");
    player_init(&live->player, live->engine, live->recorder, n_inputs, n_outputs);
    for (int k = 0; k < GRUFF_N_CONTROLS; k++)
        live->value[k] = gruff_control_range((GruffControl)k)->standard;
    for (int k = GRUFF_CONTROL_INPUT_DB; k <= GRUFF_CONTROL_PRESENCE_DB; k++)
        live->value[k] = (float)live->play.control[k];
    for (uint32_t k = 0; k < live->play.knobs.n && k < GRUFF_MAX_KNOBS; k++)
        live->value[GRUFF_CONTROL_KNOB_1 + k] = (float)live->play.knobs.value[k];
    live->value[GRUFF_CONTROL_MATCH] = live->play.match;
    return EXIT_DONE;
}

int command_live(int argc, char **argv)
{
    static Live live; /* large, and what a dead device's thread may still look at must stay */
    int status = live_options_parse(argc, argv, &live.play, &live.options);
    if (status != OPTIONS_PARSED)
        return status;
    if (audio_begin())
        return EXIT_FAILED;
    if (live.options.list)
        status = audio_list(stdout);
    else
        status = prepare(&live);
    if (!status && !live.options.list)
        status = play(&live);
    terminal_end();
    if (live.stream) { /* dead: its thread may still run */
        fflush(NULL);
        _Exit(status);
    }
    audio_end();
    recorder_free(live.recorder);
    gruff_engine_free(live.engine);
    gruff_model_free(live.model);
    playlist_free(&live.list);
    return status;
}
