/* The ports of both plugins: one table for the code, the Turtle that ttl.c writes and the tests.
 *
 * Audio ports come first (mono: in, out; stereo: in_left, in_right, out_left, out_right), then the rows below
 * in their order, so a row's index is 2 · n_channels + row. Symbols are for ever; new rows go to the end. */
#ifndef GRUFF_PORTS_H
#define GRUFF_PORTS_H

#define GRUFF_URI_MONO   "urn:gruff:mono"
#define GRUFF_URI_STEREO "urn:gruff:stereo"

/* Parameters that travel as patch messages, and keys of the saved state. */
#define GRUFF_URI_MODEL  "urn:gruff:model"  /* atom:Path of the model; in state of a shipped one its name */
#define GRUFF_URI_FOLDER "urn:gruff:folder" /* atom:Path of the folder whose models the slots are */
#define GRUFF_URI_STATUS "urn:gruff:status" /* atom:String: what is playing, or what went wrong */

#define GRUFF_MAX_SLOTS 127

/* Frames of latency at most: a hop of 256 frames and conversion (26 frames) at the lowest rate, 8 kHz, in a
 * host at the highest, 768 kHz. */
#define GRUFF_MAX_LATENCY ((256 - 1 + 26) * (768 / 8))

typedef enum PortKind {
    KIND_MESSAGES_IN,  /* atom:Sequence with patch messages */
    KIND_MESSAGES_OUT, /* atom:Sequence with patch messages */
    KIND_CONTROL,      /* moves a control of the engine, given by its name there */
    KIND_SWITCH,       /* read by the plugin itself */
    KIND_REPORT        /* written by the plugin */
} PortKind;

