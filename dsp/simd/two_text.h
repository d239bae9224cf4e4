/* Layers of several groups, two channels at once, over vector_two.h: each weight is read for both. What a
 * channel adds up, and in which order, is as in the kernel. */
#include "groups_text.h"

/* Three vectors of a GRU have 9 sums. */
#ifdef V_SHARED
_Static_assert(V_SHARED < 9, "groups of one and two vectors");
#endif

#define GROUPS_OF_TWO(op) \
    GROUP(op, 1)          \
    GROUP(op, 2)          \
    static const Group op##_groups[] = {NULL, op##_1, op##_2};

GROUPS_OF_TWO(gru_after_exp)
GROUPS_OF_TWO(lstm_exp)
RUN(gru_after_exp, gru_after_exp_groups, NULL)
RUN(lstm_exp, lstm_exp_groups, NULL)

static GruffRun two(const GruffPacked *l)
{
    return l->op == GRUFF_OP_LSTM_EXP ? run_lstm_exp : run_gru_after_exp;
}
