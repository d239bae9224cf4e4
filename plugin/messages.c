#include "plugin.h"

#include <lv2/atom/util.h>

#include <string.h>

/* ---- requests ---- */

/* Number of a message that asks for an answer; else 0. */
static int32_t number_of(const Plugin *p, const LV2_Atom_Object *object)
{
    const LV2_Atom *number = NULL;
    lv2_atom_object_get(object, p->uris.patch_sequenceNumber, &number, 0);
    return number && number->type == p->uris.atom_Int ? ((const LV2_Atom_Int *)number)->body : 0;
}

static void drop_request(Plugin *p, uint32_t i)
{
    p->n_requests--;
    memmove(&p->request[i], &p->request[i + 1], (p->n_requests - i) * sizeof p->request[0]);
}

/* Where nobody reads the answers, the oldest is forgotten. */
static void add_request(Plugin *p, Request request)
{
    if (!request.number)
        return;
    if (p->n_requests == MAX_REQUESTS)
        drop_request(p, 0);
    p->request[p->n_requests++] = request;
}

void messages_refused(Plugin *p)
{
    for (uint32_t i = 0; i < p->n_requests; i++)
        if (p->request[i].state == REQUEST_WAITS && p->request[i].stamp > p->report->done)
            p->request[i].state = REQUEST_FAILED;
}

/* Of several wishes that came before the loader did, only the last was fulfilled. */
static void judge_requests(Plugin *p)
{
    const Report *report = p->report;
    for (uint32_t i = 0; i < p->n_requests; i++) {
        Request *request = &p->request[i];
        const uint64_t ok = request->folder ? report->folder_ok : report->model_ok;
        if (request->state == REQUEST_WAITS && request->stamp <= report->done)
            request->state = request->stamp == ok ? REQUEST_DONE : REQUEST_FAILED;
    }
}

/* ---- reading ---- */

/* Whether it is now wished for. */
static bool wish_text(Plugin *p, const LV2_Atom *value, char text[PATH_SIZE], uint64_t *stamp)
{
    const char *body = LV2_ATOM_BODY_CONST(value);
    bool texts = value->type == p->uris.atom_Path || value->type == p->uris.atom_String;
    const char *end = texts ? memchr(body, '\0', value->size) : NULL;
    size_t n = end ? (size_t)(end - body) : value->size;
    if (!texts || n == 0 || n >= PATH_SIZE) {
        p->refusal = !texts ? "Not changed: a model or a folder is set as an atom:Path"
                     : n    ? "Not changed: the path is too long"
                            : "Not changed: the path is empty";
        p->tell |= TELL_ALL;
        return false;
    }
    memcpy(text, body, n);
    text[n] = '\0';
    *stamp = ++p->n_wishes;
    p->wished = true;
    return true;
}

static void read_set(Plugin *p, const LV2_Atom_Object *object)
{
    const LV2_Atom *subject = NULL, *property = NULL, *value = NULL;
    lv2_atom_object_get(object, p->uris.patch_subject, &subject, p->uris.patch_property, &property,
                        p->uris.patch_value, &value, 0);
    if (subject && subject->type == p->uris.atom_URID &&
        ((const LV2_Atom_URID *)subject)->body != p->uris.plugin)
        return;
    if (!property || property->type != p->uris.atom_URID || !value)
        return;
    LV2_URID key = ((const LV2_Atom_URID *)property)->body;
    const bool folder = key == p->uris.folder;
    bool wished = false;
    if (key == p->uris.model) {
        wished = wish_text(p, value, p->wish.model, &p->wish.model_stamp);
        if (wished)
            p->slot_expected = NO_SLOT; /* the session is left: the slot port is itself again */
    } else if (folder) {
        wished = wish_text(p, value, p->wish.folder, &p->wish.folder_stamp);
    }
    add_request(
        p, (Request){wished ? REQUEST_WAITS : REQUEST_FAILED, p->n_wishes, folder, number_of(p, object)});
}

static void read_get(Plugin *p, const LV2_Atom_Object *object)
{
    const LV2_Atom *property = NULL;
    lv2_atom_object_get(object, p->uris.patch_property, &property, 0);
    LV2_URID key =
        property && property->type == p->uris.atom_URID ? ((const LV2_Atom_URID *)property)->body : 0;
    if (!property)
        p->tell |= TELL_ALL;
    else if (key == p->uris.model)
        p->tell |= TELL_MODEL;
    else if (key == p->uris.folder)
        p->tell |= TELL_FOLDER;
    else if (key == p->uris.status)
        p->tell |= TELL_STATUS;
    const bool known = !property || key == p->uris.model || key == p->uris.folder || key == p->uris.status;
    add_request(p, (Request){known ? REQUEST_DONE : REQUEST_FAILED, 0, false, number_of(p, object)});
}

