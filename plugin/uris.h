/* URIs as numbers, mapped once. */
#ifndef GRUFF_URIS_H
#define GRUFF_URIS_H

#include <lv2/urid/urid.h>

typedef struct Uris {
    LV2_URID atom_Path, atom_String, atom_Chunk, atom_Int, atom_URID, atom_Sequence;
    LV2_URID patch_Get, patch_Set, patch_Ack, patch_Error;
    LV2_URID patch_property, patch_value, patch_subject, patch_sequenceNumber;
    LV2_URID state_StateChanged;
    LV2_URID plugin;
    LV2_URID model, folder, status;         /* parameters */
    LV2_URID model_hash, model_bytes, slot; /* and the rest of the state */
    LV2_URID slot_model, slot_model_hash, slot_model_bytes;
    LV2_URID model_file, slot_model_file;
} Uris;

/* SETUP. */
void uris_map(Uris *uris, LV2_URID_Map *map, const char *plugin_uri);

#endif
