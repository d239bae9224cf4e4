#include "load.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void choice_copy(const Choice *from, Choice *to)
{
    *to = *from;
    blob_share(to->blob);
}

void choice_drop(Choice *choice)
{
    blob_drop(choice->blob);
    *choice = (Choice){0};
}

bool choice_resolve(const char *bundle, const char *path, char absolute[PATH_SIZE])
{
    char models[PATH_SIZE];
    if (path[0] != '/')
        return path_join(bundle, "models", models) && path_join(models, path, absolute);
    snprintf(absolute, PATH_SIZE, "%s", path);
    return true;
}

bool choice_of_path(const char *bundle, const char *path, Choice *choice)
{
    char models[PATH_SIZE];
    size_t n_models = path_join(bundle, "models/", models) ? strlen(models) : 0;
    const char *kept = path;
    *choice = (Choice){0};
    if (n_models && !strncmp(path, models, n_models) && !strchr(path + n_models, '/'))
        kept = path + n_models;
    if (!*kept || strlen(kept) >= PATH_SIZE || (kept[0] != '/' && strchr(kept, '/')))
        return false;
    snprintf(choice->path, PATH_SIZE, "%s", kept);
    return true;
}

GRUFF_PRINTF(2, 3) static void say(Loaded *loaded, const char *format, ...)
{
    va_list arguments;
    size_t n = strlen(loaded->about);
    va_start(arguments, format);
    vsnprintf(loaded->about + n, sizeof loaded->about - n, format, arguments);
    va_end(arguments);
}

static bool blob_is(const Blob *blob, const Choice *choice)
{
    return blob && (!choice->hashed || blob->hash == choice->hash);
}

/* The session's sound is sacred: bytes that are not those wanted come last. */
static GruffStatus find_bytes(const char *file_path, const Choice *choice, GruffMessage *message,
                              Loaded *loaded)
{
    Blob *file;
    GruffStatus status = blob_read(file_path, message, &file);
    if (blob_is(file, choice)) {
        loaded->choice.blob = file;
    } else if (blob_is(choice->blob, choice)) {
        loaded->choice.blob = blob_share(choice->blob);
        if (file)
            say(loaded,
                " %.200s has changed since the session was saved: this is the session's own copy; "
                "choose the file again to play the new one.",
                file_path);
        else
            say(loaded, " %.200s is not there: this is the session's own copy.", file_path);
        blob_drop(file);
    } else if (file) {
        loaded->choice.blob = file;
        say(loaded,
            " %.200s has changed since the session was saved, and the session's own copy is %s: this "
            "may sound different.",
            file_path, choice->blob ? "damaged" : "missing");
    } else {
        if (choice->hashed)
            snprintf(message->text + strlen(message->text), sizeof message->text - strlen(message->text),
                     "; and the session's own copy is %s", choice->blob ? "damaged" : "missing");
        return status;
    }
    loaded->choice.hashed = true;
    loaded->choice.hash = loaded->choice.blob->hash;
    return GRUFF_OK;
}

static void describe(const GruffModel *model, Loaded *loaded)
{
    snprintf(loaded->name, sizeof loaded->name, "%s", gruff_model_name(model));
    for (uint32_t k = 0; k < gruff_model_n_knobs(model); k++)
        say(loaded, " Knob %u is %.60s.", (unsigned)k + 1, gruff_model_knob_name(model, k));
    if (*gruff_model_warning(model))
        say(loaded, " %.256s.", gruff_model_warning(model));
}

GruffStatus load(const LoadOptions *options, const Choice *choice, GruffMessage *message, Loaded *loaded)
{
    char path[PATH_SIZE];
    GruffModel *model = NULL;
    *loaded = (Loaded){0};
    snprintf(loaded->choice.path, PATH_SIZE, "%s", choice->path);
    choice_resolve(options->bundle, choice->path, path);
    GruffStatus status = find_bytes(path, choice, message, loaded);
    if (status == GRUFF_OK)
        status =
            gruff_model_read(loaded->choice.blob->bytes, loaded->choice.blob->n_bytes, path, message, &model);
    if (status == GRUFF_OK)
        status = gruff_net_build(model, &options->net, message, &loaded->net);
    if (status == GRUFF_OK) {
        for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++)
            gruff_net_set_knob(loaded->net, k, options->knob[k]);
        gruff_net_settle(loaded->net);
        gruff_net_measure_loudness(loaded->net);
        describe(model, loaded);
        loaded->quality = options->net.quality;
        loaded->ready = true;
    }
    gruff_model_free(model);
    if (status != GRUFF_OK)
        loaded_free(loaded);
    return status;
}

void loaded_free(Loaded *loaded)
{
    gruff_net_free(loaded->net);
    choice_drop(&loaded->choice);
    *loaded = (Loaded){0};
}
