#define _GNU_SOURCE /* versionsort */
#include "model_file.h"

#include "gruff_model.h"
#include "ports.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t hash_of(const unsigned char *bytes, size_t n_bytes)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n_bytes; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

static Blob *blob_of_size(size_t n_bytes)
{
    Blob *blob = malloc(sizeof *blob + n_bytes);
    if (blob)
        *blob = (Blob){.n_users = 1, .n_bytes = n_bytes};
    return blob;
}

Blob *blob_new(const void *bytes, size_t n_bytes)
{
    Blob *blob = n_bytes <= GRUFF_MAX_FILE_BYTES ? blob_of_size(n_bytes) : NULL;
    if (blob) {
        memcpy(blob->bytes, bytes, n_bytes);
        blob->hash = hash_of(blob->bytes, n_bytes);
    }
    return blob;
}

Blob *blob_share(Blob *blob)
{
    if (blob)
        blob->n_users++;
    return blob;
}

void blob_drop(Blob *blob)
{
    if (blob && --blob->n_users == 0)
        free(blob);
}

static GruffStatus fail(GruffStatus status, GruffMessage *message, const char *path, const char *why)
{
    snprintf(message->text, sizeof message->text, "%.300s: %s", path, why);
    return status;
}

/* Opening must not wait for a writer where path is a pipe, hence O_NONBLOCK. */
static GruffStatus open_file(const char *path, GruffMessage *message, int *file, size_t *n_bytes)
{
    struct stat facts;
    *file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (*file < 0)
        return fail(GRUFF_ERROR_FILE, message, path, strerror(errno));
    if (fstat(*file, &facts) || !S_ISREG(facts.st_mode))
        return fail(GRUFF_ERROR_FILE, message, path, "not a file; choose a model file");
    if (facts.st_size > (off_t)GRUFF_MAX_FILE_BYTES)
        return fail(GRUFF_ERROR_LIMIT, message, path, "too large for a model; choose a model file");
    *n_bytes = (size_t)facts.st_size;
    return GRUFF_OK;
}

static bool read_all(int file, unsigned char *bytes, size_t n_bytes)
{
    for (size_t done = 0; done < n_bytes;) {
        ssize_t n = read(file, bytes + done, n_bytes - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool write_all(int file, const unsigned char *bytes, size_t n_bytes)
{
    for (size_t done = 0; done < n_bytes;) {
        ssize_t n = write(file, bytes + done, n_bytes - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

GruffStatus blob_read(const char *path, GruffMessage *message, Blob **blob)
{
    int file;
    size_t n_bytes = 0;
    *blob = NULL;
    GruffStatus status = open_file(path, message, &file, &n_bytes);
    if (status == GRUFF_OK && !(*blob = blob_of_size(n_bytes)))
        status = fail(GRUFF_ERROR_MEMORY, message, path, "not enough memory");
    if (status == GRUFF_OK && !read_all(file, (*blob)->bytes, n_bytes))
        status = fail(GRUFF_ERROR_FILE, message, path, "cannot be read to its end");
    if (file >= 0)
        close(file);
    if (status != GRUFF_OK) {
        blob_drop(*blob);
        *blob = NULL;
        return status;
    }
    (*blob)->hash = hash_of((*blob)->bytes, n_bytes);
    return GRUFF_OK;
}

/* What is there may be a link to someone else's file: it is replaced, not written through. */
bool blob_write(const Blob *blob, const char *path)
{
    unlink(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0)
        return false;
    bool written = write_all(file, blob->bytes, blob->n_bytes);
    if (close(file) == 0 && written)
        return true;
    unlink(path);
    return false;
}

bool path_join(const char *first, const char *second, char path[PATH_SIZE])
{
    size_t n = strlen(first);
    const char *slash = n && first[n - 1] == '/' ? "" : "/";
    if (snprintf(path, PATH_SIZE, "%s%s%s", first, slash, second) < PATH_SIZE)
        return true;
    path[0] = '\0';
    return false;
}

static int is_model(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && entry->d_name[0] != '.' &&
           (!strcasecmp(dot, ".json") || !strcasecmp(dot, ".aidax") || !strcasecmp(dot, ".nam"));
}

static void free_list(struct dirent **list, int n)
{
    for (int i = 0; i < n; i++)
        free(list[i]);
    free(list);
}

uint32_t folder_slot(const char *folder, uint32_t slot, char path[PATH_SIZE])
{
    struct dirent **list = NULL;
    int n = scandir(folder, &list, is_model, versionsort);
    path[0] = '\0';
    if (n < 0)
        return 0;
    uint32_t n_slots = n < GRUFF_MAX_SLOTS ? (uint32_t)n : GRUFF_MAX_SLOTS;
    if (slot >= 1 && slot <= n_slots)
        path_join(folder, list[slot - 1]->d_name, path);
    free_list(list, n);
    return n_slots;
}

uint32_t folder_find(const char *folder, const char *path)
{
    struct dirent **list = NULL;
    char here[PATH_SIZE];
    uint32_t found = 0;
    int n = scandir(folder, &list, is_model, versionsort);
    for (int i = 0; i < n && i < GRUFF_MAX_SLOTS && !found; i++)
        if (path_join(folder, list[i]->d_name, here) && !strcmp(here, path))
            found = (uint32_t)i + 1;
    if (n >= 0)
        free_list(list, n);
    return found;
}
