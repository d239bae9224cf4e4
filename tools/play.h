/* What the commands that play sound share: the options that say what is played and how, and how these become
 * a model, a net and an engine. All of it is SETUP. */
#ifndef GRUFF_PLAY_H
#define GRUFF_PLAY_H

#include "options.h"

typedef struct PlayOptions {
    const char *model;                /* --model; NULL: the shipped default */
    const char *kernel;               /* --kernel; NULL: the best */
    int quality;                      /* --quality: a GruffQuality */
    OptionNumbers knobs;              /* --knob; n = 0: left where they stand by default */
    bool match;                       /* --match */
    double control[GRUFF_N_CONTROLS]; /* the trims, the tone, the calibration; the others are not used */
    Option options[16];               /* the table to put on the command's OptionPage */
} PlayOptions;

/* Defaults, and the table of options whose values go into *play. */
void play_options_init(PlayOptions *play);

/* Check what a table cannot: that this computer can run the kernel. OPTIONS_PARSED, or EXIT_USAGE after
 * saying which there are. */
GRUFF_MUST_USE int play_options_check(const PlayOptions *play, const char *command);

/* The same for a kernel by name; NULL stands for the best, which is always there. */
GRUFF_MUST_USE int play_check_kernel(const char *kernel, const char *command);

/* Whether any option asks for more than the net alone: trims, tone, loudness, rate conversion. */
bool play_uses_engine(const PlayOptions *play);

/* Find, load and check the model that --model names: warnings are shown, more knob values than the model has
 * knobs are refused. NULL after saying why. The caller frees it. */
GruffModel *play_load_model(const PlayOptions *play);

/* A net of the model with --kernel, --quality and its knobs set; not settled. rate_hz 0: the model's own.
 * NULL after saying why. The caller frees it. */
GruffNet *play_build_net(const PlayOptions *play, const GruffModel *model, double rate_hz,
                         uint32_t n_channels);

/* An engine at rest that plays the model with every option as it stands, the way the plugin does: its net
 * settled, offered and taken up; *kernel is its net's. NULL after saying why. The caller frees it. */
GruffEngine *play_build_engine(const PlayOptions *play, const GruffModel *model, double rate_hz,
                               uint32_t n_channels, const char **kernel);

/* Move an engine's controls to where the options have them. */
void play_set_controls(const PlayOptions *play, GruffEngine *engine);

#endif
