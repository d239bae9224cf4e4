/* Writes the bundle's Turtle from the port table: gruff-ttl manifest|plugins|presets VERSION
 * [STANDARD-MODEL-FILE MODEL-FILE...]
 * Runs on the machine that builds, so it knows the table and nothing else of Gruff. */
#include "ports.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char prefixes[] = "@prefix atom:   <http://lv2plug.in/ns/ext/atom#> .\n"
                               "@prefix doap:   <http://usefulinc.com/ns/doap#> .\n"
                               "@prefix foaf:   <http://xmlns.com/foaf/0.1/> .\n"
                               "@prefix gruff:  <urn:gruff:> .\n"
                               "@prefix log:    <http://lv2plug.in/ns/ext/log#> .\n"
                               "@prefix lv2:    <http://lv2plug.in/ns/lv2core#> .\n"
                               "@prefix mod:    <http://moddevices.com/ns/mod#> .\n"
                               "@prefix owl:    <http://www.w3.org/2002/07/owl#> .\n"
                               "@prefix patch:  <http://lv2plug.in/ns/ext/patch#> .\n"
                               "@prefix pg:     <http://lv2plug.in/ns/ext/port-groups#> .\n"
                               "@prefix pprops: <http://lv2plug.in/ns/ext/port-props#> .\n"
                               "@prefix pset:   <http://lv2plug.in/ns/ext/presets#> .\n"
                               "@prefix rdf:    <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
                               "@prefix rdfs:   <http://www.w3.org/2000/01/rdf-schema#> .\n"
                               "@prefix rsz:    <http://lv2plug.in/ns/ext/resize-port#> .\n"
                               "@prefix state:  <http://lv2plug.in/ns/ext/state#> .\n"
                               "@prefix units:  <http://lv2plug.in/ns/extensions/units#> .\n"
                               "@prefix urid:   <http://lv2plug.in/ns/ext/urid#> .\n"
                               "@prefix work:   <http://lv2plug.in/ns/ext/worker#> .\n"
                               "@prefix xsd:    <http://www.w3.org/2001/XMLSchema#> .\n\n";

/* ---- presets: every shipped model, and some ways of playing the standard one ---- */

typedef struct Setting {
    const char *symbol;
    double value;
} Setting;

typedef struct Variation {
    const char *symbol, *label;
    Setting setting[6]; /* the rest is standard */
} Variation;

static const Variation variations[] = {
    {"quiet_hands", "Quiet Hands", {{"input", 9}, {"output", -6}, {"presence", 2}}},
    {"rolled_back", "Rolled Back", {{"input", -9}, {"output", 6}, {"treble", 1.5}}},
    {"dark_room", "Dark Room", {{"bass", 2}, {"treble", -4}, {"presence", -5}}},
    {"cut_through", "Cut Through", {{"bass", -3}, {"middle", 3}, {"treble", 2}, {"presence", 3}}},
};

enum { N_VARIATIONS = sizeof variations / sizeof variations[0], MAX_NAME = 128 };

static const char *file_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "clean-twin.json" → "clean_twin", and as people read it "Clean Twin". */
static void names_of(const char *path, char symbol[MAX_NAME], char label[MAX_NAME])
{
    const char *file = file_of(path);
    const char *end = strrchr(file, '.');
    size_t n = end ? (size_t)(end - file) : strlen(file);
    bool start = true;
    if (n >= MAX_NAME)
        n = MAX_NAME - 1;
    for (size_t i = 0; i < n; i++) {
        char c = file[i];
        bool lower = c >= 'a' && c <= 'z';
        bool word = lower || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        symbol[i] = word ? c : '_';
        label[i] = !word ? ' ' : start && lower ? (char)(c - 'a' + 'A') : c;
        start = !word;
    }
    symbol[n] = label[n] = '\0';
}

static const char *plugin_uri(int n_channels)
{
    return n_channels == 2 ? GRUFF_URI_STEREO : GRUFF_URI_MONO;
}

static void write_preset_ports(const Variation *variation)
{
    for (int row = 0; row < N_PORTS; row++) {
        const Port *port = &gruff_ports[row];
        bool kept = row == PORT_ENABLED || row == PORT_CALIBRATE || row == PORT_QUALITY || row == PORT_NEXT ||
                    row == PORT_PREVIOUS || row == PORT_FREEWHEEL;
        if ((port->kind != KIND_CONTROL && port->kind != KIND_SWITCH) || kept)
            continue;
        double value = (double)port->standard;
        for (int i = 0; variation && i < 6 && variation->setting[i].symbol; i++)
            if (!strcmp(variation->setting[i].symbol, port->symbol))
                value = variation->setting[i].value;
        printf(" ;\n\tlv2:port [ lv2:symbol \"%s\" ; pset:value %.6f ]", port->symbol, value);
    }
}

