/* What a model is trained on: recordings of the gear, dry in and wet out, on one clock, and which parts of
 * them train, validate and test. SETUP. */
#ifndef GRUFF_TRAIN_DATA_H
#define GRUFF_TRAIN_DATA_H

#include "gruff_model.h"

/* ---- what to load */

/* One recording: two sound files, and where the gear's knobs stood. */
typedef struct TrainSource {
    const char *dry, *wet;
    float knob[GRUFF_MAX_KNOBS]; /* [n_knobs] 0…1 */
    bool test_only;              /* all of it is for the test; of the others then nothing is */
} TrainSource;

typedef struct TrainWish {
    uint32_t n_sources;
    const TrainSource *sources;
    uint32_t n_knobs;
    const char *knob_name[GRUFF_MAX_KNOBS];
    double rate_hz;        /* of the model; 0: the wet files', at most 48 000 */
    double validate, test; /* parts of the sound, 0…0.5 each */
    bool aligned;          /* wet is in time with dry as it is: nothing to find, nothing to shift */
    bool force;            /* go on in spite of faults that would make a bad model */
} TrainWish;

/* ---- what came of it */

typedef enum TrainRole { TRAIN_ROLE_TRAIN, TRAIN_ROLE_VALIDATE, TRAIN_ROLE_TEST } TrainRole;

/* Frames by which wet is left to come later than its cause: linear-phase converters answer a little early,
 * and sound that comes before its cause cannot be learnt. */
enum { TRAIN_LATE = 3 };

/* A recording at the model's rate, aligned: y[t] is what the gear made of x[…t], or of x[…t - TRAIN_LATE]. */
typedef struct TrainPair {
    char *dry, *wet; /* the files' names, for people */
    size_t n;
    float *x, *y; /* [n] */
    float knob[GRUFF_MAX_KNOBS];
    double delay_frames; /* of wet's strongest answer behind dry, at the model's rate; taken out, all but
                            TRAIN_LATE and what the gear answers before. 0: in time, nothing was shifted */
    double drift_ppm;    /* of wet's clock against dry's; taken out */
    bool inverted;       /* wet was upside down, and was left so */
} TrainPair;

/* A stretch of one pair that has one role. */
typedef struct TrainSpan {
    uint32_t pair;
    TrainRole role;
    size_t start, n;
} TrainSpan;

/* A sentence about the data: something to know, or a fault that `force` let pass. */
typedef struct TrainFinding {
    bool fault;
    char text[256];
} TrainFinding;

typedef struct TrainData {
    double rate_hz;
    uint32_t n_knobs;
    char *knob_name[GRUFF_MAX_KNOBS];
    uint32_t n_pairs;
    TrainPair *pairs;
    uint32_t n_spans;
    TrainSpan *spans; /* in the order of pairs and time, not overlapping; the rest of the sound is not used */
    double best_esr;  /* what the gear differs from itself by, where the capture signal tells; else NaN */
    uint32_t n_findings;
    TrainFinding *findings;
} TrainData;

/* Load, align, check and split. Errors: GRUFF_ERROR_FILE and _FORMAT for files that cannot be read, _ARGUMENT
 * for sound that no model can be trained on (silence, nothing in common...), saying which file, what is wrong
 * and what to do; _MEMORY. */
GRUFF_MUST_USE GruffStatus train_data_load(const TrainWish *wish, GruffMessage *message, TrainData **data);

/* NULL is allowed. */
void train_data_free(TrainData *data);

/* Seconds of sound with that role. */
double train_data_seconds(const TrainData *data, TrainRole role);

#endif
