/* A model's layers packed for one kernel, with their states: what runs between the gains and the skip. L2. */
#ifndef GRUFF_STACK_H
#define GRUFF_STACK_H

#include "kernels.h"
#include "mem.h"

#include <assert.h>

/* The most steps that a call of gruff_stack_run takes. */
#define GRUFF_STACK_STEPS 64u

typedef struct GruffStack {
    const GruffKernel *kernel;
    uint32_t n_channels; /* C */
    uint32_t n_states;   /* M */
    uint32_t n_layers;
    uint32_t n_runs;       /* layers that run; one after them is run by the last of these, as its head */
    uint32_t n_in_padded;  /* floats per step of the input rows */
    uint32_t n_out_padded; /* floats per step of the output rows */
    bool finishes;         /* one step gives the model's output: skip, gain, finite, one number */
    GruffPacked *layers;
    float *in[GRUFF_MAX_CHANNELS]; /* [GRUFF_STACK_STEPS][n_in_padded]: filled by the caller, padding zero */
    float *rows[2][GRUFF_MAX_CHANNELS]; /* the layers' outputs, in turn */
    float *const *out;                  /* room for the last layer's: [GRUFF_STACK_STEPS][n_out_padded] */
} GruffStack;

/* Take the stack's memory from two arenas: `fixed` for weights and scratch, `moving` for all that a step
 * changes and the next one needs. Plan with arenas whose base is NULL, then call again with blocks: then it
 * is packed too, with the states zero. model must have passed gruff_model_check. SETUP. */
void gruff_stack_place(GruffStack *stack, const GruffModel *model, const GruffKernel *kernel,
                       uint32_t n_channels, uint32_t n_states, GruffArena *fixed, GruffArena *moving);

/* Every channel's states to the model's initial ones. model as given to gruff_stack_place. SETUP. */
void gruff_stack_start(GruffStack *stack, const GruffModel *model);

/* Run stack->in through all layers into out[c][n_steps][n_out_padded]: stack->out, or of one step that
 * finishes anything that does not overlap stack->in. n_steps <= GRUFF_STACK_STEPS; phase is the number of
 * steps before these modulo 2 · n_states. RT, O(n_steps · weights). */
GRUFF_RT static inline void gruff_stack_run(GruffStack *stack, uint32_t phase, float *const *out,
                                            uint32_t n_steps)
{
    assert(n_steps <= GRUFF_STACK_STEPS);
    float *const *in = stack->in;
    for (uint32_t i = 0; i < stack->n_runs; i++) {
        const GruffPacked *layer = &stack->layers[i];
        float *const *to = i + 1 == stack->n_runs ? out : stack->rows[i % 2];
        layer->run(layer, phase, (const float *const *)in, to, n_steps);
        in = to;
    }
}

/* True if every state is finite. RT, O(states). */
GRUFF_RT bool gruff_stack_is_finite(const GruffStack *stack);

#endif
