#include "loader.h"

#include "load.h"
#include "mailbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_AHEAD = 2 };

struct Loader {
    pthread_mutex_t mutex; /* guards all but the mailboxes' other ends */
    char bundle[PATH_SIZE];
    GruffEngine *engine;
    LoadOptions options;
    LV2_Log_Logger *log;
    Session session;
    Loaded playing;
    Loaded ahead[N_AHEAD];                       /* neighbours of the slot that plays */
    uint64_t model_done, slot_done, folder_done; /* stamps of wishes dealt with */
    uint64_t model_ok, folder_ok;                /* and of the last that were fulfilled */
    uint64_t n_restores, n_changes;
    char trouble[640]; /* why the last wish was not fulfilled; "" if it was */
    _Atomic float knob[GRUFF_MAX_KNOBS];
    Mailbox wishes, reports;
    Wish wish[3];
    Report report[3];
};

/* ---- reporting ---- */

static const char *folder_of(const Loader *l, char folder[PATH_SIZE])
{
    if (l->session.folder[0])
        snprintf(folder, PATH_SIZE, "%s", l->session.folder);
    else
        path_join(l->bundle, "models", folder);
    return folder;
}

static void post_report(Loader *l)
{
    Report *report = &l->report[l->reports.back];
    char none[PATH_SIZE];
    folder_of(l, report->folder);
    report->model[0] = '\0';
    if (l->playing.ready)
        choice_resolve(l->bundle, l->playing.choice.path, report->model);
    report->slot = l->playing.ready ? folder_find(report->folder, report->model) : 0;
    report->n_slots = folder_slot(report->folder, 0, none);
    snprintf(report->status, sizeof report->status, "%s%s%s%s.%s", l->trouble,
             *l->trouble ? (l->playing.ready ? "; still playing " : "; ") : "",
             *l->trouble || !l->playing.ready ? "" : "Playing ",
             l->playing.ready ? l->playing.name : "No model is loaded: the input passes through",
             l->playing.about);
    report->quality = l->options.net.quality;
    report->stamp = l->model_done > l->slot_done ? l->model_done : l->slot_done;
    report->done = report->stamp > l->folder_done ? report->stamp : l->folder_done;
    report->model_ok = l->model_ok;
    report->folder_ok = l->folder_ok;
    report->n_restores = l->n_restores;
    report->n_changes = l->n_changes;
    mailbox_post(&l->reports);
}

static void say_trouble(Loader *l, const char *text)
{
    snprintf(l->trouble, sizeof l->trouble, "%.600s", text);
    lv2_log_error(l->log, "Gruff: %s\n", text);
}

/* ---- playing ---- */

static void collect(Loader *l)
{
    GruffNet *net;
    while ((net = gruff_engine_collect(l->engine)))
        gruff_net_free(net);
}

/* Takes loaded over. */
static void play(Loader *l, Loaded *loaded)
{
    collect(l);
    while (!gruff_engine_offer(l->engine, loaded->net))
        collect(l);
    loaded->net = NULL;
    loaded_free(&l->playing);
    l->playing = *loaded;
    *loaded = (Loaded){0};
    if (l->log->log) /* else it would go to the terminal */
        lv2_log_note(l->log, "Gruff: playing %s.%s\n", l->playing.name, l->playing.about);
}

static GruffStatus load_choice(Loader *l, const Choice *choice, GruffMessage *message, Loaded *loaded)
{
    for (int k = 0; k < GRUFF_MAX_KNOBS; k++)
        l->options.knob[k] = atomic_load_explicit(&l->knob[k], memory_order_relaxed);
    return load(&l->options, choice, message, loaded);
}

static bool try_play(Loader *l, const Choice *choice)
{
    GruffMessage message = {""};
    Loaded loaded;
    if (load_choice(l, choice, &message, &loaded) != GRUFF_OK) {
        say_trouble(l, message.text);
        return false;
    }
    play(l, &loaded);
    return true;
}

/* Keep what plays as the session's choice. */
static void keep(Loader *l, Choice *choice)
{
    const Choice *plays = &l->playing.choice;
    l->n_changes += strcmp(choice->path, plays->path) || (choice->hashed && choice->hash != plays->hash);
    choice_drop(choice);
    choice_copy(&l->playing.choice, choice);
}

static void drop_ahead(Loader *l)
{
    for (int i = 0; i < N_AHEAD; i++)
        loaded_free(&l->ahead[i]);
}

static void leave_slot(Loader *l)
{
    l->n_changes += l->session.slotted.path[0] != '\0';
    choice_drop(&l->session.slotted);
}

static bool play_file(Loader *l, const char *path)
{
    Choice choice;
    if (!choice_of_path(l->bundle, path, &choice)) {
        say_trouble(l,
                    "A model is chosen by its whole path, or by the file name of one that comes with Gruff");
        return false;
    }
    if (!try_play(l, &choice))
        return false;
    keep(l, &l->session.chosen);
    leave_slot(l);
    return true;
}

