#include "model_json.h"
#include "mem.h"
#include "status.h"

#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- places ---- */

const char *gruff_printable(const char *text, char *buffer, size_t size)
{
    size_t n = 0;
    for (; *text && n + 1 < size; text++) {
        unsigned char c = (unsigned char)*text;
        bool c1_control = c == 0xC2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xA0;
        if (c1_control)
            text++;
        buffer[n++] = (char)(c < 0x20 || c == 0x7F || c1_control ? ' ' : *text);
    }
    if (*text)
        while (n && ((unsigned char)*text & 0xC0) == 0x80)
            text--, n--;
    buffer[n] = 0;
    return buffer;
}

void gruff_place_layer(GruffPlace *place, size_t k, const char *type)
{
    char shown[32];
    place->subject[0] = place->claim[0] = 0;
    if (k != SIZE_MAX)
        snprintf(place->subject, sizeof place->subject, "layer %zu (%s) ", k + 1,
                 gruff_printable(type, shown, sizeof shown));
}

GruffStatus gruff_place_fail(const GruffPlace *place, GruffStatus status, const char *format, ...)
{
    char text[sizeof place->message->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return gruff_fail(place->message, status, "%s: %s%s", place->label, place->subject, text);
}

/* ---- scalars ---- */

static bool is_absent(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_string(value) && !json_string_length(value));
}

/* "44100.0" and the like, whatever the locale's decimal point. */
static bool parse_number(const char *text, double *number)
{
    char local[64], *end;
    const char *point = strchr(text, '.');
    int before = point ? (int)(point - text) : (int)strlen(text);
    if (strlen(text) > 40 || strspn(text, "+-.0123456789eE") != strlen(text))
        return false;
    snprintf(local, sizeof local, "%.*s%s%s", before, text, point ? localeconv()->decimal_point : "",
             point ? point + 1 : "");
    *number = strtod(local, &end);
    return end != local && !*end && isfinite(*number);
}

bool gruff_json_is_number(const json_t *value, double *number)
{
    if (json_is_string(value))
        return parse_number(json_string_value(value), number);
    if (json_is_number(value))
        *number = json_number_value(value);
    return json_is_number(value);
}

/* A value in a few printable letters. */
static const char *show_value(const json_t *value, char *buffer, size_t size)
{
    static const char *const kinds[] = {"an object", "a list", "",      "a number",
                                        "a number",  "true",   "false", "null"};
    if (!json_is_string(value))
        return kinds[json_typeof(value)];
    char text[40];
    snprintf(buffer, size, "\"%s\"", gruff_printable(json_string_value(value), text, sizeof text - 2));
    return buffer;
}

GruffStatus gruff_json_number(const GruffPlace *place, const json_t *object, const char *key, double standard,
                              double *number)
{
    char shown[48];
    const json_t *value = json_object_get(object, key);
    *number = standard;
    if (is_absent(value) || gruff_json_is_number(value, number))
        return GRUFF_OK;
    return gruff_place_fail(place, GRUFF_ERROR_FORMAT, "gives %s for \"%s\" where a number is expected",
                            show_value(value, shown, sizeof shown), key);
}

GruffStatus gruff_json_count(const GruffPlace *place, const json_t *object, const char *key,
                             uint32_t standard, uint32_t *count)
{
    double number;
    *count = standard;
    GruffStatus status = gruff_json_number(place, object, key, standard, &number);
    if (status)
        return status;
    if (!(number >= 0 && number <= 1e6 && number == floor(number)))
        return gruff_place_fail(place, GRUFF_ERROR_FORMAT,
                                "gives %g for \"%s\" where a whole number is expected", number, key);
    *count = (uint32_t)number;
    return GRUFF_OK;
}

GruffStatus gruff_json_flag(const GruffPlace *place, const json_t *object, const char *key, bool standard,
                            bool *flag)
{
    const json_t *value = json_object_get(object, key);
    *flag = json_is_true(value);
    if (json_is_boolean(value))
        return GRUFF_OK;
    double number;
    GruffStatus status = gruff_json_number(place, object, key, standard, &number);
    *flag = number > 0;
    return status;
}

/* ---- matrices ---- */

/* n_columns 0 stands for a plain list. */
static void describe_shape(size_t n_rows, size_t n_columns, char text[64])
{
    if (n_columns)
        snprintf(text, 64, "%zu x %zu", n_rows, n_columns);
    else
        snprintf(text, 64, "a list of %zu", n_rows);
}

static GruffStatus refuse_shape(const GruffPlace *place, const json_t *value, const char *what, size_t n_rows,
                                size_t n_columns)
{
    char expected[64], found[64];
    const char *but = *place->claim ? " but " : "";
    describe_shape(n_rows, n_columns, expected);
    describe_shape(json_array_size(value), json_array_size(json_array_get(value, 0)), found);
    if (!json_is_array(value))
        return gruff_place_fail(place, GRUFF_ERROR_FORMAT,
                                "%s%shas no list of numbers for its %s; ask its author for an undamaged file",
                                place->claim, but, what);
    return gruff_place_fail(place, GRUFF_ERROR_FORMAT,
                            "%s%sits %s are %s, not %s; ask its author for an undamaged file", place->claim,
                            but, what, found, expected);
}

static GruffStatus refuse_number(const GruffPlace *place, const json_t *value, const char *what)
{
    char shown[48];
    if (json_is_number(value))
        return gruff_place_fail(place, GRUFF_ERROR_FORMAT,
                                "has %g in its %s: too large for single precision; ask its author for a "
                                "sound file",
                                json_number_value(value), what);
    return gruff_place_fail(place, GRUFF_ERROR_FORMAT, "has %s in its %s where a number is expected",
                            show_value(value, shown, sizeof shown), what);
}

static bool to_float(const json_t *value, float *to)
{
    double number = json_number_value(value); /* 0 if it is none */
    *to = (float)number;
    return json_is_number(value) && isfinite(*to);
}

GruffStatus gruff_json_matrix(const GruffPlace *place, const json_t *value, const char *what, size_t n_rows,
                              size_t n_columns, size_t row_step, size_t column_step, float *to)
{
    if (json_array_size(value) != n_rows)
        return refuse_shape(place, value, what, n_rows, n_columns);
    for (size_t i = 0; i < n_rows; i++) {
        const json_t *row = json_array_get(value, i);
        if (json_array_size(row) != n_columns && i == 0)
            return refuse_shape(place, value, what, n_rows, n_columns);
        if (json_array_size(row) != n_columns)
            return gruff_place_fail(place, GRUFF_ERROR_FORMAT,
                                    "has ragged %s: row %zu holds %zu numbers where %zu are expected", what,
                                    i + 1, json_array_size(row), n_columns);
        for (size_t j = 0; j < n_columns; j++)
            if (!to_float(json_array_get(row, j), &to[i * row_step + j * column_step]))
                return refuse_number(place, json_array_get(row, j), what);
    }
    return GRUFF_OK;
}

GruffStatus gruff_json_vector(const GruffPlace *place, const json_t *value, const char *what, size_t n,
                              float *to)
{
    if (json_array_size(value) != n || json_is_array(json_array_get(value, 0)))
        return refuse_shape(place, value, what, n, 0);
    for (size_t i = 0; i < n; i++)
        if (!to_float(json_array_get(value, i), &to[i]))
            return refuse_number(place, json_array_get(value, i), what);
    return GRUFF_OK;
}
