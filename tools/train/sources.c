#include "train/sources.h"

#include "say.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- options ---- */

static int add(Sources *s, const char *dry, const char *wet, bool test_only)
{
    if (s->n == SOURCES_MOST)
        return say_usage("train", "more than %d pairs", SOURCES_MOST);
    s->source[s->n++] = (TrainSource){.dry = dry, .wet = wet, .test_only = test_only};
    return EXIT_DONE;
}

/* The number of a knob by name; a new one is added. GRUFF_MAX_KNOBS: too many. */
static uint32_t find_knob(Sources *s, const char *name, size_t length)
{
    uint32_t k = 0;
    while (k < s->n_knobs && (strlen(s->knob_name[k]) != length || strncmp(s->knob_name[k], name, length)))
        k++;
    if (k == s->n_knobs && k < GRUFF_MAX_KNOBS) {
        snprintf(s->knob_name[k], SOURCES_NAME_SIZE, "%.*s", (int)length, name);
        s->n_knobs++;
    }
    return k;
}

static int set_knob(Sources *s, const char *text)
{
    const char *equals = strchr(text, '=');
    char *end;
    const double value = equals ? strtod(equals + 1, &end) : -1.0;
    const size_t length = equals ? (size_t)(equals - text) : 0;
    if (!length || length >= SOURCES_NAME_SIZE || end == equals + 1 || *end ||
        !(value >= 0.0 && value <= 1.0))
        return say_usage("train", "--knob %s: give its name and where it stood, 0 to 1, such as drive=0.25",
                         text);
    if (!s->n)
        return say_usage("train", "--knob %s: stands before any --pair; give the pair first", text);
    const uint32_t k = find_knob(s, text, length);
    if (k == GRUFF_MAX_KNOBS)
        return say_usage("train", "--knob %s: a model has %d knobs at most", text, GRUFF_MAX_KNOBS);
    s->source[s->n - 1].knob[k] = (float)value;
    s->knob_given[s->n - 1][k] = true;
    return EXIT_DONE;
}

/* Every pair must say where every knob stood. */
static int check_knobs(const Sources *s)
{
    for (uint32_t i = 0; i < s->n; i++)
        for (uint32_t k = 0; k < s->n_knobs; k++)
            if (!s->knob_given[i][k])
                return say_usage("train",
                                 "%s: where did the knob '%s' stand? give --knob %s=VALUE after its --pair",
                                 s->source[i].wet, s->knob_name[k], s->knob_name[k]);
    return EXIT_DONE;
}

int sources_from_options(Sources *s, int *argc, char **argv)
{
    int n_kept = 0, status = EXIT_DONE;
    bool ended = false; /* "--": what follows is no option */
    for (int i = 0; i < *argc && !status; i++) {
        const bool is_test = !ended && !strcmp(argv[i], "--test-pair");
        const bool is_pair = !ended && !strcmp(argv[i], "--pair"),
                   is_knob = !ended && !strcmp(argv[i], "--knob");
        ended = ended || !strcmp(argv[i], "--");
        if (is_pair || is_test) {
            if (i + 2 >= *argc)
                return say_usage("train", "%s: give two files, dry and wet", argv[i]);
            status = add(s, argv[i + 1], argv[i + 2], is_test);
            i += 2;
        } else if (is_knob || (!ended && !strncmp(argv[i], "--knob=", 7))) {
            if (is_knob && i + 1 >= *argc)
                return say_usage("train", "--knob: give its name and value, such as drive=0.25");
            status = set_knob(s, is_knob ? argv[++i] : argv[i] + 7);
        } else {
            argv[n_kept++] = argv[i];
        }
    }
    *argc = n_kept;
    argv[n_kept] = NULL;
    return status ? status : check_knobs(s);
}

/* ---- a capture's folder ---- */

/* FOLDER/NAME, kept until sources_free. NULL: no memory. */
static const char *path_in(Sources *s, const char *folder, const char *name)
{
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (!path)
        return NULL;
    snprintf(path, size, "%s/%s", folder, name);
    s->paths[s->n_paths++] = path;
    return path;
}

static int add_take(Sources *s, const char *folder, const char *dry_name, const char *knob,
                    const json_t *take)
{
    const char *wet_name = json_string_value(json_object_get(take, "wet"));
    if (!wet_name || s->n == SOURCES_MOST)
        return say_failed("%s/capture.json: damaged; capture again, or name the files: gruff train DRY WET",
                          folder);
    const char *dry = path_in(s, folder, dry_name), *wet = path_in(s, folder, wet_name);
    if (!dry || !wet)
        return say_failed("%s: no memory", folder);
    const int status = add(s, dry, wet, false);
    if (!status && knob) {
        const json_t *value = json_object_get(take, "value");
        const uint32_t k =
            find_knob(s, knob, strlen(knob) < SOURCES_NAME_SIZE ? strlen(knob) : SOURCES_NAME_SIZE - 1);
        s->source[s->n - 1].knob[k] = (float)fmin(fmax(json_number_value(value), 0.0), 1.0);
    }
    return status;
}

static int add_folder(Sources *s, const char *folder)
{
    json_error_t error;
    char path[4096];
    snprintf(path, sizeof path, "%s/capture.json", folder);
    json_t *root = json_load_file(path, 0, &error);
    if (!root)
        return say_failed(
            "%s: not a folder that gruff capture made (%s); name the files: gruff train DRY WET -o MODEL",
            folder, error.text);
    const json_t *takes = json_object_get(root, "takes");
    const char *dry = json_string_value(json_object_get(root, "dry"));
    const char *knob = json_string_value(json_object_get(root, "knob"));
    int status =
        json_array_size(takes) ? EXIT_DONE : say_failed("%s: holds no take; capture one first", folder);
    for (size_t i = 0; i < json_array_size(takes) && !status; i++)
        status = add_take(s, folder, dry ? dry : "dry.wav", knob, json_array_get(takes, i));
    json_decref(root);
    return status;
}

int sources_from_operands(Sources *s, int n_operands, char **operands)
{
    struct stat facts;
    if (s->n)
        return n_operands
                   ? say_usage("train", "%s: give pairs with --pair, or two files, not both", operands[0])
                   : EXIT_DONE;
    if (n_operands == 1 && !stat(operands[0], &facts) && S_ISDIR(facts.st_mode))
        return add_folder(s, operands[0]);
    if (n_operands != 2)
        return say_usage("train", "give two files, what was played and what came back: DRY WET");
    return add(s, operands[0], operands[1], false);
}

void sources_free(Sources *s)
{
    for (uint32_t i = 0; i < s->n_paths; i++)
        free(s->paths[i]);
    s->n_paths = 0;
}
