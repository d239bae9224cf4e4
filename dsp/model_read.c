#include "mem.h"
#include "model_format.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LABEL 200 /* of a message's 512 letters */

/* ---- which format ---- */

/* What else a file may be, by its first bytes; NULL if that tells nothing. */
static const char *foreign_kind(const char *bytes, size_t n_bytes)
{
    static const struct {
        const char *magic, *kind;
        unsigned char n;
    } kinds[] = {
        {"RIFF", "a WAV file, not a model; give a model file", 4},
        {"fLaC", "a FLAC file, not a model; give a model file", 4},
        {"FORM", "an AIFF file, not a model; give a model file", 4},
        {"PK\3\4", "a ZIP archive (PyTorch and Keras save such); export the model to JSON", 4},
        {"\x89HDF", "an HDF5 file (older Keras saves such); export the model to JSON", 4},
        {"\x1f\x8b", "compressed; unpack it first", 2},
        {"\xff\xfe", "text in UTF-16; save it as UTF-8", 2},
        {"\xfe\xff", "text in UTF-16; save it as UTF-8", 2},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (n_bytes >= kinds[i].n && !memcmp(bytes, kinds[i].magic, kinds[i].n))
            return kinds[i].kind;
    return NULL;
}

/* What a JSON file is that has none of the keys of the three formats. */
static GruffStatus refuse_other_json(const GruffPlace *place, json_t *root)
{
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value) if (!strncmp(key, "conv1d", 6)) return gruff_place_fail(
        place, GRUFF_ERROR_UNSUPPORTED,
        "is a SmartAmpPro model (convolution and LSTM), which Gruff does not play");
    if (json_object_get(root, "residual_channels") || json_object_get(root, "dilations"))
        return gruff_place_fail(place, GRUFF_ERROR_UNSUPPORTED,
                                "is a SmartAmp model (WaveNet), which Gruff does not play");
    return gruff_place_fail(
        place, GRUFF_ERROR_FORMAT,
        "is JSON, but no model that Gruff knows: it has neither \"layers\" (Keras, AIDA-X) nor "
        "\"state_dict\" (PyTorch) nor \"architecture\" (NAM)");
}

static GruffStatus read_root(GruffPlace *place, json_t *root, GruffModel *model)
{
    if (json_object_get(root, "architecture"))
        return gruff_nam_read(place, root, model);
    if (json_object_get(root, "state_dict") || json_object_get(root, "model_data"))
        return gruff_torch_read(place, root, model);
    if (json_object_get(root, "layers"))
        return gruff_keras_read(place, root, model);
    return refuse_other_json(place, root);
}

/* ---- from memory ---- */

/* The file's name without folder and ending, until the file gives a better one. */
static char *name_of(const char *label)
{
    const char *slash = strrchr(label, '/');
    const char *start = slash ? slash + 1 : label;
    const char *dot = strrchr(start, '.');
    return strndup(start, dot && dot > start ? (size_t)(dot - start) : strlen(start));
}

static GruffStatus read_text(GruffPlace *place, const char *bytes, size_t n_bytes, GruffModel *model)
{
    json_t *root;
    const char *foreign = foreign_kind(bytes, n_bytes);
    if (foreign)
        return gruff_place_fail(place, GRUFF_ERROR_FORMAT, "is %s", foreign);
    if (!n_bytes)
        return gruff_place_fail(place, GRUFF_ERROR_FORMAT, "is empty; give a model file");
    if (n_bytes >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) /* the mark some editors put before UTF-8 */
        bytes += 3, n_bytes -= 3;
    GruffStatus status = gruff_json_parse(place, bytes, n_bytes, &root);
    if (status)
        return status;
    status = read_root(place, root, model);
    json_decref(root);
    if (!status)
        status = gruff_model_check(model, place->label, place->message);
    return status ? status : gruff_model_self_test(model);
}

static GruffStatus read_bytes(const char *bytes, size_t n_bytes, const char *label, GruffMessage *message,
                              GruffModel **model)
{
    GruffPlace place = {.label = label, .message = message};
    if (n_bytes > GRUFF_MAX_FILE_BYTES)
        return gruff_place_fail(&place, GRUFF_ERROR_LIMIT, "is %zu MB; model files are at most %u MB",
                                n_bytes >> 20, GRUFF_MAX_FILE_BYTES >> 20);
    GruffStatus status = gruff_model_new(model);
    if (status)
        return status;
    (*model)->name = name_of(label);
    return (*model)->name ? read_text(&place, bytes, n_bytes, *model) : GRUFF_ERROR_MEMORY;
}

GruffStatus gruff_model_read(const void *bytes, size_t n_bytes, const char *label, GruffMessage *message,
                             GruffModel **model)
{
    GruffMessage text = {""};
    *model = NULL;
    GruffStatus status = read_bytes(bytes, n_bytes, label, &text, model);
    if (status) {
        gruff_model_free(*model);
        *model = NULL;
    }
    if (status && !*text.text)
        gruff_fail(&text, status, "%s: cannot be read: %s", label, gruff_status_name(status));
    if (message)
        *message = text;
    return status;
}

/* ---- from a file ---- */

static GruffStatus check_file(int file, const char *label, GruffMessage *message, size_t *n_bytes)
{
    struct stat facts;
    if (fstat(file, &facts))
        return gruff_fail(message, GRUFF_ERROR_FILE, "%s: cannot be read: %s", label, strerror(errno));
    if (!S_ISREG(facts.st_mode))
        return gruff_fail(message, GRUFF_ERROR_FILE, "%s: is %s; give a model file", label,
                          S_ISDIR(facts.st_mode) ? "a folder" : "not an ordinary file");
    if (facts.st_size > (off_t)GRUFF_MAX_FILE_BYTES)
        return gruff_fail(message, GRUFF_ERROR_LIMIT, "%s: is %lld MB; model files are at most %u MB", label,
                          (long long)facts.st_size >> 20, GRUFF_MAX_FILE_BYTES >> 20);
    *n_bytes = (size_t)facts.st_size;
    return GRUFF_OK;
}

static GruffStatus slurp(int file, const char *label, GruffMessage *message, char **bytes, size_t *n_bytes)
{
    GruffStatus status = check_file(file, label, message, n_bytes);
    if (status)
        return status;
    *bytes = gruff_array_new(*n_bytes, 1);
    if (!*bytes)
        return gruff_fail(message, GRUFF_ERROR_MEMORY, "%s: not enough memory to read it", label);
    size_t n = 0;
    while (n < *n_bytes) {
        ssize_t got = read(file, *bytes + n, *n_bytes - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return gruff_fail(message, GRUFF_ERROR_FILE, "%s: cannot be read: %s", label, strerror(errno));
        if (got == 0)
            break;
        n += (size_t)got;
    }
    *n_bytes = n;
    return GRUFF_OK;
}

const char *gruff_short_label(const char *path)
{
    size_t n = strlen(path);
    if (n <= MAX_LABEL)
        return path;
    path += n - MAX_LABEL;
    while (((unsigned char)*path & 0xC0) == 0x80)
        path++;
    return path;
}

GruffStatus gruff_model_load(const char *path, GruffMessage *message, GruffModel **model)
{
    const char *label = gruff_short_label(path);
    char *bytes = NULL;
    size_t n_bytes = 0;
    *model = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return gruff_fail(message, GRUFF_ERROR_FILE, "%s: cannot be opened: %s", label, strerror(errno));
    GruffStatus status = slurp(file, label, message, &bytes, &n_bytes);
    close(file);
    if (!status)
        status = gruff_model_read(bytes, n_bytes, label, message, model);
    free(bytes);
    return status;
}
