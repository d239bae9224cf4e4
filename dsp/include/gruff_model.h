/* Models: one canonical form for every recurrent capture, and readers and writers of the files that hold
 * them. All of this is SETUP. */
#ifndef GRUFF_MODEL_H
#define GRUFF_MODEL_H

#include "gruff.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bounds on what a file may ask for. */
#define GRUFF_MAX_LAYERS     16
#define GRUFF_MAX_HIDDEN     512
#define GRUFF_MAX_HOP        256
#define GRUFF_MAX_FILE_BYTES (64u << 20)
#define GRUFF_MAX_SELF_TEST  65536
#define GRUFF_MAX_META       1024

typedef enum GruffCell { GRUFF_CELL_DENSE, GRUFF_CELL_GRU, GRUFF_CELL_LSTM, GRUFF_CELL_RNN } GruffCell;

/* Where the reset gate of a GRU acts on the candidate n. */
typedef enum GruffReset {
    GRUFF_RESET_AFTER,  /* n = tanh(Wn x + bn + r * (Un h + cn))      PyTorch, Keras */
    GRUFF_RESET_BEFORE, /* n = tanh(Wn x + bn + Un (r * h) + cn)      Cho et al. 2014 */
    GRUFF_RESET_NONE    /* n = tanh(Wn x + bn + Un h + cn)            no reset gate */
} GruffReset;

typedef enum GruffActivation {
    GRUFF_ACTIVATION_LINEAR,
    GRUFF_ACTIVATION_TANH,
    GRUFF_ACTIVATION_SIGMOID,
    GRUFF_ACTIVATION_RELU,
    GRUFF_ACTIVATION_ELU,
    GRUFF_ACTIVATION_SOFTMAX
} GruffActivation;

/* One layer. I = n_in, H = n_out, G = gruff_cell_gates: 3 (GRU: z r n), 4 (LSTM: i f g o), 1 (RNN, dense).
 *
 *     GRU   z = sigmoid(Wz x + Uz h + bz + cz)   r = sigmoid(Wr x + Ur h + br + cr)   n: see GruffReset
 *           h' = (1 - z) * n + z * h
 *     LSTM  i, f, o = sigmoid(W x + U h + b + c)  g = tanh(Wg x + Ug h + bg + cg)
 *           s' = f * s + i * g                    h' = o * tanh(s')
 *     RNN   h' = tanh(W x + U h + b + c)
 *     dense y = activation(W x + b)
 *
 * Matrices are row-major, a row per output. With GRUFF_RESET_NONE the r rows are there and are not used. */
typedef struct GruffLayer {
    GruffCell cell;
    GruffReset reset;           /* GRU only */
    GruffActivation activation; /* dense only */
    uint32_t n_in, n_out;       /* I, H: 1…GRUFF_MAX_HIDDEN (n_in of the first layer: hop + knobs) */
    float *w;                   /* [G·H][I] */
    float *u;                   /* [G·H][H]; NULL for dense */
    float *b;                   /* [G·H] */
    float *c;                   /* [G·H] recurrent bias; NULL for dense */
    float *h0;                  /* [H] initial h; NULL for dense */
    float *s0;                  /* [H] initial s (LSTM's cell state), else NULL */
} GruffLayer;

/* A piece of metadata that Gruff keeps but does not use: key, and the value as JSON text. */
typedef struct GruffMeta {
    char *key;
    char *json;
} GruffMeta;

typedef enum GruffFormat { GRUFF_FORMAT_KERAS, GRUFF_FORMAT_TORCH, GRUFF_FORMAT_NAM } GruffFormat;

typedef enum GruffSelfTest {
    GRUFF_SELF_TEST_ABSENT,
    GRUFF_SELF_TEST_PASSED,
    GRUFF_SELF_TEST_FAILED,
    GRUFF_SELF_TEST_REPAIRED /* passed after putting right a known fault of a converter (gate order, bias
                                rows) */
} GruffSelfTest;

/* x ← x · 10^(in_gain_db/20); y = layers([x, knobs]); if skip, y += x; y · 10^(out_gain_db/20).
 * With hop N the layers take N consecutive x (then knobs) and give N y per step.
 * Every string and array is the model's own and comes from malloc: to change one, free it and put another. */
