/* Error sentences. L0. */
#ifndef GRUFF_STATUS_H
#define GRUFF_STATUS_H

#include "gruff.h"

/* Fill message (may be NULL) and return status, so that a failure is one statement. The text is cut to fit.
 * Any thread but an audio one. */
GRUFF_PRINTF(3, 4)
GruffStatus gruff_fail(GruffMessage *message, GruffStatus status, const char *format, ...);

#endif
