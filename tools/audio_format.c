#include "audio_file.h"

#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Endings people use, before libsndfile's own list. */
static const struct ending {
    const char *name;
    int container;
    int only; /* the one encoding such files have; 0: several */
} endings[] = {
    {"wav", SF_FORMAT_WAV, 0},
    {"flac", SF_FORMAT_FLAC, 0},
    {"aiff", SF_FORMAT_AIFF, 0},
    {"aif", SF_FORMAT_AIFF, 0},
    {"aifc", SF_FORMAT_AIFF, 0},
    {"w64", SF_FORMAT_W64, 0},
    {"rf64", SF_FORMAT_RF64, 0},
    {"caf", SF_FORMAT_CAF, 0},
    {"au", SF_FORMAT_AU, 0},
    {"ogg", SF_FORMAT_OGG, SF_FORMAT_VORBIS},
    {"opus", SF_FORMAT_OGG, SF_FORMAT_OPUS},
    {"mp3", SF_FORMAT_MPEG, SF_FORMAT_MPEG_LAYER_III},
    {"wave", SF_FORMAT_WAV, 0},
    {"bwf", SF_FORMAT_WAV, 0},
    {"oga", SF_FORMAT_OGG, SF_FORMAT_VORBIS},
};

enum { N_ENDINGS = sizeof endings / sizeof *endings, N_NAMED = 12 /* the first ones, for messages */ };

static const struct ending *find_ending(const char *name)
{
    static struct ending other;
    for (int i = 0; i < N_ENDINGS; i++)
        if (!strcasecmp(name, endings[i].name))
            return &endings[i];
    int n = 0;
    sf_command(NULL, SFC_GET_FORMAT_MAJOR_COUNT, &n, sizeof n);
    for (int i = 0; i < n; i++) {
        SF_FORMAT_INFO major = {.format = i};
        if (!sf_command(NULL, SFC_GET_FORMAT_MAJOR, &major, sizeof major) &&
            !strcasecmp(name, major.extension)) {
            other = (struct ending){"", major.format, 0};
            return &other;
        }
    }
    return NULL;
}

const char *audio_format_ending(int format)
{
    int container = format & SF_FORMAT_TYPEMASK, encoding = format & SF_FORMAT_SUBMASK;
    for (int i = 0; i < N_ENDINGS; i++)
        if (endings[i].container == container && (!endings[i].only || endings[i].only == encoding))
            return endings[i].name;
    return container == SF_FORMAT_WAVEX ? "wav" : "";
}

void audio_describe_format(int format, char *text)
{
    static const struct {
        int encoding;
        const char *name;
    } encodings[] = {{SF_FORMAT_PCM_U8, "8 bit"},       {SF_FORMAT_PCM_S8, "8 bit"},
                     {SF_FORMAT_PCM_16, "16 bit"},      {SF_FORMAT_PCM_24, "24 bit"},
                     {SF_FORMAT_PCM_32, "32 bit"},      {SF_FORMAT_FLOAT, "float"},
                     {SF_FORMAT_DOUBLE, "64-bit float"}};
    SF_FORMAT_INFO major = {.format = format & SF_FORMAT_TYPEMASK},
                   minor = {.format = format & SF_FORMAT_SUBMASK};
    sf_command(NULL, SFC_GET_FORMAT_INFO, &major, sizeof major);
    sf_command(NULL, SFC_GET_FORMAT_INFO, &minor, sizeof minor);
    const char *encoding = minor.name ? minor.name : "?";
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
        if (encodings[i].encoding == minor.format)
            encoding = encodings[i].name;
    int word = major.name ? (int)strcspn(major.name, " ") : 1;
    snprintf(text, 64, "%.*s, %s", word, major.name ? major.name : "?", encoding);
}

static bool fits(int container, int encoding, const AudioFacts *facts)
{
    SF_INFO info = {
        .samplerate = facts->rate_hz, .channels = (int)facts->n_channels, .format = container | encoding};
    return sf_format_check(&info);
}

/* The first of the encodings, a list that ends with 0, that the container takes; 0: none. */
static int first_fitting(int container, const int *encodings, const AudioFacts *facts)
{
    while (*encodings && !fits(container, *encodings, facts))
        encodings++;
    return *encodings;
}