struct GruffModel {
    GruffFormat format; /* of the file it was read from */
    uint32_t n_layers;
    GruffLayer *layers; /* [n_layers]; the last has n_out = hop */
    uint32_t hop;       /* 1…GRUFF_MAX_HOP */
    uint32_t n_knobs;
    char *knob_name[GRUFF_MAX_KNOBS]; /* NULL where the file names none */
    bool skip;
    double in_gain_db, out_gain_db;
    double rate_hz;
    bool rate_stated; /* false: the file says none, rate_hz is the format's convention */
    char *name;       /* from the metadata, else the file's name without folder and ending */
    bool has_loudness, has_input_level, has_output_level;
    double loudness_db, input_level_dbu, output_level_dbu;
    uint32_t n_meta;
    GruffMeta *meta; /* [n_meta] everything else the file says of itself, in its order */
    uint32_t n_self_test;
    float *self_test_in, *self_test_out; /* [n_self_test] zero state, no skip, no gains, knobs 0 */
    GruffSelfTest self_test;
    double self_test_error; /* largest |difference| over the largest |expected| */
    char warning[256];      /* "" or one sentence */
};

/* Number of gates: rows of w, b, c over n_out. */
uint32_t gruff_cell_gates(GruffCell cell);
const char *gruff_cell_name(GruffCell cell);                   /* "gru", "lstm", "rnn", "dense" */
const char *gruff_activation_name(GruffActivation activation); /* as in Keras; "linear" */
const char *gruff_format_name(GruffFormat format);             /* "Keras JSON", "PyTorch JSON", "NAM" */

/* Multiply-adds per step, and weights in all (matrices and both biases, without initial state; the unused
 * reset gate of GRUFF_RESET_NONE does not count). */
uint64_t gruff_model_macs(const GruffModel *model);
uint64_t gruff_model_n_weights(const GruffModel *model);

/* An empty model (hop 1, 48 000 Hz, no layers). The caller owns it. */
GRUFF_MUST_USE GruffStatus gruff_model_new(GruffModel **model);

/* Append a layer with all its arrays allocated and zero; *layer stays valid until the next append.
 * Errors: GRUFF_ERROR_LIMIT for a size out of bounds or one layer too many; _MEMORY. */
GRUFF_MUST_USE GruffStatus gruff_model_add_layer(GruffModel *model, GruffCell cell, uint32_t n_in,
                                                 uint32_t n_out, GruffLayer **layer);

/* Set or replace a piece of metadata; json NULL removes it. Keys are those of the file's "metadata"; a key
 * that starts with "/" stands at the top level of a file of model->format. Errors: GRUFF_ERROR_LIMIT beyond
 * GRUFF_MAX_META pieces; _MEMORY. */
GRUFF_MUST_USE GruffStatus gruff_model_set_meta(GruffModel *model, const char *key, const char *json);

/* Check that shapes chain (hop + knobs in, hop out), sizes are within bounds and every number is finite.
 * Readers, writers and the net builder call it. label stands for the file in the message; message may be
 * NULL. Errors: GRUFF_ERROR_FORMAT, GRUFF_ERROR_LIMIT. */
GRUFF_MUST_USE GruffStatus gruff_model_check(const GruffModel *model, const char *label,
                                             GruffMessage *message);

/* The format a name stands for: .json .aidax Keras, .nam NAM; false for others. PyTorch JSON has no ending of
 * its own. */
bool gruff_format_of_path(const char *path, GruffFormat *format);

/* Write a model. The file appears whole or not at all (written beside, then renamed), and only if it reads
 * back. Gains go into the weights where a format has no place for them. message tells, on success, what the
 * format could not hold and was left out (descriptive things only), or is "". Errors: GRUFF_ERROR_FILE;
 * GRUFF_ERROR_UNSUPPORTED where the format cannot hold how the model sounds, saying what; _FORMAT, _LIMIT as
 * gruff_model_check; _ARGUMENT for metadata that is no JSON; _MEMORY. */
GRUFF_MUST_USE GruffStatus gruff_model_write(const GruffModel *model, const char *path, GruffFormat format,
                                             GruffMessage *message);

#ifdef __cplusplus
}
#endif
#endif
