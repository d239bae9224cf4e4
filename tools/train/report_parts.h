/* What the files of the report share. Private to them. */
#ifndef GRUFF_TRAIN_REPORT_PARTS_H
#define GRUFF_TRAIN_REPORT_PARTS_H

#include "spectrum.h"
#include "train/passages.h"

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

/* "−26.8 dB"; "0.0021". */
const char *report_db(double esr, char text[32]);
const char *report_esr(double esr, char text[32]);

#endif