static bool play_ahead(Loader *l, const Choice *choice)
{
    char path[PATH_SIZE];
    GruffMessage message;
    Blob *file;
    for (int i = 0; i < N_AHEAD; i++) {
        Loaded *ahead = &l->ahead[i];
        if (!ahead->ready || strcmp(ahead->choice.path, choice->path))
            continue;
        choice_resolve(l->bundle, choice->path, path);
        bool same = blob_read(path, &message, &file) == GRUFF_OK && file->hash == ahead->choice.hash;
        blob_drop(file);
        if (same)
            play(l, ahead);
        return same;
    }
    return false;
}

static void play_slot(Loader *l, uint32_t slot)
{
    char folder[PATH_SIZE], path[PATH_SIZE], why[PATH_SIZE + 128];
    Choice choice;
    uint32_t n_slots = folder_slot(folder_of(l, folder), slot, path);
    if (!path[0] || !choice_of_path(l->bundle, path, &choice)) {
        snprintf(why, sizeof why, "Slot %u is empty: %.300s holds %u models", (unsigned)slot, folder,
                 (unsigned)n_slots);
        say_trouble(l, why);
    } else if (play_ahead(l, &choice) || try_play(l, &choice)) {
        keep(l, &l->session.slotted);
    }
}

static bool plays_already(const Loader *l, const Choice *choice)
{
    return l->playing.ready && choice->hashed && choice->hash == l->playing.choice.hash &&
           !strcmp(choice->path, l->playing.choice.path);
}

/* One that could not be had is tried again. */
static void play_chosen(Loader *l)
{
    if (plays_already(l, &l->session.chosen)) {
        leave_slot(l);
    } else if (try_play(l, &l->session.chosen)) {
        keep(l, &l->session.chosen);
        leave_slot(l);
    }
}

/* ---- wishes ---- */

/* A file stands for the folder it is in. */
static bool set_folder(Loader *l, const char *path)
{
    char folder[PATH_SIZE], none[PATH_SIZE], shipped[PATH_SIZE], why[PATH_SIZE + 128];
    snprintf(folder, sizeof folder, "%s", path);
    for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/';)
        folder[--n] = '\0';
    uint32_t n_slots = folder_slot(folder, 0, none);
    char *slash = strrchr(folder, '/');
    if (!n_slots && slash && slash != folder) {
        *slash = '\0';
        n_slots = folder_slot(folder, 0, none);
    }
    if (path[0] != '/' || !n_slots) {
        snprintf(why, sizeof why, "%.300s holds no models: the slots stay as they are", path);
        say_trouble(l, why);
        return false;
    }
    path_join(l->bundle, "models", shipped);
    if (!strcmp(folder, shipped))
        folder[0] = '\0';
    l->n_changes += strcmp(folder, l->session.folder) != 0;
    snprintf(l->session.folder, PATH_SIZE, "%s", folder);
    drop_ahead(l);
    return true;
}

/* What plays with another quality than is wanted is loaded again. If that cannot be, its quality stays, and
 * the next wish tries again. */
static void match_quality(Loader *l)
{
    if (!l->playing.ready || l->playing.quality == l->options.net.quality)
        return;
    Choice choice;
    choice_copy(&l->playing.choice, &choice);
    if (!try_play(l, &choice))
        l->options.net.quality = l->playing.quality;
    choice_drop(&choice);
}

static void fulfil_model(Loader *l, const Wish *wish)
{
    if (wish->folder_stamp > l->folder_done && set_folder(l, wish->folder))
        l->folder_ok = wish->folder_stamp;
    if (wish->model_stamp > l->model_done && wish->model_stamp > wish->slot_stamp) {
        if (play_file(l, wish->model))
            l->model_ok = wish->model_stamp;
    } else if (wish->slot_stamp > l->slot_done && wish->slot) {
        play_slot(l, wish->slot);
    } else if (wish->slot_stamp > l->slot_done) {
        play_chosen(l);
    }
}

static void fulfil(Loader *l, const Wish *wish)
{
    l->trouble[0] = '\0';
    if (wish->quality != l->options.net.quality)
        drop_ahead(l);
    l->options.net.quality = wish->quality;
    if (wish->n_restores == l->n_restores)
        fulfil_model(l, wish);
    match_quality(l);
}

static void settle_stamps(Loader *l, const Wish *wish)
{
    l->model_done = wish->model_stamp;
    l->slot_done = wish->slot_stamp;
    l->folder_done = wish->folder_stamp;
}

void loader_wish(Loader *l, const Wish *wish)
{
    l->wish[l->wishes.back] = *wish;
    mailbox_post(&l->wishes);
}

