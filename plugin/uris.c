#include "uris.h"

#include "ports.h"

#include <lv2/atom/atom.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>

void uris_map(Uris *uris, LV2_URID_Map *map, const char *plugin_uri)
{
    const struct {
        LV2_URID *urid;
        const char *uri;
    } table[] = {
        {&uris->atom_Path, LV2_ATOM__Path},
        {&uris->atom_String, LV2_ATOM__String},
        {&uris->atom_Chunk, LV2_ATOM__Chunk},
        {&uris->atom_Int, LV2_ATOM__Int},
        {&uris->atom_URID, LV2_ATOM__URID},
        {&uris->atom_Sequence, LV2_ATOM__Sequence},
        {&uris->patch_Get, LV2_PATCH__Get},
        {&uris->patch_Set, LV2_PATCH__Set},
        {&uris->patch_Ack, LV2_PATCH__Ack},
        {&uris->patch_Error, LV2_PATCH__Error},
        {&uris->patch_sequenceNumber, LV2_PATCH__sequenceNumber},
        {&uris->state_StateChanged, LV2_STATE__StateChanged},
        {&uris->patch_property, LV2_PATCH__property},
        {&uris->patch_value, LV2_PATCH__value},
        {&uris->patch_subject, LV2_PATCH__subject},
        {&uris->plugin, plugin_uri},
        {&uris->model, GRUFF_URI_MODEL},
        {&uris->folder, GRUFF_URI_FOLDER},
        {&uris->status, GRUFF_URI_STATUS},
        {&uris->model_hash, GRUFF_URI_MODEL "_hash"},
        {&uris->model_bytes, GRUFF_URI_MODEL "_bytes"},
        {&uris->model_file, GRUFF_URI_MODEL "_file"},
        {&uris->slot, "urn:gruff:slot"},
        {&uris->slot_model, "urn:gruff:slot_model"},
        {&uris->slot_model_hash, "urn:gruff:slot_model_hash"},
        {&uris->slot_model_bytes, "urn:gruff:slot_model_bytes"},
        {&uris->slot_model_file, "urn:gruff:slot_model_file"},
    };
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++)
        *table[i].urid = map->map(map->handle, table[i].uri);
}
