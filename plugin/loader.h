/* Which model plays: chosen by file, by slot or by a session; loaded, offered to the engine and reported.
 *
 * The audio thread never waits for the loader. It leaves a Wish (what is wanted now, all of it) and finds the
 * newest Report (what is really playing) in mailboxes; only the newest of either counts, so nothing old can
 * overtake something new, and nothing is lost if a bell is. All else is SETUP, from any thread: a mutex makes
 * one of them at a time. Nets are offered to the engine from there, come back there, and are freed there. */
#ifndef GRUFF_LOADER_H
#define GRUFF_LOADER_H

#include "model_file.h"

#include <lv2/log/logger.h>

typedef struct Loader Loader;

/* What the audio thread wants. The stamps count its wishes; of model and slot the later one is meant. Of a
 * wish made before a restore that its maker did not know of, only the quality counts. */
typedef struct Wish {
    uint64_t model_stamp, slot_stamp, folder_stamp; /* 0: not wished for yet */
    uint32_t slot;                                  /* 0: the model chosen by file */
    uint64_t n_restores;                            /* as in the last report seen */
    GruffQuality quality;
    char model[PATH_SIZE];  /* absolute path, or the file name of a shipped model */
    char folder[PATH_SIZE]; /* absolute path of a folder, or of a file in it */
} Wish;

/* What is playing. */
typedef struct Report {
    char model[PATH_SIZE]; /* absolute path; "" when nothing is loaded */
    char folder[PATH_SIZE];
    char status[1536]; /* for people: what plays, or what went wrong */
    uint32_t slot;     /* in which the model is; 0: none */
    uint32_t n_slots;
    GruffQuality quality;         /* of what plays */
    uint64_t stamp;               /* of the last wish for a model dealt with */
    uint64_t done;                /* every wish up to this one has been dealt with */
    uint64_t model_ok, folder_ok; /* the last wishes by file and for a folder that were fulfilled */
    uint64_t n_restores;          /* sessions restored so far */
    uint64_t n_changes;           /* times that a session saved now became another, but by a restore */
} Report;

/* A model someone wants: where it is, and what it was when it was last loaded or saved. */
typedef struct Choice {
    char path[PATH_SIZE]; /* absolute, or the file name of a shipped model; "" for none */
    bool hashed;
    uint64_t hash; /* of the bytes wanted, if hashed */
    Blob *blob;    /* the bytes, or NULL while not read */
} Choice;

/* What a session keeps: the model chosen by file, the one a slot gave (path "" if none plays), the folder of
 * the slots ("" for the shipped models). */
typedef struct Session {
    Choice chosen, slotted;
    char folder[PATH_SIZE];
} Session;

/* Loads the shipped standard model and offers it to engine. bundle is the path of the LV2 bundle; net, how to
 * build nets for the engine. NULL without memory; a shipped model that cannot be loaded shows in the report.
 * engine and log stay the caller's and must outlive the loader. SETUP. */
Loader *loader_new(const char *bundle, GruffEngine *engine, const GruffNetOptions *net, LV2_Log_Logger *log);

/* SETUP. NULL is allowed. */
void loader_free(Loader *loader);

/* Leave a wish: a copy is made. Ring the bell of the worker after it. RT, O(sizeof(Wish)). */
GRUFF_RT void loader_wish(Loader *loader, const Wish *wish);

/* Where the knobs stand, for nets to settle at. RT, O(1). */
GRUFF_RT void loader_knobs(Loader *loader, const float knob[GRUFF_MAX_KNOBS]);

/* The newest report, valid until the next call; *fresh tells if it was not seen before. RT, O(1). */
GRUFF_RT const Report *loader_report(Loader *loader, bool *fresh);

/* Fulfil the newest wish, if there is one. ahead: then load the slots before and after the one that plays.
 * SETUP. */
void loader_work(Loader *loader, bool ahead);

/* Play what a session holds, whatever was wished for before, and take its blobs over (they are NULL then).
 * A model whose file is gone or changed is played from the session's own bytes, and the report says so. One
 * that cannot be had at all stays wanted: loader_hold still gives it. SETUP. */
void loader_restore(Loader *loader, Session *session);

/* Look at the session while no one changes it; release soon. SETUP. */
const Session *loader_hold(Loader *loader);
void loader_release(Loader *loader);

#endif
