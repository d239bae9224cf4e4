#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(GruffMessage *message, const char *path, const char *what, int error)
{
    const char *advice = error == ENOENT   ? "; make its folder first"
                         : error == ENOSPC ? "; make room, or write somewhere else"
                         : error == EFBIG  ? "; the system allows no larger file here"
                         : error == EACCES ? "; choose a place you may write to"
                                           : "";
    snprintf(message->text, sizeof message->text, "%.300s: %s: %s%s", path, what, strerror(error), advice);
    return false;
}

static void release(OutputFile *file)
{
    free(file->path);
    free(file->place);
    free(file->temporary);
    *file = (OutputFile){.fd = -1};
}

/* Permissions as open(2) would have given, or those of the file that is replaced. The mask can only be read
 * by changing it, which no two threads may do at once. */
static mode_t permissions(const struct stat *old)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    if (old)
        return old->st_mode & 0777;
    pthread_mutex_lock(&one_at_a_time);
    mode_t mask = umask(0);
    umask(mask);
    pthread_mutex_unlock(&one_at_a_time);
    return 0666 & ~mask;
}

/* A file without a name, for what is copied on at the end. */
static int open_nameless(void)
{
    FILE *file = tmpfile();
    int fd = file ? dup(fileno(file)) : -1;
    if (file)
        fclose(file);
    return fd;
}

static int open_beside(OutputFile *file)
{
    const char *slash = strrchr(file->place, '/');
    int folder = slash ? (int)(slash - file->place + 1) : 0;
    size_t size = strlen(file->place) + sizeof ".gruff-XXXXXX";
    file->temporary = malloc(size);
    if (!file->temporary)
        return -1;
    snprintf(file->temporary, size, "%.*s.gruff-XXXXXX", folder, file->place);
    return mkstemp(file->temporary);
}

bool output_file_open(OutputFile *file, const char *path, GruffMessage *message)
{
    struct stat old;
    *file = (OutputFile){.fd = -1, .path = strdup(path)};
    bool exists = strcmp(path, "-") && !stat(path, &old);
    file->place = exists ? realpath(path, NULL) : strdup(path);
    if (!file->path || !file->place)
        goto fail;
    if (exists && S_ISDIR(old.st_mode)) {
        errno = EISDIR;
        goto fail;
    }
    if (exists && access(path, W_OK)) /* rename would replace a file that is protected */
        goto fail;
    file->copies = !strcmp(path, "-") || (exists && !S_ISREG(old.st_mode));
    file->fd = file->copies ? open_nameless() : open_beside(file);
    if (file->fd < 0)
        goto fail;
    if (!file->copies)
        (void)!fchmod(file->fd, permissions(exists ? &old : NULL));
    return true;
fail:
    fail(message, path, "cannot be written", errno);
    release(file);
    return false;
}

size_t output_file_write(OutputFile *file, const void *bytes, size_t n_bytes)
{
    size_t done = 0;
    while (done < n_bytes && !file->error) {
        ssize_t n = write(file->fd, (const char *)bytes + done, n_bytes - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            file->error = n == 0 ? ENOSPC : errno;
    }
    return done;
}

/* Copy the nameless file to where it should go. 0, or errno. */
static int copy_out(OutputFile *file)
{
    char bytes[65536];
    bool standard = !strcmp(file->path, "-");
    OutputFile to = {.fd = standard ? STDOUT_FILENO : open(file->place, O_WRONLY)};
    if (to.fd < 0 || lseek(file->fd, 0, SEEK_SET) < 0)
        return errno;
    for (ssize_t n; (n = read(file->fd, bytes, sizeof bytes)) != 0 && !to.error;) {
        if (n < 0)
            to.error = errno;
        else
            output_file_write(&to, bytes, (size_t)n);
    }
    if (!standard && close(to.fd) && !to.error)
        to.error = errno;
    return to.error;
}

bool output_file_finish(OutputFile *file, GruffMessage *message)
{
    int error = file->error;
    if (!error && file->copies)
        error = copy_out(file);
    if (close(file->fd) && !error)
        error = errno;
    if (!error && !file->copies && rename(file->temporary, file->place))
        error = errno;
    if (error && file->temporary)
        unlink(file->temporary);
    if (error)
        fail(message, file->path, "writing failed", error);
    release(file);
    return !error;
}

void output_file_abandon(OutputFile *file)
{
    if (file->fd >= 0)
        close(file->fd);
    if (file->temporary)
        unlink(file->temporary);
    release(file);
}
