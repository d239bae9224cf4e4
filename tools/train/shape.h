/* What kind of model, in a word: "gru16", "lstm12x2" (two layers), "gru32h8" (a hop of 8). SETUP. */
#ifndef GRUFF_TRAIN_SHAPE_H
#define GRUFF_TRAIN_SHAPE_H

#include "train/fit/fit.h"

enum { SHAPE_NAME_SIZE = 48 };

/* Names of the cells that train, in the order of their numbers here: gru, before (a GRU whose reset acts
 * before the product), simple (a GRU without reset gate), lstm, rnn; NULL at the end. */
extern const char *const shape_cells[];

/* The cell of that number; others fields stay. */
void shape_set_cell(FitShape *shape, int cell);
const char *shape_cell(const FitShape *shape);

/* Fill in cell, units, layers and hop from CELL UNITS [x LAYERS] [h HOP], written together; the skip stays.
 * False: message says what is wrong with it. */
GRUFF_MUST_USE bool shape_read(const char *text, FitShape *shape, GruffMessage *message);

/* The word for a shape; reads back as it. */
void shape_write(const FitShape *shape, char text[SHAPE_NAME_SIZE]);

#endif
