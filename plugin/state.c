/* Sessions: the path of the model through the host, and the model itself.
 *
 * Where the host gives the session a folder (state:makePath), a model of one's own is written there as a
 * file, for people and other programs to see, and the host keeps it with the session. Elsewhere, and where
 * that does not work, its bytes are in the state itself, as are those of a shipped model. Either is the
 * session's own copy, for when the file that was chosen is gone or another. */
#include "load.h"
#include "plugin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the host lends for the paths of a session. */
typedef struct Paths {
    LV2_State_Map_Path *map;
    LV2_State_Make_Path *make;
    LV2_State_Free_Path *free;
} Paths;

static Paths paths_of(const LV2_Feature *const *features)
{
    Paths paths = {0};
    for (int i = 0; features && features[i]; i++) {
        if (!strcmp(features[i]->URI, LV2_STATE__mapPath))
            paths.map = features[i]->data;
        else if (!strcmp(features[i]->URI, LV2_STATE__makePath))
            paths.make = features[i]->data;
        else if (!strcmp(features[i]->URI, LV2_STATE__freePath))
            paths.free = features[i]->data;
    }
    return paths;
}

static void free_path(const Paths *paths, char *path)
{
    if (paths->free)
        paths->free->free_path(paths->free->handle, path);
    else
        free(path); /* what the spec said before freePath */
}

typedef struct Keys {
    LV2_URID path, hash, bytes, file;
    const char *prefix; /* of the file's name in the session's folder */
} Keys;

/* ---- save ---- */

typedef struct Saver {
    const Plugin *plugin;
    LV2_State_Store_Function store;
    LV2_State_Handle handle;
    Paths paths;
    LV2_State_Status status; /* the first failure */
} Saver;

static void put(Saver *saver, LV2_URID key, const void *value, size_t n_bytes, LV2_URID type, uint32_t flags)
{
    LV2_State_Status status = saver->store(saver->handle, key, value, n_bytes, type, flags);
    if (saver->status == LV2_STATE_SUCCESS)
        saver->status = status;
}

static const uint32_t portable = LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE;

/* The name of a shipped model is the same everywhere; other paths are the host's business. */
static void put_path(Saver *saver, LV2_URID key, const char *path)
{
    const Uris *uris = &saver->plugin->uris;
    char *abstract = NULL;
    if (path[0] != '/') {
        put(saver, key, path, strlen(path) + 1, uris->atom_String, portable);
        return;
    }
    if (saver->paths.map)
        abstract = saver->paths.map->abstract_path(saver->paths.map->handle, path);
    if (abstract)
        put(saver, key, abstract, strlen(abstract) + 1, uris->atom_Path, portable);
    else
        put(saver, key, path, strlen(path) + 1, uris->atom_Path, LV2_STATE_IS_POD);
    if (abstract)
        free_path(&saver->paths, abstract);
}

/* The model as a file of the session's: false, and nothing is left behind, if the host does not keep one. */
static bool put_file(Saver *saver, Keys keys, const Choice *choice)
{
    const Paths *paths = &saver->paths;
    char name[PATH_SIZE], *path = NULL, *abstract = NULL;
    if (!paths->map || !paths->make || choice->path[0] != '/')
        return false;
    snprintf(name, sizeof name, "%s%s", keys.prefix, strrchr(choice->path, '/') + 1);
    path = paths->make->path(paths->make->handle, name);
    const bool written = path && blob_write(choice->blob, path);
    if (written)
        abstract = paths->map->abstract_path(paths->map->handle, path);
    const bool kept = abstract && abstract[0] && abstract[0] != '/';
    if (kept)
        put(saver, keys.file, abstract, strlen(abstract) + 1, saver->plugin->uris.atom_Path, portable);
    else if (written)
        remove(path);
    if (abstract)
        free_path(paths, abstract);
    if (path)
        free_path(paths, path);
    return kept;
}

/* copy: with the model itself. */
static void put_choice(Saver *saver, Keys keys, const Choice *choice, bool copy)
{
    const Uris *uris = &saver->plugin->uris;
    char hash[17];
    if (!choice->path[0])
        return;
    put_path(saver, keys.path, choice->path);
    if (!choice->hashed)
        return;
    snprintf(hash, sizeof hash, "%016" PRIx64, choice->hash);
    put(saver, keys.hash, hash, sizeof hash, uris->atom_String, portable);
    if (copy && choice->blob && choice->blob->n_bytes && !put_file(saver, keys, choice))
        put(saver, keys.bytes, choice->blob->bytes, choice->blob->n_bytes, uris->atom_Chunk, portable);
}

static Keys chosen_keys(const Uris *uris)
{
    return (Keys){uris->model, uris->model_hash, uris->model_bytes, uris->model_file, "model-"};
}

static Keys slotted_keys(const Uris *uris)
{
    return (Keys){uris->slot_model, uris->slot_model_hash, uris->slot_model_bytes, uris->slot_model_file,
                  "slot-model-"};
}

