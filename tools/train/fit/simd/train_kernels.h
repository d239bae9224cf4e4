/* The trainer's kernels: one recurrent layer, forward and backward through time, for a group of W streams
 * side by side. Lanes run along the streams, so every size of layer fills them.
 *
 * All rows are [W] floats: row k of a step holds unit k of every stream. A window has T steps; the layer runs
 * over chunks of it, forward from the first and backward from the last.
 *
 * A step's tape holds S slots of H rows, which the backward pass needs, and it makes as many of d:
 *
 *     GRU, reset after   z r q n   q = Un h + cn          dz dr dq dn
 *     GRU, reset before  z r n p   p = r * h              dz dr dn
 *     GRU, no reset      z n                              dz dn
 *     LSTM               i f g o t t = tanh(s')           di df dg do
 *     RNN                n                                dn
 *
 * where dz is the loss's gradient by what goes into z's sigmoid. Formulas: GruffLayer; the chain rule. */
#ifndef GRUFF_TRAIN_KERNELS_H
#define GRUFF_TRAIN_KERNELS_H

#include "gruff_model.h"

typedef enum TrainOp {
    TRAIN_GRU_AFTER,
    TRAIN_GRU_BEFORE,
    TRAIN_GRU_NONE,
    TRAIN_LSTM,
    TRAIN_RNN,
    TRAIN_HEAD /* a linear dense layer */
} TrainOp;

enum { TRAIN_MAX_SLOTS = 5, TRAIN_MAX_PIECES = 3, TRAIN_NONE = -1 };

/* Consecutive slots whose sums are made alike: W's gates from x_gate, U's from h_gate (or TRAIN_NONE). */
typedef struct TrainPiece {
    int slot, n_slots;
    int x_gate, h_gate;
    bool reset; /* U takes r * h in h's place */
} TrainPiece;

typedef struct TrainCell {
    int n_slots; /* S */
    int n_gates; /* G, in the canonical arrays */
    int n_pieces;
    TrainPiece piece[TRAIN_MAX_PIECES];
} TrainCell;

extern const TrainCell train_cells[TRAIN_HEAD + 1];

/* A matrix ready to be multiplied: rows in blocks that fit the registers, see train_text.h. */
typedef struct TrainMatrix {
    uint32_t n_rows, n_x, n_h; /* columns that take x, and that take h */
    float *packed;             /* [n_rows][1 + n_x + n_h] floats */
} TrainMatrix;

/* Weights or gradients of a layer, laid out as in GruffLayer. */
typedef struct TrainArrays {
    float *w, *u, *b, *c; /* [G·H][I], [G·H][H], [G·H], [G·H]; head: w [H][I], b [H] */
} TrainArrays;

/* One layer's shape and weights, shared by all groups. */
typedef struct TrainWeights {
    TrainOp op;
    uint32_t n_in, n_units; /* I, H */
    TrainArrays at;
    TrainMatrix forward[TRAIN_MAX_PIECES]; /* per piece */
    TrainMatrix to_h, to_reset, to_x;      /* gradients back to h, to r * h, to x */
} TrainWeights;

/* One layer's passage through a window, of one group. Head: h is its output, tape not used. */
typedef struct TrainPass {
    float *h;     /* [T + 1][H][W]: row 0 is the state before the window */
    float *s;     /* [T + 1][H][W], LSTM only */
    float *tape;  /* [T][S][H][W] */
    float *d;     /* [steps that go back at once][S·H + 1][W] scratch */
    float *dh;    /* [H][W] gradient by the state after the step at hand; start with zero */
    float *ds;    /* [H][W], LSTM only */
    float *spare; /* [2][H][W] scratch */
} TrainPass;

/* The loss of one window of one group; scales are weights over energies. */
typedef struct TrainLoss {
    float pre_emphasis;                /* a */
    float pre_scale, plain_scale;      /* weight over energy of each term */
    float dc_scale;                    /* weight over energy, times T·N */
    float *before;                     /* [W] e before the window; becomes the last of it */
    double pre_sum, plain_sum, dc_sum; /* out: the terms, scaled */
    double square_sum;                 /* out: sum of mask · e² */
    double spectral_sum;               /* unroll_learn's: TrainSpectrum's sum */
} TrainLoss;

/* The spectral term: sum over frames and bins of scale · (|output's spectrum| - |target's|)². Frames of
 * size[i] samples, a quarter of that apart, under window[i]. */
enum { TRAIN_MAX_SIZES = 4 };

typedef struct TrainSpectrum {
    int n_sizes;                          /* 0: no such term */
    uint32_t size[TRAIN_MAX_SIZES];       /* powers of two, the largest first */
    const float *window[TRAIN_MAX_SIZES]; /* [size[i]] */
    const float *table;                   /* [size[0] / 2][2] cos and sin of 2 pi k / size[0] */
    float scale[TRAIN_MAX_SIZES];
    float *scratch;  /* [2][size[0]][W], for one group at a time */
    float *gradient; /* [n][W] out: by y */
    double sum;      /* out */
} TrainSpectrum;

typedef struct TrainKernel {
    const char *name;
    uint32_t width; /* W */
    bool (*available)(void);
    const struct TrainKernel *narrow; /* the same for fewer streams, from the same packed weights; or NULL */

    /* Pack a layer's matrices from its weights. */
    void (*pack)(const TrainWeights *layer);

    /* Steps [from, to): x[T][I][W] → pass->h (and s, tape) after step t at row t + 1. */
    void (*forward)(const TrainWeights *layer, const TrainPass *pass, const float *x, uint32_t from,
                    uint32_t to);

    /* Steps [from, to), last first. dout[to - from][H][W]: gradient by the layer's outputs. dx[to -
     * from][I][W]: by its inputs, or NULL. Adds to the gradients. */
    void (*backward)(const TrainWeights *layer, const TrainPass *pass, const float *x, const float *dout,
                     float *dx, const TrainArrays *gradient, uint32_t from, uint32_t to);

    /* y[n][W] ← gradient of the loss by y; target[n][W]; mask[n / hop][W] of 0 and 1. */
    void (*loss)(TrainLoss *loss, float *y, const float *target, const float *mask, uint32_t hop, uint32_t n);

    /* Fills spectrum->gradient and sum from y[n][W], which it leaves as it is. */
    void (*spectrum)(TrainSpectrum *spectrum, const float *y, const float *target, const float *mask,
                     uint32_t hop, uint32_t n);
} TrainKernel;

/* The kernel of that name if this CPU can run it, the best one for NULL; else NULL. */
const TrainKernel *train_kernel_find(const char *name);

extern const TrainKernel train_kernel_c, train_kernel_avx2, train_kernel_avx512, train_kernel_avx512x1,
    train_kernel_avx512vl, train_kernel_neon;

#endif
