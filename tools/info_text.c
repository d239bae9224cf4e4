#include "info.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 100 };

/* A label in its column, then printf. */
GRUFF_PRINTF(2, 3) static void line(const char *label, const char *format, ...)
{
    va_list arguments;
    printf("  %-11s ", label);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* Text from a file without anything that a terminal would obey, shortened. */
static const char *printable(const char *text, char shown[SHOWN_MAX])
{
    size_t n = 0;
    for (; *text && n < SHOWN_MAX - 5; text++) {
        unsigned char c = (unsigned char)*text;
        bool c1_control = c == 0xC2 && (unsigned char)text[1] < 0xA0;
        if (c >= 0x20 && c != 0x7F && !c1_control)
            shown[n++] = *text;
        else
            shown[n++] = ' ', text += c1_control;
    }
    if (*text) {
        while (n && ((unsigned char)*text & 0xC0) == 0x80)
            text--, n--;
        n += (size_t)snprintf(shown + n, 4, "...");
    }
    shown[n] = 0;
    return shown;
}

static void print_layers(const GruffModel *model)
{
    printf("  %-11s ", "layers");
    for (uint32_t k = 0; k < model->n_layers; k++) {
        const GruffLayer *layer = &model->layers[k];
        printf("%s%s %u", k ? ", " : "", gruff_cell_name(layer->cell), layer->n_out);
        if (layer->cell == GRUFF_CELL_GRU && layer->reset == GRUFF_RESET_BEFORE)
            printf(" (reset before)");
        if (layer->cell == GRUFF_CELL_GRU && layer->reset == GRUFF_RESET_NONE)
            printf(" (no reset gate)");
        if (layer->cell == GRUFF_CELL_DENSE && layer->activation != GRUFF_ACTIVATION_LINEAR)
            printf(" %s", gruff_activation_name(layer->activation));
    }
    printf("\n  %-11s %llu, %llu multiply-adds per %s\n", "weights",
           (unsigned long long)gruff_model_n_weights(model), (unsigned long long)gruff_model_macs(model),
           model->hop == 1 ? "sample" : "step");
}

static void print_inputs(const GruffModel *model)
{
    printf("  %-11s audio", "inputs");
    if (model->hop > 1)
        printf(" (%u samples per step, %u samples late)", model->hop, model->hop - 1);
    for (uint32_t k = 0; k < model->n_knobs; k++)
        printf(", %s", gruff_model_knob_name(model, k));
    putchar('\n');
    line("rate", "%g Hz%s", model->rate_hz,
         model->rate_stated ? "" : " (not stated; customary for the format)");
    if (model->skip)
        line("skip", "the input is added to the output");
    if (model->in_gain_db != 0 || model->out_gain_db != 0)
        line("gain", "%+g dB before, %+g dB after the net", model->in_gain_db, model->out_gain_db);
}

static void print_levels(const GruffModel *model)
{
    if (model->has_loudness)
        line("loudness", "%.1f dB", model->loudness_db);
    if (model->has_input_level)
        line("input", "%+.1f dBu is 0 dBFS", model->input_level_dbu);
    if (model->has_output_level)
        line("output", "%+.1f dBu is 0 dBFS", model->output_level_dbu);
}

/* What else the file says, where it is a short word or number. */
static void print_metadata(const GruffModel *model)
{
    char key[SHOWN_MAX], value[SHOWN_MAX];
    for (uint32_t k = 0; k < model->n_meta; k++) {
        const char *name = model->meta[k].key + (model->meta[k].key[0] == '/');
        json_t *meta = json_loads(model->meta[k].json, JSON_DECODE_ANY, NULL);
        if (json_string_length(meta))
            line(printable(name, key), "%s", printable(json_string_value(meta), value));
        else if (json_is_number(meta))
            line(printable(name, key), "%g", json_number_value(meta));
        json_decref(meta);
    }
}

static void print_self_test(const GruffModel *model)
{
    if (model->self_test == GRUFF_SELF_TEST_ABSENT)
        line("self-test", "none in the file");
    else
        line("self-test", "%s (largest error %.0f dB)", info_self_test_name(model->self_test),
             info_self_test_db(model));
    if (*model->warning)
        line("warning", "%s", model->warning);
}

void info_print(const Info *info)
{
    char shown[SHOWN_MAX];
    const GruffModel *model = info->model;
    printf("%s\n", info->file);
    line("name", "%s", printable(gruff_model_name(model), shown));
    line("format", "%s", gruff_format_name(model->format));
    print_layers(model);
    print_inputs(model);
    print_levels(model);
    print_metadata(model);
    print_self_test(model);
    line("cost", "%.1f ns per sample (%s): %.2g %% of one core", info->ns_per_sample, info->kernel,
         info->realtime_percent);
    line("loaded in", "%.1f ms", info->load_ms);
}

void info_print_short(const char *name, const GruffModel *model, bool is_default)
{
    char shown[SHOWN_MAX];
    const GruffLayer *layer = info_main_layer(model);
    printf("%c %-22s %s %-3u %s", is_default ? '*' : ' ', name, gruff_cell_name(layer->cell), layer->n_out,
           printable(gruff_model_name(model), shown));
    for (uint32_t k = 0; k < model->n_knobs; k++)
        printf("%s%s", k ? ", " : "; knob: ", printable(gruff_model_knob_name(model, k), shown));
    putchar('\n');
}