void messages_read(Plugin *p)
{
    const LV2_Atom_Sequence *sequence = p->port[PORT_MESSAGES_IN];
    if (!sequence || !p->map || sequence->atom.type != p->uris.atom_Sequence)
        return;
    LV2_ATOM_SEQUENCE_FOREACH(sequence, event)
    {
        const LV2_Atom_Object *object = (const LV2_Atom_Object *)&event->body;
        if (!lv2_atom_forge_is_object_type(&p->forge, event->body.type))
            continue;
        if (object->body.otype == p->uris.patch_Set)
            read_set(p, object);
        else if (object->body.otype == p->uris.patch_Get)
            read_get(p, object);
    }
}

/* ---- writing ---- */

/* patch:Set of one parameter; false if there is no room for it. */
static bool tell(Plugin *p, LV2_URID key, bool is_path, const char *text)
{
    enum { ROOM_AROUND = 256 }; /* event, object, subject, property, value: headers and padding */
    LV2_Atom_Forge *forge = &p->forge;
    LV2_Atom_Forge_Frame frame;
    size_t n = strlen(text);
    if (forge->size - forge->offset < n + ROOM_AROUND)
        return false;
    lv2_atom_forge_frame_time(forge, 0);
    lv2_atom_forge_object(forge, &frame, 0, p->uris.patch_Set);
    lv2_atom_forge_key(forge, p->uris.patch_subject);
    lv2_atom_forge_urid(forge, p->uris.plugin);
    lv2_atom_forge_key(forge, p->uris.patch_property);
    lv2_atom_forge_urid(forge, key);
    lv2_atom_forge_key(forge, p->uris.patch_value);
    if (is_path)
        lv2_atom_forge_path(forge, text, (uint32_t)n);
    else
        lv2_atom_forge_string(forge, text, (uint32_t)n);
    lv2_atom_forge_pop(forge, &frame);
    return true;
}

enum { ROOM_FOR_A_WORD = 128 }; /* an event with a small object */

static bool answer(Plugin *p, const Request *request)
{
    LV2_Atom_Forge *forge = &p->forge;
    LV2_Atom_Forge_Frame frame;
    if (forge->size - forge->offset < ROOM_FOR_A_WORD)
        return false;
    lv2_atom_forge_frame_time(forge, 0);
    lv2_atom_forge_object(forge, &frame, 0,
                          request->state == REQUEST_DONE ? p->uris.patch_Ack : p->uris.patch_Error);
    lv2_atom_forge_key(forge, p->uris.patch_subject);
    lv2_atom_forge_urid(forge, p->uris.plugin);
    lv2_atom_forge_key(forge, p->uris.patch_sequenceNumber);
    lv2_atom_forge_int(forge, request->number);
    lv2_atom_forge_pop(forge, &frame);
    return true;
}

/* Answers come after the values they are about. */
static void answer_requests(Plugin *p)
{
    judge_requests(p);
    for (uint32_t i = 0; i < p->n_requests;)
        if (p->request[i].state != REQUEST_WAITS && answer(p, &p->request[i]))
            drop_request(p, i);
        else
            i++;
}

static bool tell_changed(Plugin *p)
{
    LV2_Atom_Forge_Frame frame;
    if (p->forge.size - p->forge.offset < ROOM_FOR_A_WORD)
        return false;
    lv2_atom_forge_frame_time(&p->forge, 0);
    lv2_atom_forge_object(&p->forge, &frame, 0, p->uris.state_StateChanged);
    lv2_atom_forge_pop(&p->forge, &frame);
    return true;
}

void messages_write(Plugin *p)
{
    LV2_Atom_Sequence *sequence = p->port[PORT_MESSAGES_OUT];
    LV2_Atom_Forge_Frame frame;
    if (!sequence || !p->map)
        return;
    uint32_t capacity = sequence->atom.size;
    if (capacity < sizeof(LV2_Atom_Sequence))
        return;
    lv2_atom_forge_set_buffer(&p->forge, (uint8_t *)sequence, capacity);
    lv2_atom_forge_sequence_head(&p->forge, &frame, 0);
    const char *status = p->refusal ? p->refusal : p->report->status;
    if ((p->tell & TELL_MODEL) && tell(p, p->uris.model, true, p->report->model))
        p->tell &= ~(uint32_t)TELL_MODEL;
    if ((p->tell & TELL_FOLDER) && tell(p, p->uris.folder, true, p->report->folder))
        p->tell &= ~(uint32_t)TELL_FOLDER;
    if ((p->tell & TELL_STATUS) && tell(p, p->uris.status, false, status))
        p->tell &= ~(uint32_t)TELL_STATUS;
    if ((p->tell & TELL_CHANGED) && tell_changed(p))
        p->tell &= ~(uint32_t)TELL_CHANGED;
    if (!(p->tell & TELL_ALL))
        answer_requests(p);
    lv2_atom_forge_pop(&p->forge, &frame);
}