void loader_knobs(Loader *l, const float knob[GRUFF_MAX_KNOBS])
{
    for (int k = 0; k < GRUFF_MAX_KNOBS; k++)
        atomic_store_explicit(&l->knob[k], knob[k], memory_order_relaxed);
}

const Report *loader_report(Loader *l, bool *fresh)
{
    *fresh = mailbox_take(&l->reports);
    return &l->report[l->reports.front];
}

static bool work_once(Loader *l)
{
    pthread_mutex_lock(&l->mutex);
    bool wished = mailbox_take(&l->wishes);
    if (wished) {
        const Wish *wish = &l->wish[l->wishes.front];
        fulfil(l, wish);
        settle_stamps(l, wish);
        post_report(l);
    }
    collect(l);
    pthread_mutex_unlock(&l->mutex);
    return wished;
}

/* Load the slot before (side 0) or after (side 1) the one that plays, unless it is there already. Failures
 * will be told when the slot is wished for. */
static void load_ahead(Loader *l, int side)
{
    char folder[PATH_SIZE], path[PATH_SIZE];
    Choice choice;
    GruffMessage message;
    choice_resolve(l->bundle, l->playing.choice.path, path);
    uint32_t slot = folder_find(folder_of(l, folder), path), n_slots = folder_slot(folder, 0, path);
    if (!slot || n_slots < 2)
        return;
    uint32_t beside = side ? slot % n_slots + 1 : (slot + n_slots - 2) % n_slots + 1;
    folder_slot(folder, beside, path);
    if (!choice_of_path(l->bundle, path, &choice) || !strcmp(choice.path, l->ahead[side].choice.path))
        return;
    if (!strcmp(choice.path, l->ahead[!side].choice.path)) {
        Loaded other = l->ahead[side];
        l->ahead[side] = l->ahead[!side];
        l->ahead[!side] = other;
        return;
    }
    loaded_free(&l->ahead[side]);
    (void)load_choice(l, &choice, &message, &l->ahead[side]);
}

static void load_neighbour(Loader *l, int side)
{
    pthread_mutex_lock(&l->mutex);
    if (l->session.slotted.path[0])
        load_ahead(l, side);
    pthread_mutex_unlock(&l->mutex);
}

void loader_work(Loader *l, bool ahead)
{
    for (int n_left = N_AHEAD;;) {
        if (work_once(l))
            n_left = N_AHEAD; /* the neighbours are others now */
        else if (ahead && n_left)
            load_neighbour(l, --n_left);
        else
            return;
    }
}

/* ---- sessions ---- */

const Session *loader_hold(Loader *l)
{
    pthread_mutex_lock(&l->mutex);
    return &l->session;
}

void loader_release(Loader *l)
{
    pthread_mutex_unlock(&l->mutex);
}

void loader_restore(Loader *l, Session *session)
{
    pthread_mutex_lock(&l->mutex);
    mailbox_take(&l->wishes);
    const Wish *wish = &l->wish[l->wishes.front];
    settle_stamps(l, wish);
    l->n_restores++;
    l->options.net.quality = wish->quality;
    l->trouble[0] = '\0';
    drop_ahead(l);
    choice_drop(&l->session.chosen);
    choice_drop(&l->session.slotted);
    l->session = *session;
    session->chosen.blob = session->slotted.blob = NULL;
    if (!l->session.chosen.path[0] && !choice_of_path(l->bundle, GRUFF_STANDARD_MODEL, &l->session.chosen))
        say_trouble(l, "This copy of Gruff comes without models: choose one");
    Choice *choice = l->session.slotted.path[0] ? &l->session.slotted : &l->session.chosen;
    const bool same_quality = l->playing.quality == l->options.net.quality;
    if ((same_quality && plays_already(l, choice)) || try_play(l, choice))
        keep(l, choice);
    match_quality(l);
    post_report(l);
    pthread_mutex_unlock(&l->mutex);
}

/* ---- life ---- */

Loader *loader_new(const char *bundle, GruffEngine *engine, const GruffNetOptions *net, LV2_Log_Logger *log)
{
    Loader *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    pthread_mutex_init(&l->mutex, NULL);
    mailbox_init(&l->wishes);
    mailbox_init(&l->reports);
    snprintf(l->bundle, sizeof l->bundle, "%s", bundle);
    l->engine = engine;
    l->log = log;
    l->options = (LoadOptions){.bundle = l->bundle, .net = *net};
    for (int k = 0; k < GRUFF_MAX_KNOBS; k++)
        atomic_init(&l->knob[k], gruff_control_range(GRUFF_CONTROL_KNOB_1)->standard);
    Session standard = {0};
    loader_restore(l, &standard);
    return l;
}

void loader_free(Loader *l)
{
    if (!l)
        return;
    drop_ahead(l);
    loaded_free(&l->playing);
    choice_drop(&l->session.chosen);
    choice_drop(&l->session.slotted);
    pthread_mutex_destroy(&l->mutex);
    free(l);
}