static int kept_encoding(const struct ending *ending, const AudioFacts *source)
{
    int own = source->format & SF_FORMAT_SUBMASK;
    bool plain = own <= SF_FORMAT_DOUBLE, same = (source->format & SF_FORMAT_TYPEMASK) == ending->container;
    bool is_float = own == SF_FORMAT_FLOAT || own == SF_FORMAT_DOUBLE;
    bool is_8_bit = own == SF_FORMAT_PCM_S8 || own == SF_FORMAT_PCM_U8;
    int wishes[] = {ending->only    ? ending->only
                    : plain || same ? own
                                    : SF_FORMAT_PCM_24,
                    is_float   ? SF_FORMAT_FLOAT
                    : is_8_bit ? SF_FORMAT_PCM_U8
                               : SF_FORMAT_PCM_24,
                    is_8_bit ? SF_FORMAT_PCM_S8 : SF_FORMAT_PCM_24,
                    SF_FORMAT_PCM_24,
                    SF_FORMAT_PCM_16,
                    SF_FORMAT_FLOAT,
                    SF_FORMAT_VORBIS,
                    0};
    return first_fitting(ending->container, wishes, source);
}

static int bits_encoding(int bits)
{
    return bits == 16   ? SF_FORMAT_PCM_16
           : bits == 24 ? SF_FORMAT_PCM_24
           : bits == 32 ? SF_FORMAT_PCM_32
                        : SF_FORMAT_FLOAT;
}

static int bytes_per_sample(int encoding)
{
    switch (encoding) {
    case SF_FORMAT_PCM_16:
        return 2;
    case SF_FORMAT_PCM_24:
        return 3;
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
        return 4;
    case SF_FORMAT_DOUBLE:
        return 8;
    default:
        return 1;
    }
}

/* Containers whose sizes are 32-bit numbers. */
static bool too_long(int container, int encoding, const AudioFacts *facts)
{
    const double limit = 4294967295.0 - (2 << 20); /* what else the file holds has room in 2 MB */
    bool wav = container == SF_FORMAT_WAV || container == SF_FORMAT_WAVEX;
    if (facts->n_frames < 0)
        return wav;
    return (wav || container == SF_FORMAT_AIFF) &&
           (double)facts->n_frames * facts->n_channels * bytes_per_sample(encoding) > limit;
}

static void list_names(char *all, size_t size)
{
    *all = '\0';
    for (int i = 0; i < N_NAMED; i++) {
        size_t n = strlen(all);
        snprintf(all + n, size - n, "%s%s", i ? ", " : "", endings[i].name);
    }
}

bool audio_format_known(const char *name, GruffMessage *message)
{
    char all[128];
    if (find_ending(name))
        return true;
    list_names(all, sizeof all);
    snprintf(message->text, sizeof message->text, "--format %.60s: no such format; there are %s", name, all);
    return false;
}

static const struct ending *wished_ending(const char *path, const char *name, GruffMessage *message)
{
    char all[128];
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    const char *own = dot && (!slash || dot > slash) ? dot + 1 : strcmp(path, "-") ? "" : "wav";
    const struct ending *ending = find_ending(name ? name : own);
    if (ending || (name && !audio_format_known(name, message)))
        return ending;
    list_names(all, sizeof all);
    snprintf(message->text, sizeof message->text,
             "%.200s: its ending names no sound file format; use one of %s, or --format", path, all);
    return NULL;
}

static bool refuse(const char *path, const struct ending *ending, int bits, GruffMessage *message)
{
    SF_FORMAT_INFO major = {.format = ending->container};
    sf_command(NULL, SFC_GET_FORMAT_INFO, &major, sizeof major);
    if (bits == AUDIO_BITS_KEEP)
        snprintf(message->text, sizeof message->text,
                 "%.200s: %.60s files cannot hold this sample rate; use another ending, such as .wav", path,
                 major.name);
    else
        snprintf(message->text, sizeof message->text,
                 "%.200s: %.60s files cannot hold %s; use other --bits, or another ending, such as .wav",
                 path, major.name,
                 bits == AUDIO_BITS_FLOAT ? "float"
                 : bits == 32             ? "32 bit"
                                          : "these bits");
    return false;
}

bool audio_choose_format(const char *path, const char *name, int bits, const AudioFacts *source,
                         GruffMessage *message, int *format)
{
    const struct ending *ending = wished_ending(path, name, message);
    if (!ending)
        return false;
    int container = ending->container;
    int wish[] = {bits_encoding(bits), 0};
    int encoding =
        bits == AUDIO_BITS_KEEP ? kept_encoding(ending, source) : first_fitting(container, wish, source);
    if (!encoding)
        return refuse(path, ending, bits, message);
    if (container == SF_FORMAT_WAV && (source->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_WAVEX)
        container = SF_FORMAT_WAVEX;
    if (too_long(container, encoding, source)) {
        if (container == SF_FORMAT_AIFF) {
            snprintf(message->text, sizeof message->text,
                     "%.200s: AIFF files hold no more than 4 GB; use the ending .wav, .w64 or .caf", path);
            return false;
        }
        container = SF_FORMAT_RF64;
    }
    *format = container | encoding;
    return true;
}
