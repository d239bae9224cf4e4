/* Which recordings to train on, from the command line or from the folder of a capture. SETUP. */
#ifndef GRUFF_TRAIN_SOURCES_H
#define GRUFF_TRAIN_SOURCES_H

#include "train/data/data.h"

enum { SOURCES_MOST = 64, SOURCES_NAME_SIZE = 64 };

typedef struct Sources {
    uint32_t n, n_knobs;
    TrainSource source[SOURCES_MOST];
    char knob_name[GRUFF_MAX_KNOBS][SOURCES_NAME_SIZE];
    bool knob_given[SOURCES_MOST][GRUFF_MAX_KNOBS];
    char *paths[2 * SOURCES_MOST]; /* those that are not in argv */
    uint32_t n_paths;
} Sources;

/* Take every --pair DRY WET, --test-pair DRY WET and --knob NAME=VALUE out of argv, the knobs for the pair
 * before them; *argc becomes less. EXIT_DONE, or EXIT_USAGE after saying what is wrong. */
int sources_from_options(Sources *sources, int *argc, char **argv);

/* Add what the operands name: DRY WET, or the folder that gruff capture made; none if there are pairs
 * already. EXIT_DONE, or EXIT_USAGE or EXIT_FAILED after saying what is wrong. */
int sources_from_operands(Sources *sources, int n_operands, char **operands);

void sources_free(Sources *sources);

#endif