static void write_preset(int n_channels, const char *model, const Variation *variation)
{
    char symbol[MAX_NAME], label[MAX_NAME];
    names_of(model, symbol, label);
    printf("<%s#%s>\n\ta pset:Preset ;\n\tlv2:appliesTo <%s> ;\n\trdfs:label \"%s\"", plugin_uri(n_channels),
           variation ? variation->symbol : symbol, plugin_uri(n_channels),
           variation ? variation->label : label);
    write_preset_ports(variation);
    printf(" ;\n\tstate:state [ gruff:model \"%s\" ] .\n\n", file_of(model));
}

static void list_preset(int n_channels, const char *symbol)
{
    printf("<%s#%s>\n\ta pset:Preset ;\n\tlv2:appliesTo <%s> ;\n\trdfs:seeAlso <presets.ttl> .\n\n",
           plugin_uri(n_channels), symbol, plugin_uri(n_channels));
}

/* ---- manifest ---- */

static void write_manifest(char **models, int n_models)
{
    for (int n_channels = 1; n_channels <= 2; n_channels++) {
        printf("<%s>\n\ta lv2:Plugin ;\n\tlv2:binary <gruff.so> ;\n\trdfs:seeAlso <gruff.ttl> .\n\n",
               plugin_uri(n_channels));
        for (int i = 0; i < n_models; i++) {
            char symbol[MAX_NAME], label[MAX_NAME];
            names_of(models[i], symbol, label);
            list_preset(n_channels, symbol);
        }
        for (int i = 0; i < N_VARIATIONS && n_models; i++)
            list_preset(n_channels, variations[i].symbol);
    }
}

/* ---- plugins ---- */

static void write_shared(void)
{
    printf("<urn:gruff:project>\n\ta doap:Project ;\n\tdoap:name \"Gruff\" ;\n"
           "\tdoap:shortdesc \"Neural captures of guitar amps and effects\" ;\n"
           "\tdoap:license <https://opensource.org/licenses/ISC> ;\n"
           "\tdoap:maintainer [ a foaf:Person ; foaf:name \"The Gruff authors\" ] .\n\n");
    printf(
        "gruff:model\n\ta lv2:Parameter ;\n\trdfs:label \"Model\" ;\n"
        "\trdfs:comment \"File of the capture to play: RTNeural/Keras JSON, AIDA-X, PyTorch JSON or NAM.\" ;\n"
        "\trdfs:range atom:Path ;\n\tmod:fileTypes \"nam,nammodel,json,aidax,aidadspmodel\" .\n\n");
    printf(
        "gruff:folder\n\ta lv2:Parameter ;\n\trdfs:label \"Slot Folder\" ;\n"
        "\trdfs:comment \"The folder whose models, by name, are slots 1, 2, 3…; a file stands for the folder it is "
        "in.\" ;\n\trdfs:range atom:Path ;\n\tmod:fileTypes \"nam,nammodel,json,aidax,aidadspmodel\" .\n\n");
    printf("gruff:status\n\ta lv2:Parameter ;\n\trdfs:label \"Status\" ;\n"
           "\trdfs:comment \"What is playing, and what went wrong.\" ;\n\trdfs:range atom:String .\n\n");
    printf("mod:fileTypes\n\ta rdf:Property , owl:DatatypeProperty ;\n\trdfs:label \"file types\" ;\n"
           "\trdfs:comment \"Kinds of file that a MOD device offers.\" ;\n\trdfs:range xsd:string .\n\n");
    printf("gruff:dbu\n\ta units:Unit ;\n\trdfs:label \"decibels over 0.775 volt\" ;\n"
           "\tunits:symbol \"dBu\" ;\n\tunits:render \"%%f dBu\" .\n\n");
    static const char *const groups[][2] = {{"tone", "Tone"}, {"knobs", "Knobs"}, {"slots", "Slots"}};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        printf("gruff:%s\n\ta pg:InputGroup ;\n\tlv2:symbol \"%s\" ;\n\tlv2:name \"%s\" .\n\n", groups[i][0],
               groups[i][0], groups[i][1]);
    for (int out = 0; out < 2; out++)
        for (int n_channels = 1; n_channels <= 2; n_channels++)
            printf(
                "gruff:%s_%s\n\ta pg:%sGroup , pg:%sGroup ;\n\tlv2:symbol \"%s_%s\" ;\n\tlv2:name \"%s\" .\n\n",
                n_channels == 2 ? "stereo" : "mono", out ? "out" : "in", out ? "Output" : "Input",
                n_channels == 2 ? "Stereo" : "Mono", n_channels == 2 ? "stereo" : "mono", out ? "out" : "in",
                out ? "Output" : "Input");
}

