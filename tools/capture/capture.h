/* A session of `gruff capture`, as its files share it. */
#ifndef GRUFF_CAPTURE_H
#define GRUFF_CAPTURE_H

#include "capture/analyse.h"
#include "capture/book.h"
#include "capture/tape.h"
#include "options.h"

#define CAPTURE_RATE_HZ 48000.0

typedef struct CaptureOptions {
    AudioWish wish;
    bool list, chose_device, again;
    const char *folder, *knob_name;
    OptionNumbers knob_values;
    double send_db;
} CaptureOptions;

typedef struct Capture {
    CaptureOptions options;
    AudioChoice choice;
    AudioStream *stream;
    Tape tape;
    CaptureBook book;
    float *dry, *raw, *wet; /* [n_dry], [n_raw], [n_dry] */
    size_t n_dry, n_raw;
    bool on_terminal, dead; /* dead: the device is gone */
} Capture;

/* OPTIONS_PARSED or the exit status. */
int capture_options_parse(int argc, char **argv, CaptureOptions *options);

/* Roll the tape and show how far it is under label. */
TapeEnd capture_roll(Capture *capture, const char *label, const float *play, size_t n_play, float *record,
                     size_t n_record);

/* Show text and wait for Enter. False: the user wants to stop. */
bool capture_ask(Capture *capture, const char *text);

/* Get the return to peak at -6…-3 dBFS. EXIT_DONE to go on. */
int capture_set_level(Capture *capture);

/* Take what is not yet taken. */
int capture_take_all(Capture *capture);

#endif