/* X(id, symbol, name, kind, standard, least, most, engine control or NONE, more Turtle, help) */
#define GRUFF_PORTS(X)                                                                                      \
    X(MESSAGES_IN, "control", "Control", KIND_MESSAGES_IN, 0, 0, 0, NONE,                                   \
      "lv2:designation lv2:control ; atom:bufferType atom:Sequence ; atom:supports patch:Message ; "        \
      "rsz:minimumSize 16384 ; lv2:portProperty lv2:connectionOptional",                                    \
      "Chooses the model and asks which one is playing.")                                                   \
    X(MESSAGES_OUT, "notify", "Notify", KIND_MESSAGES_OUT, 0, 0, 0, NONE,                                   \
      "lv2:designation lv2:control ; atom:bufferType atom:Sequence ; atom:supports patch:Message ; "        \
      "rsz:minimumSize 16384 ; lv2:portProperty lv2:connectionOptional",                                    \
      "Says which model is really playing, and what went wrong.")                                           \
    X(ENABLED, "enabled", "Enabled", KIND_CONTROL, 1, 0, 1, ENABLED,                                        \
      "lv2:designation lv2:enabled ; lv2:portProperty lv2:integer , lv2:toggled",                           \
      "Off: the input passes through unchanged, after a fade of 10 ms.")                                    \
    X(INPUT, "input", "Input", KIND_CONTROL, 0, -24, 24, INPUT_DB, "units:unit units:db",                   \
      "Trim before the model: how hard the amp is driven.")                                                 \
    X(OUTPUT, "output", "Output", KIND_CONTROL, 0, -40, 24, OUTPUT_DB, "units:unit units:db",               \
      "Trim after everything.")                                                                             \
    X(BASS, "bass", "Bass", KIND_CONTROL, 0, -12, 12, BASS_DB, "units:unit units:db ; pg:group gruff:tone", \
      "Exactly transparent at 0.")                                                                          \
    X(MIDDLE, "middle", "Middle", KIND_CONTROL, 0, -12, 12, MIDDLE_DB,                                      \
      "units:unit units:db ; pg:group gruff:tone", "Exactly transparent at 0.")                             \
    X(TREBLE, "treble", "Treble", KIND_CONTROL, 0, -12, 12, TREBLE_DB,                                      \
      "units:unit units:db ; pg:group gruff:tone", "Exactly transparent at 0.")                             \
    X(PRESENCE, "presence", "Presence", KIND_CONTROL, 0, -12, 12, PRESENCE_DB,                              \
      "units:unit units:db ; pg:group gruff:tone", "Exactly transparent at 0.")                             \
    X(KNOB_1, "knob_1", "Knob 1", KIND_CONTROL, 0.5, 0, 1, KNOB_1,                                          \
      "units:unit units:coef ; pg:group gruff:knobs",                                                       \
      "First knob of the captured amp, where the model has one; the status says its name.")                 \
    X(KNOB_2, "knob_2", "Knob 2", KIND_CONTROL, 0.5, 0, 1, KNOB_2,                                          \
      "units:unit units:coef ; pg:group gruff:knobs",                                                       \
      "Second knob of the captured amp, where the model has one; the status says its name.")                \
    X(SLOT, "slot", "Slot", KIND_SWITCH, 0, 0, GRUFF_MAX_SLOTS, NONE,                                       \
      "lv2:portProperty lv2:integer ; pg:group gruff:slots ; lv2:scalePoint "                               \
      "[ rdfs:label \"Chosen model\" ; rdf:value 0 ]",                                                      \
      "Moving it to N plays the N-th model of the slot folder (by default the models that come with "       \
      "Gruff), to 0 the model chosen by file.")                                                             \
    X(NEXT, "next", "Next Slot", KIND_SWITCH, 0, 0, 1, NONE,                                                \
      "lv2:portProperty lv2:integer , lv2:toggled , pprops:trigger ; pg:group gruff:slots",                 \
      "Steps to the next slot; after the last comes the first.")                                            \
    X(PREVIOUS, "previous", "Previous Slot", KIND_SWITCH, 0, 0, 1, NONE,                                    \
      "lv2:portProperty lv2:integer , lv2:toggled , pprops:trigger ; pg:group gruff:slots",                 \
      "Steps to the slot before; before the first comes the last.")                                         \
    X(QUALITY, "quality", "Quality", KIND_SWITCH, 0, 0, 1, NONE,                                            \
      "lv2:portProperty lv2:integer , lv2:enumeration , pprops:expensive ; lv2:scalePoint "                 \
      "[ rdfs:label \"Normal\" ; rdf:value 0 ] , [ rdfs:label \"HQ\" ; rdf:value 1 ]",                      \
      "HQ: where the host's rate is a multiple of the model's, the model runs at the full rate: less "      \
      "aliasing, no latency, as many times the CPU.")                                                       \
    X(MATCH, "match", "Match Loudness", KIND_CONTROL, 0, 0, 1, MATCH,                                       \
      "lv2:portProperty lv2:integer , lv2:toggled", "Brings every model to the same loudness.")             \
    X(CALIBRATE, "calibrate", "Interface Level", KIND_CONTROL, 0, 0, 30, CALIBRATE_DBU,                     \
      "units:unit gruff:dbu ; lv2:scalePoint [ rdfs:label \"Off\" ; rdf:value 0 ]",                         \
      "Level of a sine that peaks at 0 dBFS at your interface's input. Models that say at what level "      \
      "they were captured are then driven as hard as the amp was.")                                         \
    X(FREEWHEEL, "freewheel", "Freewheel", KIND_SWITCH, 0, 0, 1, NONE,                                      \
      "lv2:designation lv2:freeWheeling ; lv2:portProperty lv2:integer , lv2:toggled , pprops:notOnGUI",    \
      "Set by hosts that render offline: changes of model then take effect at once.")                       \
    X(LATENCY, "latency", "Latency", KIND_REPORT, 0, 0, GRUFF_MAX_LATENCY, NONE,                            \
      "lv2:designation lv2:latency ; units:unit units:frame ; "                                             \
      "lv2:portProperty lv2:integer , lv2:reportsLatency , pprops:notOnGUI",                                \
      "0 where the model's rate is the host's.")                                                            \
    X(INPUT_PEAK, "input_peak", "Input Peak", KIND_REPORT, -90, -90, 12, NONE, "units:unit units:db",       \
      "Highest sample before the trim; falls 20 dB a second.")                                              \
    X(OUTPUT_PEAK, "output_peak", "Output Peak", KIND_REPORT, -90, -90, 12, NONE, "units:unit units:db",    \
      "Highest sample at the output; falls 20 dB a second.")                                                \
    X(LOAD, "load", "DSP Load", KIND_REPORT, 0, 0, 100, NONE, "units:unit units:pc",                        \
      "Share of the time between two blocks that this plugin takes.")                                       \
    X(PLAYING, "playing", "Playing Slot", KIND_REPORT, 0, 0, GRUFF_MAX_SLOTS, NONE,                         \
      "lv2:portProperty lv2:integer", "The slot that is playing; 0: a model that is in none.")

#define GRUFF_PORT_ID(id, ...) PORT_##id,
enum { GRUFF_PORTS(GRUFF_PORT_ID) N_PORTS };
#undef GRUFF_PORT_ID

typedef struct Port {
    const char *symbol, *name;
    PortKind kind;
    float standard, least, most;
    const char *control; /* name in GruffControl after GRUFF_CONTROL_, or "NONE" */
    const char *turtle, *help;
} Port;

#define GRUFF_PORT_ROW(id, symbol, name, kind, standard, least, most, control, turtle, help) \
    {symbol, name, kind, (float)(standard), (float)(least), (float)(most), #control, turtle, help},
static const Port gruff_ports[N_PORTS] = {GRUFF_PORTS(GRUFF_PORT_ROW)};
#undef GRUFF_PORT_ROW

#endif
