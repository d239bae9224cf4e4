/* DIR/capture.json: what has been taken, and how it came out. SETUP. */
#ifndef GRUFF_BOOK_H
#define GRUFF_BOOK_H

#include "audio/audio_device.h"
#include "capture/analyse.h"

#include <jansson.h>

enum { BOOK_PATH_SIZE = 1024 };

typedef struct CaptureBook {
    char folder[BOOK_PATH_SIZE];
    char path[BOOK_PATH_SIZE + 32];
    json_t *root;
} CaptureBook;

/* Open folder's book, or begin one; the folder is made where it is not there. A folder that holds dry.wav or
 * wet.wav but no book is refused. On failure says so and returns EXIT_FAILED. */
int book_open(CaptureBook *book, const char *folder);
void book_close(CaptureBook *book);

/* Forget all takes. */
void book_clear(CaptureBook *book);

/* The rate of the takes there are; 0: none yet. */
double book_rate_hz(const CaptureBook *book);

/* Whether the takes there are were made at this rate, send level and for this knob (NULL: none); says what
 * differs otherwise and returns EXIT_FAILED. */
int book_fits(const CaptureBook *book, double rate_hz, double send_db, const char *knob_name);

/* What all takes share. Writes nothing yet. */
void book_begin(CaptureBook *book, const AudioChoice *choice, double send_db, const char *knob_name);

size_t book_n_takes(const CaptureBook *book);

/* Whether the take at this knob value (NAN: there is no knob) is done and its file there. */
bool book_has(const CaptureBook *book, double value);

/* Delay less trim of the first take there is; -1: none. */
double book_lead(const CaptureBook *book);

/* The file of a take, beside the book: "wet.wav", "wet-drive-0.25.wav". */
void book_wet_name(const char *knob_name, double value, char name[128]);

/* Enter a take in place of an earlier one of that value, and write the book, whole or not at all. */
int book_enter(CaptureBook *book, const char *knob_name, double value, const CaptureFacts *facts, long trim,
               const CaptureWord *words, size_t n_words);

#endif
