#include "live/screen.h"

#include "audio/terminal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define METER_DB      60.0 /* shown below full scale */
#define FALL_DB_PER_S 24.0
#define CLIP_HOLD_S   3.0

enum { METER_WIDTH = 20 };

static double db_of(double peak)
{
    return peak > 1e-6 ? 20 * log10(peak) : LIVE_LOWEST_DB;
}

static double meter_db(double shown_db, float peak, double tick_s)
{
    double fallen = shown_db - FALL_DB_PER_S * tick_s, now = db_of(peak);
    return now > fallen ? now : fallen;
}

void live_meters_update(LiveMeters *meters, const LiveView *view, double tick_s)
{
    meters->in_db = meter_db(meters->in_db, view->levels.input_peak, tick_s);
    meters->out_db = meter_db(meters->out_db, view->levels.output_peak, tick_s);
    if (view->levels.input_clipped) {
        meters->in_clip_until = view->played_s + CLIP_HOLD_S;
        meters->n_in_clips++;
    }
    if (view->levels.output_clipped) {
        meters->out_clip_until = view->played_s + CLIP_HOLD_S;
        meters->n_out_clips++;
    }
}

static void draw_meter(char *to, size_t size, const char *name, double db, bool clip)
{
    char bar[METER_WIDTH + 1];
    int full = (int)((db + METER_DB) / METER_DB * METER_WIDTH + 0.5);
    for (int i = 0; i < METER_WIDTH; i++)
        bar[i] = i < full ? '#' : '.';
    bar[METER_WIDTH] = '\0';
    snprintf(to, size, "%-3s [%s] %6.1f dB %s", name, bar, fmax(db, -99.9), clip ? "CLIP" : "    ");
}

static int clock_text(char *to, size_t size, double seconds)
{
    return snprintf(to, size, "%d:%02d", (int)seconds / 60, (int)seconds % 60);
}

static void draw_knobs(const LiveView *view, char *to, size_t size)
{
    *to = '\0';
    for (uint32_t k = 0; k < view->n_knobs; k++) {
        size_t used = strlen(to);
        snprintf(to + used, size - used, "   %.20s %.2f", view->knob_name[k],
                 (double)view->value[GRUFF_CONTROL_KNOB_1 + k]);
    }
}

void live_show(const LiveView *view, const LiveMeters *meters)
{
    char lines[4][TERMINAL_MAX_WIDTH], in[64], out[64], recording[96] = "", at[16], knobs[80];
    if (view->recording) {
        clock_text(at, sizeof at, view->recorded_s);
        snprintf(recording, sizeof recording, "   recording %.60s %s", view->record_path, at);
    }
    snprintf(lines[0], TERMINAL_MAX_WIDTH, "%.60s (%u of %u)   %s%s", view->model, view->model_at + 1,
             view->n_models, view->sound, recording);
    draw_meter(in, sizeof in, "in", meters->in_db, view->played_s < meters->in_clip_until);
    draw_meter(out, sizeof out, "out", meters->out_db, view->played_s < meters->out_clip_until);
    snprintf(lines[1], TERMINAL_MAX_WIDTH, "%s   %s", in, out);
    snprintf(lines[2], TERMINAL_MAX_WIDTH,
             "load %3.0f %%   lost: %u in, %u out   round trip %.1f ms   %g Hz, %u frames", 100 * view->load,
             view->faults.input_overflows + view->faults.input_underflows,
             view->faults.output_overflows + view->faults.output_underflows, 1e3 * view->round_trip_s,
             view->rate_hz, view->block);
    draw_knobs(view, knobs, sizeof knobs);
    snprintf(lines[3], TERMINAL_MAX_WIDTH, "input %+.0f dB   output %+.0f dB%s%s   ? keys",
             (double)view->value[GRUFF_CONTROL_INPUT_DB], (double)view->value[GRUFF_CONTROL_OUTPUT_DB],
             view->value[GRUFF_CONTROL_MATCH] > 0.5f ? "   matched" : "", knobs);
    terminal_show(lines, 4);
}

void live_print_status(const LiveView *view, const LiveMeters *meters, double in_peak, double out_peak)
{
    printf("time=%.0f in_db=%.1f out_db=%.1f in_clips=%u out_clips=%u load=%.0f%% input_overflows=%u "
           "input_underflows=%u output_overflows=%u output_underflows=%u round_trip_ms=%.1f recorded=%.1f "
           "model=\"%s\"\n",
           view->played_s, db_of(in_peak), db_of(out_peak), meters->n_in_clips, meters->n_out_clips,
           100 * view->load, view->faults.input_overflows, view->faults.input_underflows,
           view->faults.output_overflows, view->faults.output_underflows, 1e3 * view->round_trip_s,
           view->recorded_s, view->model);
    fflush(stdout);
}

void live_print_summary(const LiveView *view, const LiveMeters *meters)
{
    char played[16];
    clock_text(played, sizeof played, view->played_s);
    const AudioFaults *faults = &view->faults;
    printf("Played %s at %g Hz, %u frames a block.\n", played, view->rate_hz, view->block);
    if (faults->input_overflows || faults->input_underflows || faults->output_overflows ||
        faults->output_underflows)
        printf(
            "Sound was lost: input overflows %u, input underflows %u, output overflows %u, output underflows "
            "%u.\n",
            faults->input_overflows, faults->input_underflows, faults->output_overflows,
            faults->output_underflows);
    else
        printf("No sound was lost.\n");
    if (meters->n_in_clips || meters->n_out_clips)
        printf("Clipped: input %u times, output %u times.\n", meters->n_in_clips, meters->n_out_clips);
}
