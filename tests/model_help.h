/* Models, files and comparisons for the tests of readers and writers. With cmocka. */
#ifndef GRUFF_TEST_MODEL_HELP_H
#define GRUFF_TEST_MODEL_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gruff_model.h"

/* A random model of n_rec recurrent layers of a cell and a linear dense one. Where the Keras format has one
 * bias, so has the model. */
GruffModel *stack_model(GruffCell cell, GruffReset reset, uint32_t n_knobs, uint32_t n_rec, uint32_t n_hidden,
                        uint32_t hop);

/* One of everything: dense layers with every activation, all cells and variants, two named knobs, skip,
 * gains, initial state, levels, nested metadata. */
GruffModel *rich_model(void);

/* Give every recurrent layer an initial state. */
void random_state(GruffModel *model);

/* Fail unless the two are the same to the last bit, but for format, metadata and self-test. */
void assert_same_sound(const GruffModel *a, const GruffModel *b);
/* The same for name, knob names, levels, rate and metadata. */
void assert_same_words(const GruffModel *a, const GruffModel *b);

/* PATH of a file in a folder of this test's own, which is removed at exit. Valid for some calls. */
const char *scratch_path(const char *name);

GruffModel *load(const char *path);      /* fails the test with the message */
GruffModel *read_text(const char *text); /* the same from memory */
void save(const GruffModel *model, const char *path, GruffFormat format);           /* must succeed */
void refuse_text(const char *text, size_t n, GruffStatus status, const char *part); /* must say part */

/* A whole file; the caller frees. */
char *read_whole(const char *path, size_t *n);
void write_whole(const char *path, const char *bytes, size_t n);

/* Largest |difference| between two models' sound over the second's largest |sample|, knobs at 0.3 and 0.8. */
double sound_difference(const GruffModel *a, const GruffModel *b);

#endif
