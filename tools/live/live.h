/* A session of `gruff live`, as its files share it. Everything here belongs to the user's thread. */
#ifndef GRUFF_LIVE_H
#define GRUFF_LIVE_H

#include "audio/audio_stream.h"
#include "live/player.h"
#include "live/playlist.h"
#include "live/recorder.h"
#include "live/screen.h"
#include "play.h"

enum { LIVE_MAX_MODELS = 64 };

typedef struct LiveOptions {
    AudioWish wish;
    bool list, status, chose_device;
    const char *record;
    const char *models[LIVE_MAX_MODELS];
    uint32_t n_models;
} LiveOptions;

typedef struct Live {
    LiveOptions options;
    PlayOptions play;
    AudioChoice choice;
    AudioStream *stream;
    Playlist list;
    GruffModel *model; /* the one playing */
    GruffEngine *engine;
    Recorder *recorder;
    Player player;
    LiveMeters meters;
    float value[GRUFF_N_CONTROLS];
    double compare_switch_s; /* when A/B switches next */
    bool compares;           /* A/B is on */
    bool on_terminal, talks; /* keys and meters; anything on standard output */
    bool has_recorded, told_failure, told_lost;
} Live;

/* OPTIONS_PARSED or the exit status. */
int live_options_parse(int argc, char **argv, PlayOptions *play, LiveOptions *options);

/* Do what a key stands for; false: quit. */
bool live_key(Live *live, int key);

/* Switch between model and dry when its time has come, while A/B is on. */
void live_compare(Live *live, double now_s);

void live_step_model(Live *live, int step); /* +1 or -1; models that do not load are passed over */
void live_set(Live *live, GruffControl control, double value); /* clamped to the control's range */
void live_toggle_record(Live *live);
void live_say_recorded(Live *live);

#endif
