#include "level.h"
#include "mem.h"
#include "model_format.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what the plainer formats hold ---- */

bool gruff_rate_needed(const GruffModel *model, double standard_hz)
{
    return model->rate_stated || model->rate_hz != standard_hz;
}

static GruffStatus check_recurrent(const GruffPlace *place, const GruffModel *model, uint32_t k,
                                   const char *name)
{
    const GruffLayer *layer = &model->layers[k], *first = &model->layers[0];
    if (layer->cell == GRUFF_CELL_DENSE || layer->cell != first->cell || layer->n_out != first->n_out)
        return gruff_place_fail(
            place, GRUFF_ERROR_UNSUPPORTED,
            "%s holds recurrent layers of one kind and size with one dense layer at the end; "
            "layer %u (%s, %u units) does not fit; write Keras JSON",
            name, k + 1, gruff_cell_name(layer->cell), layer->n_out);
    if (layer->cell == GRUFF_CELL_GRU && layer->reset != GRUFF_RESET_AFTER)
        return gruff_place_fail(place, GRUFF_ERROR_UNSUPPORTED, "%s holds no GRU %s; write Keras JSON", name,
                                layer->reset == GRUFF_RESET_NONE ? "without a reset gate"
                                                                 : "whose reset acts before the product");
    return GRUFF_OK;
}

GruffStatus gruff_check_plain_stack(const GruffPlace *place, const GruffModel *model, GruffFormat format)
{
    const char *name = gruff_format_name(format);
    const GruffLayer *head = &model->layers[model->n_layers - 1];
    GruffStatus status = GRUFF_OK;
    if (model->hop != 1)
        return gruff_place_fail(
            place, GRUFF_ERROR_UNSUPPORTED,
            "%s holds models that step once per sample, this one steps once per %u; write "
            "Keras JSON",
            name, model->hop);
    if (model->n_layers < 2 || head->cell != GRUFF_CELL_DENSE || head->activation != GRUFF_ACTIVATION_LINEAR)
        return gruff_place_fail(
            place, GRUFF_ERROR_UNSUPPORTED,
            "%s holds models that end in a linear dense layer, this one does not; write Keras "
            "JSON",
            name);
    for (uint32_t k = 0; !status && k + 1 < model->n_layers; k++)
        status = check_recurrent(place, model, k, name);
    if (!status && model->skip && fabs(model->in_gain_db + model->out_gain_db) > 1e-9)
        return gruff_place_fail(
            place, GRUFF_ERROR_UNSUPPORTED,
            "%s has no place for gains (%g and %g dB), and they cannot go into the weights of a "
            "model that adds its input to its output; write Keras JSON",
            name, model->in_gain_db, model->out_gain_db);
    return status;
}

float *gruff_gained_inputs(const GruffModel *model)
{
    const GruffLayer *layer = &model->layers[0];
    double gain = gruff_gain_of_db(model->in_gain_db);
    size_t rows = (size_t)gruff_cell_gates(layer->cell) * layer->n_out, n_in = layer->n_in;
    float *w = gruff_array_new(rows * n_in, sizeof(float));
    if (!w)
        return NULL;
    memcpy(w, layer->w, rows * n_in * sizeof(float));
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < model->hop; j++)
            w[i * n_in + j] = (float)((double)w[i * n_in + j] * gain);
    return w;
}

/* ---- the text ---- */

static void tell_losses(const GruffModel *model, GruffFormat format, GruffMessage *message)
{
    bool gains = model->in_gain_db != 0 || model->out_gain_db != 0;
    if (gains || model->n_self_test)
        gruff_fail(message, GRUFF_OK, "%s has no place for %s%s%s", gruff_format_name(format),
                   gains ? "gains: they went into the weights" : "",
                   gains && model->n_self_test ? "; nor for " : "",
                   model->n_self_test ? "the self-test: left out" : "");
}

