/* How well weights do on sound they were not trained on. SETUP. */
#ifndef GRUFF_TRAIN_EXAM_H
#define GRUFF_TRAIN_EXAM_H

#include "crew.h"
#include "train/data/data.h"
#include "train/fit/unroll.h"

/* A stretch to be judged, and what is played before it to warm up the state. */
typedef struct ExamPiece {
    const float *x, *y; /* from the warm-up on */
    const float *knob;
    size_t n_warm, n; /* samples, whole hops */
} ExamPiece;

typedef struct Exam {
    const Weights *weights;
    const TrainKernel *kernel;
    uint32_t n_pieces;
    ExamPiece *pieces; /* longest first */
    uint32_t n_workers;
    Unroll *unrolls;   /* [n_workers] */
    Carry *carries;    /* [n_workers] */
    double (*sums)[2]; /* [n_pieces] of squared error, of squared target */
} Exam;

/* Cut all sound with a role into pieces that fill the lanes of every worker. False: no memory. */
bool exam_new(Exam *exam, const TrainData *data, TrainRole role, const Weights *weights,
              const TrainKernel *kernel, uint32_t n_workers);
void exam_free(Exam *exam);

/* ESR of the packed weights: energy of the error over that of the target. */
double exam_esr(Exam *exam, Crew *crew);

#endif