static void write_audio_port(int index, int n_channels)
{
    static const char *const side[] = {"left", "right", "Left", "Right"};
    bool out = index >= n_channels;
    int c = index % n_channels;
    printf("%s[\n\t\ta lv2:%sPort , lv2:AudioPort ;\n\t\tlv2:index %d ;\n", index ? " , " : "",
           out ? "Output" : "Input", index);
    if (n_channels == 1)
        printf("\t\tlv2:symbol \"%s\" ;\n\t\tlv2:name \"%s\" ;\n", out ? "out" : "in", out ? "Out" : "In");
    else
        printf("\t\tlv2:symbol \"%s_%s\" ;\n\t\tlv2:name \"%s %s\" ;\n", out ? "out" : "in", side[c],
               out ? "Out" : "In", side[c + 2]);
    printf("\t\tlv2:designation pg:%s ;\n\t\tpg:group gruff:%s_%s\n\t]", n_channels == 1 ? "center" : side[c],
           n_channels == 2 ? "stereo" : "mono", out ? "out" : "in");
}

static void write_port(int row, int n_channels)
{
    const Port *port = &gruff_ports[row];
    bool messages = port->kind == KIND_MESSAGES_IN || port->kind == KIND_MESSAGES_OUT;
    bool out = port->kind == KIND_MESSAGES_OUT || port->kind == KIND_REPORT;
    printf(
        " , [\n\t\ta lv2:%sPort , %s ;\n\t\tlv2:index %d ;\n\t\tlv2:symbol \"%s\" ;\n\t\tlv2:name \"%s\" ;\n",
        out ? "Output" : "Input", messages ? "atom:AtomPort" : "lv2:ControlPort", 2 * n_channels + row,
        port->symbol, port->name);
    if (!messages)
        printf("\t\tlv2:default %.6f ;\n\t\tlv2:minimum %.6f ;\n\t\tlv2:maximum %.6f ;\n",
               (double)port->standard, (double)port->least, (double)port->most);
    printf("\t\t%s ;\n\t\trdfs:comment \"%s\"\n\t]", port->turtle, port->help);
}

static void write_plugin(int n_channels, const char *version)
{
    int major = 0, minor = 0, micro = 0;
    sscanf(version, "%d.%d.%d", &major, &minor, &micro);
    printf("<%s>\n\ta lv2:SimulatorPlugin , lv2:Plugin ;\n\tdoap:name \"%s\" ;\n"
           "\tdoap:license <https://opensource.org/licenses/ISC> ;\n\tlv2:project <urn:gruff:project> ;\n"
           "\tlv2:minorVersion %d ;\n\tlv2:microVersion %d ;\n",
           plugin_uri(n_channels), n_channels == 2 ? "Gruff Stereo" : "Gruff", 2 * (100 * major + minor),
           2 * micro);
    printf(
        "\trdfs:comment \"Plays neural captures of guitar amps and effects: GRU, LSTM and RNN models in the "
        "RTNeural/Keras, AIDA-X, PyTorch and NAM file formats, at any sample rate.\" ;\n"
        "\tlv2:optionalFeature lv2:hardRTCapable , urid:map , work:schedule , log:log , "
        "state:threadSafeRestore ;\n"
        "\tlv2:extensionData state:interface , work:interface ;\n"
        "\tpatch:writable gruff:model , gruff:folder ;\n\tpatch:readable gruff:status ;\n"
        "\tpg:mainInput gruff:%s_in ;\n\tpg:mainOutput gruff:%s_out ;\n\tlv2:port ",
        n_channels == 2 ? "stereo" : "mono", n_channels == 2 ? "stereo" : "mono");
    for (int i = 0; i < 2 * n_channels; i++)
        write_audio_port(i, n_channels);
    for (int row = 0; row < N_PORTS; row++)
        write_port(row, n_channels);
    printf(" .\n\n");
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr,
                "usage: gruff-ttl manifest|plugins|presets VERSION [STANDARD-MODEL-FILE MODEL-FILE...]\n");
        return 2;
    }
    printf("%s", prefixes);
    if (!strcmp(argv[1], "manifest")) {
        write_manifest(argv + 4, argc > 4 ? argc - 4 : 0);
    } else if (!strcmp(argv[1], "plugins")) {
        write_shared();
        write_plugin(1, argv[2]);
        write_plugin(2, argv[2]);
    } else {
        for (int n_channels = 1; n_channels <= 2; n_channels++) {
            for (int i = 4; i < argc; i++)
                write_preset(n_channels, argv[i], NULL);
            for (int i = 0; i < N_VARIATIONS && argc > 4; i++)
                write_preset(n_channels, argv[3], &variations[i]);
        }
    }
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