static GruffStatus compose(const GruffPlace *place, const GruffModel *model, GruffFormat format,
                           GruffText *text)
{
    GruffStatus status = GRUFF_ERROR_ARGUMENT;
    if (format == GRUFF_FORMAT_KERAS)
        status = gruff_keras_write(place, model, text);
    if (format == GRUFF_FORMAT_TORCH)
        status = gruff_torch_write(place, model, text);
    if (format == GRUFF_FORMAT_NAM)
        status = gruff_nam_write(place, model, text);
    if (!status && text->failed)
        status = GRUFF_ERROR_MEMORY;
    if (!status && format != GRUFF_FORMAT_KERAS)
        tell_losses(model, format, place->message);
    return status;
}

/* What cannot be read again is not worth writing: metadata set to something that is no JSON, say. */
static GruffStatus check_readable(const GruffPlace *place, const GruffText *text)
{
    GruffMessage why;
    GruffModel *back;
    GruffStatus status = gruff_model_read(text->bytes, text->n, "it", &why, &back);
    gruff_model_free(back);
    if (!status || status == GRUFF_ERROR_MEMORY)
        return status;
    return gruff_fail(place->message, GRUFF_ERROR_ARGUMENT,
                      "%s: not written, for it could not be read back: %.300s", place->label, why.text);
}

/* ---- the file ---- */

static bool put_all(int file, const char *bytes, size_t n)
{
    while (n) {
        ssize_t put = write(file, bytes, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        bytes += put;
        n -= (size_t)put;
    }
    return fsync(file) == 0;
}

/* A new file beside path; its name goes into beside, which holds strlen(path) + 16. */
static int open_beside(const char *path, char *beside)
{
    int file = -1;
    for (unsigned k = 0; k < 100 && file < 0; k++) {
        sprintf(beside, "%s.%u.new", path, k);
        file = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0 && errno != EEXIST)
            break;
    }
    return file;
}

static GruffStatus put_file(const char *path, const char *label, const GruffText *text,
                            const struct stat *old, GruffMessage *message)
{
    char *beside = gruff_array_new(strlen(path) + 16, 1);
    if (!beside)
        return GRUFF_ERROR_MEMORY;
    int file = open_beside(path, beside);
    bool opened = file >= 0;
    bool done = opened && put_all(file, text->bytes, text->n);
    if (done && old)
        done = fchmod(file, old->st_mode & 07777) == 0;
    int error = errno;
    if (opened && close(file) && done)
        done = false, error = errno;
    if (done && rename(beside, path))
        done = false, error = errno;
    if (!done && opened)
        unlink(beside);
    free(beside);
    return done ? GRUFF_OK
                : gruff_fail(message, GRUFF_ERROR_FILE, "%s: cannot be written: %s; choose another place",
                             label, strerror(error));
}

/* Replace what a link points at, not the link; and nothing but an ordinary file. */
static GruffStatus replace_file(const char *path, const char *label, const GruffText *text,
                                GruffMessage *message)
{
    struct stat facts;
    bool there = stat(path, &facts) == 0;
    if (there && !S_ISREG(facts.st_mode))
        return gruff_fail(message, GRUFF_ERROR_FILE, "%s: is %s; give the name of a file", label,
                          S_ISDIR(facts.st_mode) ? "a folder" : "not an ordinary file");
    if (there && access(path, W_OK))
        return gruff_fail(message, GRUFF_ERROR_FILE, "%s: cannot be written: %s; choose another place", label,
                          strerror(errno));
    char *real = there ? realpath(path, NULL) : strdup(path);
    if (!real)
        return GRUFF_ERROR_MEMORY;
    GruffStatus status = put_file(real, label, text, there ? &facts : NULL, message);
    free(real);
    return status;
}

GruffStatus gruff_model_write(const GruffModel *model, const char *path, GruffFormat format,
                              GruffMessage *message)
{
    GruffMessage said = {""};
    const char *label = gruff_short_label(path);
    GruffPlace place = {.label = label, .message = &said};
    GruffText text = {0};
    GruffStatus status = gruff_model_check(model, label, &said);
    if (!status)
        status = compose(&place, model, format, &text);
    if (!status)
        status = check_readable(&place, &text);
    if (!status)
        status = replace_file(path, label, &text, &said);
    free(text.bytes);
    if (status && !*said.text)
        gruff_fail(&said, status, "%s: not written: %s", label, gruff_status_name(status));
    if (message)
        *message = said;
    return status;
}
