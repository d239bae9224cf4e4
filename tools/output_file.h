/* A file that appears whole or not at all: written under another name beside its place, then renamed. */
#ifndef GRUFF_OUTPUT_FILE_H
#define GRUFF_OUTPUT_FILE_H

#include "gruff.h"

typedef struct OutputFile {
    int fd;          /* the temporary file, open for reading and writing */
    int error;       /* errno of the first failed write; 0: none */
    char *path;      /* where it will be; "-" stands for standard output */
    char *place;     /* path with links followed */
    char *temporary; /* NULL: has no name */
    bool copies;     /* path is no regular file (a pipe, a device): copied there at the end */
} OutputFile;

/* Start a file. The folder must be there. A regular file of that name stays as it is until
 * output_file_finish. False: message says why. */
GRUFF_MUST_USE bool output_file_open(OutputFile *file, const char *path, GruffMessage *message);

/* write(2) until all is written. Less than n_bytes: file->error says why, and finish will fail. */
size_t output_file_write(OutputFile *file, const void *bytes, size_t n_bytes);

/* Put the file in its place. False: message says why, and nothing is left of it. Closes it either way. */
GRUFF_MUST_USE bool output_file_finish(OutputFile *file, GruffMessage *message);

/* Close it and leave nothing of it. */
void output_file_abandon(OutputFile *file);

#endif
