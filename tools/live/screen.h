/* What `gruff live` shows while it plays. */
#ifndef GRUFF_SCREEN_H
#define GRUFF_SCREEN_H

#include "audio/audio_stream.h"
#include "live/player.h"

/* Shown for silence. */
#define LIVE_LOWEST_DB -120.0

/* Everything to show, gathered by the user's thread. */
typedef struct LiveView {
    double played_s;
    const char *model;
    uint32_t model_at, n_models;
    const char *sound; /* "", "BYPASS", "A/B: dry" */
    bool recording;
    const char *record_path;
    double recorded_s;
    double load; /* 0…1 and over */
    AudioFaults faults;
    double round_trip_s, rate_hz;
    uint32_t block;
    float value[GRUFF_N_CONTROLS];
    uint32_t n_knobs;
    const char *knob_name[GRUFF_MAX_KNOBS];
    PlayerLevels levels; /* since the last view */
} LiveView;

/* Meters that fall slowly and remember clips. */
typedef struct LiveMeters {
    double in_db, out_db;                 /* shown, dBFS, at least -120 */
    double in_clip_until, out_clip_until; /* played_s up to which CLIP shows */
    uint32_t n_in_clips, n_out_clips;     /* views with a clip */
} LiveMeters;

/* Take in a view's levels; tick_s: time since the last. */
void live_meters_update(LiveMeters *meters, const LiveView *view, double tick_s);

/* Four lines at the bottom of the terminal. */
void live_show(const LiveView *view, const LiveMeters *meters);

/* One line for scripts, key=value: peaks since the last line in dBFS, counts since the start. */
void live_print_status(const LiveView *view, const LiveMeters *meters, double in_peak, double out_peak);

/* A few lines at the end. */
void live_print_summary(const LiveView *view, const LiveMeters *meters);

#endif
