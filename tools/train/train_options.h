/* What gruff train is asked to do. */
#ifndef GRUFF_TRAIN_OPTIONS_H
#define GRUFF_TRAIN_OPTIONS_H

#include "train/compare.h"
#include "train/sources.h"

typedef struct TrainOptions {
    Sources sources;
    TrainWish wish;
    FitPlan plan;
    const char *model; /* the file to write */
    const char *name, *log;
    bool resume, report;
    FitShape shapes[COMPARE_MOST]; /* of --compare */
    size_t n_shapes;               /* 0: one model, plan's shape */
} TrainOptions;

/* OPTIONS_PARSED, or the exit status. wish points into the options, which must not move. */
int train_options_read(TrainOptions *options, int argc, char **argv);
void train_options_free(TrainOptions *options);

#endif
