/* What a training was, as JSON: for the model's metadata and for --log. SETUP. */
#ifndef GRUFF_TRAIN_FACTS_H
#define GRUFF_TRAIN_FACTS_H

#include "train/fit/fit.h"

#include <jansson.h>

/* All NULL without memory; NaN and infinity become null. */

json_t *facts_number(double value);

/* A string; what is not UTF-8 becomes "?". */
json_t *facts_text(const char *text);

/* {cell, hidden, layers, hop, skip, seed, streams, window, learning_rate, …}: the plan. */
json_t *facts_plan(const FitPlan *plan);

/* [{dry, wet, seconds, delay_frames, inverted, drift_ppm, knobs}]: the recordings, named without folders. */
json_t *facts_pairs(const TrainData *data);

/* [{pair, role, start, n}]: which parts train, validate and test. */
json_t *facts_spans(const TrainData *data);

/* "train", "validate", "test". */
const char *facts_role(TrainRole role);

/* "2026-11-21T08:15:30Z". */
void facts_date(char text[32]);

#endif
