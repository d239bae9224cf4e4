#include "audio/audio_device.h"
#include "say.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 1024 };

/* The folder, and the file in it. False: there is no home to keep it in. */
static bool paths(char folder[PATH_SIZE], char file[PATH_SIZE])
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int length;
    if (config && *config == '/')
        length = snprintf(folder, PATH_SIZE, "%s/gruff", config);
    else if (home && *home)
        length = snprintf(folder, PATH_SIZE, "%s/.config/gruff", home);
    else
        return false;
    return length < PATH_SIZE && snprintf(file, PATH_SIZE, "%s/audio.json", folder) < PATH_SIZE;
}

static json_t *load(const char *file)
{
    json_t *root = json_load_file(file, 0, NULL);
    if (json_is_object(root))
        return root;
    json_decref(root);
    return NULL;
}

static void copy(const json_t *entry, const char *key, char *to, size_t size)
{
    const char *text = json_string_value(json_object_get(entry, key));
    snprintf(to, size, "%s", text ? text : "");
}

void audio_recall(const char *command, AudioMemory *memory)
{
    char folder[PATH_SIZE], file[PATH_SIZE];
    *memory = (AudioMemory){0};
    json_t *root = paths(folder, file) ? load(file) : NULL;
    const json_t *entry = json_object_get(root, command);
    copy(entry, "host", memory->host, sizeof memory->host);
    copy(entry, "input", memory->input, sizeof memory->input);
    copy(entry, "output", memory->output, sizeof memory->output);
    copy(entry, "input_channels", memory->input_channels, sizeof memory->input_channels);
    copy(entry, "output_channels", memory->output_channels, sizeof memory->output_channels);
    json_decref(root);
}

static json_t *channel_list(const AudioSide *side)
{
    char text[64] = "";
    for (uint32_t i = 0; i < side->n_channels; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%u", i ? "," : "", side->channel[i] + 1);
    }
    return json_string(text);
}

static bool make_folders(char *folder)
{
    for (char *slash = folder + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(folder, 0777);
        *slash = '/';
    }
    return mkdir(folder, 0777) == 0 || errno == EEXIST;
}

void audio_remember(const char *command, const AudioChoice *choice)
{
    char folder[PATH_SIZE], file[PATH_SIZE], beside[PATH_SIZE + 8];
    if (!paths(folder, file))
        return;
    json_t *root = load(file);
    if (!root)
        root = json_object();
    json_t *entry = json_pack("{s:s, s:s, s:o, s:s, s:o}", "host", choice->host, "input", choice->input.name,
                              "input_channels", channel_list(&choice->input), "output", choice->output.name,
                              "output_channels", channel_list(&choice->output));
    json_object_set_new(root, command, entry);
    snprintf(beside, sizeof beside, "%s.new", file);
    if (!make_folders(folder) || json_dump_file(root, beside, JSON_INDENT(4)) || rename(beside, file)) {
        say_warning("%s: cannot remember the devices for next time (%s)", file, strerror(errno));
        unlink(beside);
    }
    json_decref(root);
}
