/* What the readers and writers of the formats give each other. Private to dsp. L2, SETUP. */
#ifndef GRUFF_MODEL_FORMAT_H
#define GRUFF_MODEL_FORMAT_H

#include "model_json.h"

/* ---- a reader per format: fill model (new, its name set) from a parsed file ---- */

GRUFF_MUST_USE GruffStatus gruff_keras_read(GruffPlace *place, json_t *root, GruffModel *model);
GRUFF_MUST_USE GruffStatus gruff_torch_read(GruffPlace *place, json_t *root, GruffModel *model);
GRUFF_MUST_USE GruffStatus gruff_nam_read(GruffPlace *place, json_t *root, GruffModel *model);

/* Run the model's self-test, if it has one; put right a converter's known fault where that makes it pass.
 * Fills model->self_test, self_test_error and warning. */
GRUFF_MUST_USE GruffStatus gruff_model_self_test(GruffModel *model);

/* Exchange two gates' rows in all arrays of a layer. */
void gruff_layer_swap_gates(GruffLayer *layer, uint32_t a, uint32_t b);

/* A path for messages: its end, where the whole would leave no room for the sentence. */
const char *gruff_short_label(const char *path);

/* ---- what a file says of itself (model_meta.c) ---- */

/* A "metadata" object (or NULL): the name (which becomes the model's), loudness and levels; the rest is kept
 * but for the keys in known (NULL-terminated, may be NULL). */
GRUFF_MUST_USE GruffStatus gruff_meta_read(GruffModel *model, json_t *metadata, const char *const *known);

/* Members of the file's top level that are not in known: kept under "/" and their key. */
GRUFF_MUST_USE GruffStatus gruff_meta_read_top(GruffModel *model, json_t *root, const char *const *known);

/* Gruff's own "knobs": ["drive", "tone"], if it is there. */
GRUFF_MUST_USE GruffStatus gruff_meta_read_knobs(GruffModel *model, const json_t *root);

/* The rate under key, if object has it. */
GRUFF_MUST_USE GruffStatus gruff_meta_read_rate(const GruffPlace *place, const json_t *object,
                                                const char *key, GruffModel *model);

/* The model's "self-test": input and expected output, flat or in rows of one. What cannot be used becomes a
 * warning. */
GRUFF_MUST_USE GruffStatus gruff_meta_read_self_test(GruffModel *model, const json_t *in, const json_t *out);

/* ---- text being written ---- */

/* A growing text. Once memory has run out, failed is true and nothing more is added. */
typedef struct GruffText {
    char *bytes;
    size_t n, capacity;
    bool failed;
} GruffText;

void gruff_text_put(GruffText *text, const char *string);
void gruff_text_quote(GruffText *text, const char *string); /* as a JSON string */

/* The shortest decimal that reads back as the same number, whatever the locale. */
void gruff_text_float(GruffText *text, float value);
void gruff_text_double(GruffText *text, double value);

/* "a, b, …": n numbers scale * (from[i * step] + add[i * step]); add may be NULL. */
void gruff_text_list(GruffText *text, const float *from, const float *add, size_t n, size_t step,
                     double scale);
/* The same in brackets. */
void gruff_text_vector(GruffText *text, const float *from, const float *add, size_t n, size_t step,
                       double scale);

/* `, "metadata": {…}`: the name, loudness, levels and what was kept; extra (may be NULL) is put first. Keys
 * change between formats where there is an equivalent. */
void gruff_meta_write(GruffText *text, const GruffModel *model, GruffFormat format, const char *extra);

/* `, "key": value` for what was kept from the top level of a file of this format. */
void gruff_meta_write_top(GruffText *text, const GruffModel *model, GruffFormat format);

/* `, "knobs": ["drive", "tone"]` if any has a name. */
void gruff_meta_write_knobs(GruffText *text, const GruffModel *model);

/* ---- a writer per format ----
 * place->label stands for the file to write. place->message tells what was left out, on success too. */

GRUFF_MUST_USE GruffStatus gruff_keras_write(const GruffPlace *place, const GruffModel *model,
                                             GruffText *text);
GRUFF_MUST_USE GruffStatus gruff_torch_write(const GruffPlace *place, const GruffModel *model,
                                             GruffText *text);
GRUFF_MUST_USE GruffStatus gruff_nam_write(const GruffPlace *place, const GruffModel *model, GruffText *text);

/* PyTorch JSON and NAM hold this alone: recurrent layers of one cell (a GRU with the reset after) and one
 * size, then one linear dense layer; one sample per step; gains only where they can go into the weights. */
GRUFF_MUST_USE GruffStatus gruff_check_plain_stack(const GruffPlace *place, const GruffModel *model,
                                                   GruffFormat format);

/* Input weights of the first layer times the input gain, where it applies: a copy for the caller to free. */
float *gruff_gained_inputs(const GruffModel *model);

/* Whether the file must say its rate, if the format stands for standard_hz without. */
bool gruff_rate_needed(const GruffModel *model, double standard_hz);

#endif
