/* Model files as bytes: read whole, hashed, shared; and folders of them. SETUP, one thread at a time. */
#ifndef GRUFF_MODEL_FILE_H
#define GRUFF_MODEL_FILE_H

#include "gruff.h"

enum { PATH_SIZE = 4096 };

/* A file's bytes, shared by counting. */
typedef struct Blob {
    uint32_t n_users;
    uint64_t hash; /* FNV-1a, 64 bits, of the bytes */
    size_t n_bytes;
    unsigned char bytes[];
} Blob;

/* A copy of bytes with one user, to be dropped; NULL without memory. */
Blob *blob_new(const void *bytes, size_t n_bytes);

/* One user more, and one less: the last frees it. NULL is allowed. */
Blob *blob_share(Blob *blob);
void blob_drop(Blob *blob);

/* Read a whole regular file of at most GRUFF_MAX_FILE_BYTES. The caller drops *blob.
 * Errors: GRUFF_ERROR_FILE, _LIMIT, _MEMORY; the message names path. */
GRUFF_MUST_USE GruffStatus blob_read(const char *path, GruffMessage *message, Blob **blob);

/* Write a new file in place of what is at path. False, and no file is left, if that fails. */
GRUFF_MUST_USE bool blob_write(const Blob *blob, const char *path);

/* Put first/second into path; false, and "" there, if it does not fit. */
bool path_join(const char *first, const char *second, char path[PATH_SIZE]);

/* The folder's model files (.json .aidax .nam; no hidden ones) are its slots: 1, 2, 3… by name, numbers in
 * names counted as numbers, at most GRUFF_MAX_SLOTS. Returns how many there are; path of slot, or "" if there
 * is no such slot. */
uint32_t folder_slot(const char *folder, uint32_t slot, char path[PATH_SIZE]);

/* The slot that a file is in; 0 if it is in none. */
uint32_t folder_find(const char *folder, const char *path);

#endif
