#include "find_model.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char ending[] = ".json";

static bool join(char *path, const char *a, const char *b, const char *c)
{
    int n = snprintf(path, FIND_PATH_MAX, "%s%s%s", a, b, c);
    return n >= 0 && n < FIND_PATH_MAX;
}

static bool is_folder(const char *path)
{
    struct stat facts;
    return !stat(path, &facts) && S_ISDIR(facts.st_mode);
}

/* The folder of the running program, without a slash at the end. */
static bool program_folder(char *path)
{
    ssize_t n = readlink("/proc/self/exe", path, FIND_PATH_MAX - 1);
    if (n <= 0)
        return false;
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    return slash != NULL;
}

/* PRESETS/models, or false with the folder that was looked for last in it. */
static bool models_folder(char *folder)
{
    const char *forced = getenv("GRUFF_PRESETS");
    if (forced)
        return join(folder, forced, "/models", "") && is_folder(folder);
    static const char *const beside_program[] = {"/../../presets/models", "/../share/gruff/presets/models"};
    char program[FIND_PATH_MAX];
    bool known = program_folder(program);
    for (size_t i = 0; known && i < sizeof beside_program / sizeof *beside_program; i++)
        if (join(folder, program, beside_program[i], "") && is_folder(folder))
            return true;
    return join(folder, GRUFF_DATADIR, "/gruff/presets/models", "") && is_folder(folder);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_model_file(const char *name)
{
    size_t n = strlen(name), tail = sizeof ending - 1;
    return n > tail && name[0] != '.' && !strcmp(name + n - tail, ending);
}

static bool append_name(char ***names, uint32_t *n, const char *file)
{
    char **longer = realloc(*names, (*n + 1) * sizeof *longer);
    if (!longer)
        return false;
    *names = longer;
    longer[*n] = strndup(file, strlen(file) - (sizeof ending - 1));
    return longer[*n] && ++*n;
}

char **find_shipped_models(uint32_t *n)
{
    char folder[FIND_PATH_MAX];
    char **names = calloc(1, sizeof *names);
    *n = 0;
    DIR *dir = names && models_folder(folder) ? opendir(folder) : NULL;
    bool ok = names != NULL;
    for (struct dirent *entry; ok && dir && (entry = readdir(dir));)
        if (is_model_file(entry->d_name))
            ok = append_name(&names, n, entry->d_name);
    if (dir)
        closedir(dir);
    if (!ok) {
        find_models_free(names, *n);
        return NULL;
    }
    qsort(names, *n, sizeof *names, by_name);
    return names;
}

void find_models_free(char **names, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

static void say_unknown(const char *model, const char *folder, GruffMessage *message)
{
    uint32_t n_names;
    char **names = find_shipped_models(&n_names);
    char list[sizeof message->text] = "";
    for (uint32_t i = 0, n = 0; names && i < n_names && n < sizeof list - 80; i++)
        n += (uint32_t)snprintf(list + n, 80, "%s%.60s", i ? ", " : "", names[i]);
    if (*list)
        snprintf(message->text, sizeof message->text,
                 "%.100s: no such file or shipped model; give a model file, or one of: %.300s", model, list);
    else
        snprintf(message->text, sizeof message->text,
                 "%.100s: no such file, and no models ship in %.200s; give a model file with -m, or name the "
                 "folder of shipped ones in GRUFF_PRESETS",
                 model, folder);
    find_models_free(names, names ? n_names : 0);
}

static bool default_name(const char *folder, char *name, size_t size)
{
    char path[FIND_PATH_MAX];
    FILE *file = join(path, folder, "/DEFAULT", "") ? fopen(path, "r") : NULL;
    bool ok = file && fgets(name, (int)size, file);
    if (file)
        fclose(file);
    if (ok)
        name[strcspn(name, " \t\r\n")] = '\0';
    return ok && *name && !strchr(name, '/');
}

bool find_model(const char *model, GruffMessage *message, char *path)
{
    char folder[FIND_PATH_MAX] = "", name[256], slash_name[FIND_PATH_MAX];
    message->text[0] = '\0';
    if (model && (strchr(model, '/') || !access(model, F_OK)))
        return join(path, model, "", "");
    bool ships = models_folder(folder);
    if (!model && !(ships && default_name(folder, name, sizeof name))) {
        snprintf(message->text, sizeof message->text,
                 "no model given, and no default ships in %.300s; give one with -m", folder);
        return false;
    }
    if (ships && join(slash_name, "/", model ? model : name, ending) && join(path, folder, slash_name, "") &&
        !access(path, F_OK))
        return true;
    say_unknown(model ? model : name, folder, message);
    return false;
}
