/* The reference: every layer in plain double-precision loops, straight from the equations in gruff_model.h.
 * Shares no code with dsp/. In float mode every result is rounded to float as it is made, with exact
 * activations: that is the best that single precision can be expected to do, and so where limits for the
 * kernels come from. */
#ifndef GRUFF_TEST_REFERENCE_H
#define GRUFF_TEST_REFERENCE_H

#include "gruff_model.h"

/* One channel of a model played on its own samples. knob: held, [n_knobs]. n_states: see GRUFF_QUALITY_HQ. */
typedef struct Reference Reference;
Reference *reference_new(const GruffModel *model, bool round_to_float, uint32_t n_states);
void reference_free(Reference *r);
void reference_run(Reference *r, const float *in, double *out, const float *knob, uint32_t n_frames);

/* 10 log10(sum (y - want)² / sum want²); -400 where they are equal. */
double esr_db(const float *y, const double *want, uint32_t n);
double esr_db_doubles(const double *y, const double *want, uint32_t n);

/* What a net may err: 10 dB above what floats with exact activations err, or -110 dB where that is lower. */
double esr_limit_db(double floor_db);

/* xorshift64*; seeded from GRUFF_SEED, else from the clock; random_seed prints it. */
uint64_t random_seed(void);
double random_uniform(double low, double high);
uint32_t random_below(uint32_t n);

/* A layer filled with weights at about the scale a trained net has. */
void random_layer(GruffLayer *layer, double scale);

#endif
