/* What the files of the report share. Private to them. */
#ifndef GRUFF_TRAIN_REPORT_PARTS_H
#define GRUFF_TRAIN_REPORT_PARTS_H

#include "spectrum.h"
#include "train/report/passages.h"

#include <stdio.h>

typedef struct Report {
    FILE *out;
    const TrainOutcome *outcome;
    Passages passages;
    const Passage *worst, *median;     /* NULL: no sound */
    Spectrum *target, *played, *error; /* of the sound that is judged by */
} Report;

/* Pictures, each an <svg>. */
void report_draw_scale(const Report *report);   /* how good, from poor to excellent */
void report_draw_curves(const Report *report);  /* errors while training */
void report_draw_places(const Report *report);  /* errors along the recordings */
void report_draw_spectra(const Report *report); /* gear, model, error */
void report_draw_passage(const Report *report, const Passage *passage);

/* A player for some seconds around a passage: the gear's sound or the model's. */
void report_put_sound(const Report *report, const Passage *passage, bool played);

/* Tables. */
void report_put_recordings(const Report *report);
void report_put_facts(const Report *report);

/* ---- saying things */

extern const char report_style[]; /* CSS */

/* printf into the page; the text as it stands. */
GRUFF_PRINTF(2, 3) void report_say(const Report *report, const char *format, ...);

/* A name from outside, escaped. */
void report_quote(const Report *report, const char *text);

/* "36 s", "12 min". */
void report_say_time(const Report *report, double seconds);

/* "−26.8 dB"; "0.00212"; "–" for what is not known. */
const char *report_db(double esr, char text[32]);
const char *report_esr(double esr, char text[32]);

/* A path without folders. */
const char *report_base(const char *path);

/* NULL: none. */
const FitPoint *report_last_point(const Report *report);

#endif
