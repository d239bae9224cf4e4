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

/* Bytes of the UTF-8 character at s; 0 if there is none. */
static size_t character_length(const unsigned char *s)
{
    static const struct {
        unsigned char first, last, second_first, second_last;
    } leads[] = {{0xC2, 0xDF, 0x80, 0xBF}, {0xE0, 0xE0, 0xA0, 0xBF}, {0xE1, 0xEC, 0x80, 0xBF},
                 {0xED, 0xED, 0x80, 0x9F}, {0xEE, 0xEF, 0x80, 0xBF}, {0xF0, 0xF0, 0x90, 0xBF},
                 {0xF1, 0xF3, 0x80, 0xBF}, {0xF4, 0xF4, 0x80, 0x8F}};
    if (*s < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++)
        if (*s >= leads[i].first && *s <= leads[i].last) {
            size_t n = *s < 0xE0 ? 2 : *s < 0xF0 ? 3 : 4;
            bool sound = s[1] >= leads[i].second_first && s[1] <= leads[i].second_last;
            for (size_t k = 2; sound && k < n; k++)
                sound = (s[k] & 0xC0) == 0x80;
            return sound ? n : 0;
        }
    return 0;
}

void gruff_text_quote(GruffText *text, const char *string)
{
    put_bytes(text, "\"", 1);
    for (size_t n; *string; string += n ? n : 1) {
        char escape[8];
        unsigned char c = (unsigned char)*string;
        n = character_length((const unsigned char *)string);
        if (c == '"' || c == '\\')
            snprintf(escape, sizeof escape, "\\%c", c);
        else if (c < 0x20)
            snprintf(escape, sizeof escape, "\\u%04x", c);
        else if (n == 0)
            snprintf(escape, sizeof escape, "?");
        else
            snprintf(escape, sizeof escape, "%.*s", (int)n, string);
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
