#include "audio_library.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct AudioReader {
    SNDFILE *file;
    SF_INFO info;
    char *path;
};

static bool fail(GruffMessage *message, const char *path, const char *why, const char *advice)
{
    snprintf(message->text, sizeof message->text, "%.250s: %.180s%s%s", path, why, *advice ? "; " : "",
             advice);
    return false;
}

void audio_why(SNDFILE *file, char *why)
{
    static const char prefix[] = "Error : ";
    const char *words = sf_strerror(file);
    if (!strncmp(words, prefix, sizeof prefix - 1))
        words += sizeof prefix - 1;
    size_t n = strlen(words);
    while (n && (words[n - 1] == '.' || words[n - 1] == '\n'))
        n--;
    snprintf(why, AUDIO_WHY_BYTES, "%.*s", (int)n, words);
}

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

void audio_open_begin(void)
{
    pthread_mutex_lock(&opening);
}

void audio_open_end(void)
{
    pthread_mutex_unlock(&opening);
}

/* Standard input as a file that can be sought in. */
static SNDFILE *open_standard_input(SF_INFO *info)
{
    char bytes[65536];
    FILE *file = tmpfile();
    bool ok = file != NULL;
    for (size_t n; ok && (n = fread(bytes, 1, sizeof bytes, stdin)) > 0;)
        ok = fwrite(bytes, 1, n, file) == n;
    int fd = ok && !ferror(stdin) && !fflush(file) ? dup(fileno(file)) : -1;
    if (file)
        fclose(file);
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd >= 0 ? sf_open_fd(fd, SFM_READ, info, SF_TRUE) : NULL;
}

static bool open_file(AudioReader *reader, GruffMessage *message)
{
    struct stat facts;
    const char *path = reader->path;
    bool standard = !strcmp(path, "-");
    if (!standard && stat(path, &facts))
        return fail(message, path, strerror(errno), errno == ENOENT ? "check the name" : "");
    if (!standard && S_ISDIR(facts.st_mode))
        return fail(message, path, "is a folder", "name the sound files in it");
    if (!standard && access(path, R_OK))
        return fail(message, path, strerror(errno), "you may not read it");
    reader->file = standard ? open_standard_input(&reader->info) : sf_open(path, SFM_READ, &reader->info);
    if (!reader->file && !standard && S_ISREG(facts.st_mode) && facts.st_size == 0)
        return fail(message, path, "is empty (0 bytes)", "give a sound file");
    if (!reader->file) {
        char why[AUDIO_WHY_BYTES];
        audio_why(NULL, why);
        return fail(message, path, why,
                    "give a sound file: WAV, FLAC, AIFF or another that libsndfile reads");
    }
    if (reader->info.channels > GRUFF_MAX_CHANNELS) {
        char why[80];
        snprintf(why, sizeof why, "has %d channels, and Gruff plays 1 or 2", reader->info.channels);
        return fail(message, path, why, "split it into mono or stereo files first");
    }
    return true;
}

bool audio_open(const char *path, GruffMessage *message, AudioReader **reader)
{
    *reader = NULL;
    message->text[0] = '\0';
    AudioReader *r = calloc(1, sizeof *r);
    if (!r || !(r->path = strdup(path))) {
        free(r);
        return fail(message, path, "no memory", "");
    }
    audio_open_begin();
    bool ok = open_file(r, message);
    audio_open_end();
    if (!ok) {
        audio_close(r);
        return false;
    }
    *reader = r;
    return true;
}

AudioFacts audio_facts(const AudioReader *reader)
{
    int64_t n_frames = reader->info.frames == SF_COUNT_MAX ? -1 : reader->info.frames;
    return (AudioFacts){reader->info.samplerate, (uint32_t)reader->info.channels, n_frames,
                        reader->info.format};
}

size_t audio_read(AudioReader *reader, float *samples, size_t n_frames, GruffMessage *message)
{
    message->text[0] = '\0';
    sf_count_t n = sf_readf_float(reader->file, samples, (sf_count_t)n_frames);
    if (n < (sf_count_t)n_frames && sf_error(reader->file)) {
        char why[AUDIO_WHY_BYTES];
        audio_why(reader->file, why);
        fail(message, reader->path, why, "the file is damaged");
    }
    return n > 0 ? (size_t)n : 0;
}

bool audio_rewind(AudioReader *reader, GruffMessage *message)
{
    message->text[0] = '\0';
    return sf_seek(reader->file, 0, SEEK_SET) == 0 ||
           fail(message, reader->path, "cannot be read twice", "leave out -j, or give a file");
}

void audio_close(AudioReader *reader)
{
    if (!reader)
        return;
    if (reader->file)
        sf_close(reader->file);
    free(reader->path);
    free(reader);
}

SNDFILE *audio_reader_file(AudioReader *reader)
{
    return reader->file;
}
