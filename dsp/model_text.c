#include "model_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_bytes(GruffText *text, const char *bytes, size_t n)
{
    if (text->failed)
        return;
    if (text->capacity - text->n < n + 1) {
        size_t capacity = (text->capacity + n + 1) * 2;
        char *grown = realloc(text->bytes, capacity);
        if (!grown) {
            text->failed = true;
            return;
        }
        text->bytes = grown;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->n, bytes, n);
    text->n += n;
    text->bytes[text->n] = 0;
}

void gruff_text_put(GruffText *text, const char *string)
{
    put_bytes(text, string, strlen(string));
}

static bool is_utf8(const char *string)
{
    json_t *value = json_string(string);
    json_decref(value);
    return value != NULL;
}

void gruff_text_quote(GruffText *text, const char *string)
{
    bool sound = is_utf8(string);
    put_bytes(text, "\"", 1);
    for (; *string; string++) {
        char escape[8];
        unsigned char c = (unsigned char)*string;
        if (c == '"' || c == '\\')
            snprintf(escape, sizeof escape, "\\%c", c);
        else if (c < 0x20)
            snprintf(escape, sizeof escape, "\\u%04x", c);
        else
            snprintf(escape, sizeof escape, "%c", c < 0x80 || sound ? c : '?');
        gruff_text_put(text, escape);
    }
    put_bytes(text, "\"", 1);
}

/* A locale may write the decimal point in its own way, even in two bytes; and JSON's -0 would lose its sign.
 */
static void put_number(GruffText *text, const char *number)
{
    if (!strcmp(number, "-0")) {
        gruff_text_put(text, "-0.0");
        return;
    }
    size_t point = strspn(number, "+-0123456789");
    size_t width = strcspn(number + point, "+-0123456789eE");
    put_bytes(text, number, point);
    if (width)
        put_bytes(text, ".", 1);
    gruff_text_put(text, number + point + width);
}

void gruff_text_float(GruffText *text, float value)
{
    char number[40];
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(number, sizeof number, "%.*g", digits, (double)value);
        if ((float)strtod(number, NULL) == value)
            break;
    }
    put_number(text, number);
}

void gruff_text_double(GruffText *text, double value)
{
    char number[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(number, sizeof number, "%.*g", digits, value);
        if (strtod(number, NULL) == value)
            break;
    }
    put_number(text, number);
}

void gruff_text_list(GruffText *text, const float *from, const float *add, size_t n, size_t step,
                     double scale)
{
    for (size_t i = 0; i < n; i++) {
        double value = (double)from[i * step];
        if (add)
            value += (double)add[i * step];
        if (i)
            put_bytes(text, ", ", 2);
        gruff_text_float(text, (float)(value * scale));
    }
}

void gruff_text_vector(GruffText *text, const float *from, const float *add, size_t n, size_t step,
                       double scale)
{
    put_bytes(text, "[", 1);
    gruff_text_list(text, from, add, n, step, scale);
    put_bytes(text, "]", 1);
}
