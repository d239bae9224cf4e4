/* Two channels side by side, for the kernel avx512vl: as many operations as for one, each twice as wide. On a
 * channel each of them adds up what the kernel does, in its order. */
#include "kernels.h"

#include "vector_avx512pair.h"

#include "held_text.h"

HELD(gru_after, gru_after, 1, 2)
HELD(gru_after, gru_after_exp, 1, 3)
HELD(lstm, lstm_exp, 1, 2)
HELD(lstm, lstm_exp, 1, 3)

GruffRun gruff_pair_avx512vl(const GruffPacked *layer)
{
    const bool two = layer->n_out_padded == 2 * LANES;
    if (layer->op == GRUFF_OP_LSTM_EXP)
        return two ? lstm_held_12 : lstm_held_13;
    return two ? gru_after_held_12 : gru_after_held_13;
}
