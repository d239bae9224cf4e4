#include "live/playlist.h"

#include "find_model.h"
#include "gruff_model.h"
#include "say.h"

#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool add(Playlist *list, const char *path)
{
    char **longer = realloc(list->path, (list->n + 1) * sizeof *longer);
    if (!longer)
        return false;
    list->path = longer;
    list->path[list->n] = strdup(path);
    return list->path[list->n] && ++list->n;
}

static int by_name(const void *a, const void *b)
{
    return strcoll(*(char *const *)a, *(char *const *)b);
}

static bool is_model_name(const char *name)
{
    GruffFormat format;
    return *name != '.' && gruff_format_of_path(name, &format);
}

/* The models beside path; path itself is among them whatever its name. */
static bool add_folder_of(Playlist *list, const char *path)
{
    char copy[FIND_PATH_MAX], beside[2 * FIND_PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    const char *slash = strrchr(path, '/'), *own = slash ? slash + 1 : path;
    DIR *folder = opendir(dirname(copy));
    bool ok = add(list, path);
    for (struct dirent *entry; ok && folder && (entry = readdir(folder)) != NULL;) {
        if (!is_model_name(entry->d_name) || !strcmp(entry->d_name, own))
            continue;
        snprintf(beside, sizeof beside, "%.*s%s", (int)(own - path), path, entry->d_name);
        ok = add(list, beside);
    }
    if (folder)
        closedir(folder);
    if (!ok)
        return false;
    const char *first = list->path[0];
    qsort(list->path, list->n, sizeof *list->path, by_name);
    while (list->path[list->at] != first)
        list->at++;
    return true;
}

int playlist_read(const char *const *models, uint32_t n, Playlist *list)
{
    char path[FIND_PATH_MAX];
    GruffMessage message;
    *list = (Playlist){0};
    bool ok = true;
    for (uint32_t i = 0; ok && i < (n ? n : 1); i++) {
        if (!find_model(n ? models[i] : NULL, &message, path)) {
            playlist_free(list);
            return say_failed("%s", message.text);
        }
        ok = n > 1 ? add(list, path) : add_folder_of(list, path);
    }
    if (ok)
        return EXIT_DONE;
    playlist_free(list);
    return say_failed("models: no memory");
}

void playlist_free(Playlist *list)
{
    for (uint32_t i = 0; i < list->n; i++)
        free(list->path[i]);
    free(list->path);
    *list = (Playlist){0};
}

GruffModel *playlist_load(const Playlist *list, const PlayOptions *play)
{
    PlayOptions this = *play;
    this.model = list->path[list->at];
    return play_load_model(&this);
}
