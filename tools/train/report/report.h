/* The page beside a model: how good it is, where it errs, what it costs, and how it was made. SETUP. */
#ifndef GRUFF_TRAIN_REPORT_H
#define GRUFF_TRAIN_REPORT_H

#include "train/finish.h"

enum { REPORT_PATH_SIZE = 4096 };

/* Where the report of a model belongs: beside it, ending in .html. False: too long. */
GRUFF_MUST_USE bool report_path(const char *model_path, char path[REPORT_PATH_SIZE]);

/* Write the report: one HTML page with all pictures and sounds in it, no script. It appears whole or not at
 * all. Errors: GRUFF_ERROR_FILE, _MEMORY. */
GRUFF_MUST_USE GruffStatus report_write(const TrainOutcome *outcome, const char *path, GruffMessage *message);

#endif
