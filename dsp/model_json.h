/* JSON for model files: bounded parsing, checked reading, refusals that say where. Private to the readers and
 * writers. L2, SETUP. */
#ifndef GRUFF_MODEL_JSON_H
#define GRUFF_MODEL_JSON_H

#include "gruff_model.h"

#include <jansson.h>

/* What a file may hold, so that a hostile one cannot fill the memory: some 300 MB at these limits. */
#define GRUFF_JSON_MAX_DEPTH   64
#define GRUFF_JSON_MAX_VALUES  5000000
#define GRUFF_JSON_MAX_LISTS   250000
#define GRUFF_JSON_MAX_MEMBERS 100000
#define GRUFF_JSON_MAX_STRING  (1u << 20)

/* Where a reader is, for its messages. */
typedef struct GruffPlace {
    const char *label;     /* stands for the file */
    GruffMessage *message; /* may be NULL */
    char subject[64];      /* "layer 2 (lstm) ", or "" for the file as a whole */
    char claim[64];        /* "says 16 units and 1 input", or "" */
} GruffPlace;

/* Turn to layer k (from 0) of a type that the file names; SIZE_MAX: to the file as a whole. Clears claim. */
void gruff_place_layer(GruffPlace *place, size_t k, const char *type);

/* "LABEL: layer 2 (lstm) TEXT" into the message; returns status. */
GRUFF_PRINTF(3, 4)
GruffStatus gruff_place_fail(const GruffPlace *place, GruffStatus status, const char *format, ...);

/* A string from a file made fit to print: shortened, control characters taken out. Returns buffer. */
const char *gruff_printable(const char *text, char *buffer, size_t size);

/* Parse. On success *root is an object, which the caller lets go with json_decref.
 * Errors: GRUFF_ERROR_FORMAT with line and column; _LIMIT; _MEMORY. */
GRUFF_MUST_USE GruffStatus gruff_json_parse(const GruffPlace *place, const char *bytes, size_t n_bytes,
                                            json_t **root);

/* A value as a number: a number, or a string that holds one. False for everything else. */
bool gruff_json_is_number(const json_t *value, double *number);

/* object[key] as a number; standard where it is absent, null or "". what names it in a refusal. */
GRUFF_MUST_USE GruffStatus gruff_json_number(const GruffPlace *place, const json_t *object, const char *key,
                                             double standard, double *number);

/* The same for a whole number 0…1 000 000. */
GRUFF_MUST_USE GruffStatus gruff_json_count(const GruffPlace *place, const json_t *object, const char *key,
                                            uint32_t standard, uint32_t *count);

/* The same for yes or no: true, false or a number (yes if above 0). */
GRUFF_MUST_USE GruffStatus gruff_json_flag(const GruffPlace *place, const json_t *object, const char *key,
                                           bool standard, bool *flag);

/* A matrix [n_rows][n_columns] of numbers: element (i, j) goes to to[i * row_step + j * column_step]. The
 * shape must be just that, every number within single precision. what: "recurrent weights". */
GRUFF_MUST_USE GruffStatus gruff_json_matrix(const GruffPlace *place, const json_t *value, const char *what,
                                             size_t n_rows, size_t n_columns, size_t row_step,
                                             size_t column_step, float *to);

/* The same for a plain list of n numbers. */
GRUFF_MUST_USE GruffStatus gruff_json_vector(const GruffPlace *place, const json_t *value, const char *what,
                                             size_t n, float *to);

#endif