static LV2_State_Status save(LV2_Handle instance, LV2_State_Store_Function store, LV2_State_Handle handle,
                             uint32_t flags, const LV2_Feature *const *features)
{
    Plugin *p = instance;
    (void)flags;
    if (!p->map)
        return LV2_STATE_ERR_NO_FEATURE;
    Saver saver = {p, store, handle, paths_of(features), LV2_STATE_SUCCESS};
    int32_t slot = (int32_t)atomic_load(&p->slot_saved);
    put(&saver, p->uris.slot, &slot, sizeof slot, p->uris.atom_Int, portable);
    const Session *session = loader_hold(p->loader);
    const bool same = session->chosen.blob && session->slotted.blob &&
                      session->chosen.blob->hash == session->slotted.blob->hash;
    put_choice(&saver, chosen_keys(&p->uris), &session->chosen, true);
    put_choice(&saver, slotted_keys(&p->uris), &session->slotted, !same);
    if (session->folder[0])
        put_path(&saver, p->uris.folder, session->folder);
    loader_release(p->loader);
    return saver.status;
}

/* ---- restore ---- */

typedef struct Restorer {
    const Plugin *plugin;
    LV2_State_Retrieve_Function retrieve;
    LV2_State_Handle handle;
    Paths paths;
} Restorer;

/* A value of that type, or NULL. */
static const void *get(const Restorer *r, LV2_URID key, LV2_URID type, size_t *n_bytes)
{
    uint32_t found = 0, flags = 0;
    const void *value = r->retrieve(r->handle, key, n_bytes, &found, &flags);
    return value && found == type ? value : NULL;
}

/* A text that fits and ends, or NULL. */
static const char *get_text(const Restorer *r, LV2_URID key, LV2_URID type)
{
    size_t n_bytes = 0;
    const char *text = get(r, key, type, &n_bytes);
    return text && n_bytes && n_bytes <= PATH_SIZE && memchr(text, '\0', n_bytes) ? text : NULL;
}

static void get_path(const Restorer *r, LV2_URID key, char path[PATH_SIZE])
{
    const char *name = get_text(r, key, r->plugin->uris.atom_String);
    const char *abstract = get_text(r, key, r->plugin->uris.atom_Path);
    char *absolute = NULL;
    if (abstract && r->paths.map)
        absolute = r->paths.map->absolute_path(r->paths.map->handle, abstract);
    const char *found = name && !strchr(name, '/') ? name : absolute ? absolute : abstract;
    if (found && strlen(found) < PATH_SIZE)
        snprintf(path, PATH_SIZE, "%s", found);
    if (absolute)
        free_path(&r->paths, absolute);
}

/* The session's own copy: its file if that is as it was, else the bytes in the state, else the file; or NULL.
 */
static Blob *get_copy(const Restorer *r, Keys keys, const Choice *choice)
{
    char path[PATH_SIZE] = "";
    size_t n_bytes = 0;
    GruffMessage message;
    Blob *file = NULL;
    get_path(r, keys.file, path);
    const bool there = path[0] == '/' && blob_read(path, &message, &file) == GRUFF_OK;
    if (there && (!choice->hashed || file->hash == choice->hash))
        return file;
    const void *bytes = get(r, keys.bytes, r->plugin->uris.atom_Chunk, &n_bytes);
    Blob *blob = bytes && n_bytes ? blob_new(bytes, n_bytes) : NULL;
    if (!blob)
        return file;
    blob_drop(file);
    return blob;
}

static void get_choice(const Restorer *r, Keys keys, Choice *choice)
{
    char path[PATH_SIZE] = "";
    get_path(r, keys.path, path);
    if (!path[0])
        return;
    if (!choice_of_path(r->plugin->bundle, path, choice))
        snprintf(choice->path, PATH_SIZE, "%s", path); /* nowhere to be found, but the copy may be there */
    const char *hash = get_text(r, keys.hash, r->plugin->uris.atom_String);
    choice->hashed = hash && sscanf(hash, "%16" SCNx64, &choice->hash) == 1;
    choice->blob = get_copy(r, keys, choice);
}

/* Loads at once, whatever thread this is: the loader and the engine take care of a run() beside it, so that
 * no worker is needed and the model is there when this returns. */
static LV2_State_Status restore(LV2_Handle instance, LV2_State_Retrieve_Function retrieve,
                                LV2_State_Handle handle, uint32_t flags, const LV2_Feature *const *features)
{
    Plugin *p = instance;
    size_t n_bytes = 0;
    (void)flags;
    if (!p->map)
        return LV2_STATE_ERR_NO_FEATURE;
    Restorer r = {p, retrieve, handle, paths_of(features)};
    Session session = {0};
    get_choice(&r, chosen_keys(&p->uris), &session.chosen);
    get_choice(&r, slotted_keys(&p->uris), &session.slotted);
    if (!session.slotted.blob && session.slotted.hashed && session.slotted.hash == session.chosen.hash)
        session.slotted.blob = blob_share(session.chosen.blob);
    get_path(&r, p->uris.folder, session.folder);
    const int32_t *slot = get(&r, p->uris.slot, p->uris.atom_Int, &n_bytes);
    if (slot && n_bytes == sizeof *slot && *slot >= 0 && *slot <= GRUFF_MAX_SLOTS) {
        atomic_store(&p->slot_restored, *slot);
        atomic_store(&p->slot_saved, (uint32_t)*slot);
    }
    loader_restore(p->loader, &session);
    return LV2_STATE_SUCCESS;
}

const LV2_State_Interface gruff_state = {save, restore};
