#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_OPTIONS = 64,
    FIRST_LONG = 256, /* getopt's value for the first option of the table; below are letters */
    HELP_COLUMN = 25,
    HELP_WIDTH = 96
};

/* The page's tables as one list; --help comes last. */
typedef struct Flat {
    const Option *option[MAX_OPTIONS];
    int n;
} Flat;

static bool wants_help;
static const Option help_option = {"help", 'h', OPTION_FLAG, &wants_help, NULL, "show this", 0, 0, NULL};

static void flatten(const OptionPage *page, Flat *flat)
{
    flat->n = 0;
    for (int i = 0; i < OPTIONS_TABLES_MAX && page->tables[i].options; i++)
        for (const Option *o = page->tables[i].options; o->name && flat->n < MAX_OPTIONS - 1; o++)
            flat->option[flat->n++] = o;
    flat->option[flat->n++] = &help_option;
}

/* ---- help */

/* Print text from column `indent` on, broken at spaces and line ends, every line indented as far. */
static void print_wrapped(const char *text, int indent)
{
    for (int column = indent; *text;) {
        int length = (int)strcspn(text, " \n");
        if (column + 1 + length > HELP_WIDTH) {
            printf("\n%*s", indent, "");
            column = indent;
        }
        column += printf("%s%.*s", column > indent ? " " : "", length, text);
        text += length + strspn(text + length, " \n");
    }
    putchar('\n');
}

static void print_option(const Option *o)
{
    char left[64], help[512];
    int n = o->letter ? snprintf(left, sizeof left, "  -%c, --%s", o->letter, o->name)
                      : snprintf(left, sizeof left, "      --%s", o->name);
    if (o->argument)
        n += snprintf(left + n, sizeof left - (size_t)n, " %s", o->argument);
    bool ranged = o->kind == OPTION_NUMBER || o->kind == OPTION_COUNT || o->kind == OPTION_NUMBERS;
    if (ranged)
        snprintf(help, sizeof help, "%s (%.10g to %.10g)", o->help, o->min, o->max);
    else
        snprintf(help, sizeof help, "%s", o->help);
    fputs(left, stdout);
    if (n > HELP_COLUMN - 2)
        printf("\n%*s", HELP_COLUMN, "");
    else
        printf("%*s", HELP_COLUMN - n, "");
    print_wrapped(help, HELP_COLUMN);
}

static void print_help(const OptionPage *page)
{
    printf("Usage: ");
    for (const char *line = page->usage; *line;) {
        int length = (int)strcspn(line, "\n");
        printf("%.*s\n", length, line);
        line += length;
        if (*line)
            line++, printf("       ");
    }
    putchar('\n');
    print_wrapped(page->about, 0);
    for (int i = 0; i < OPTIONS_TABLES_MAX && page->tables[i].options; i++) {
        printf("\n%s\n", page->tables[i].title);
        for (const Option *o = page->tables[i].options; o->name; o++)
            print_option(o);
    }
    print_option(&help_option);
    if (page->notes)
        printf("\n%s\n", page->notes);
}

/* ---- values */

static bool parse_number(const char *text, double *value)
{
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    return end != text && !*end && isfinite(*value) && !errno;
}

static int bad_number(const char *command, const Option *o, const char *text, const char *why)
{
    return say_usage(command, "--%s %s: %s; give %s from %.10g to %.10g", o->name, text, why,
                     o->kind == OPTION_COUNT ? "a whole number" : "a number", o->min, o->max);
}

static int set_number(const char *command, const Option *o, const char *text, double *value)
{
    double number;
    if (!parse_number(text, &number))
        return bad_number(command, o, text, "not a number");
    if (o->kind == OPTION_COUNT && number != floor(number))
        return bad_number(command, o, text, "not a whole number");
    if (!(number >= o->min && number <= o->max))
        return bad_number(command, o, text, "out of range");
    *value = number;
    return OPTIONS_PARSED;
}

static int set_numbers(const char *command, const Option *o, const char *text, OptionNumbers *list)
{
    list->n = 0;
    for (const char *at = text;; at++) {
        char item[64];
        size_t length = strcspn(at, ",");
        if (list->n == OPTIONS_LIST_MAX)
            return say_usage(command, "--%s %s: more than %d numbers", o->name, text, OPTIONS_LIST_MAX);
        snprintf(item, sizeof item, "%.*s", length < sizeof item ? (int)length : (int)sizeof item - 1, at);
        int status = set_number(command, o, item, &list->value[list->n++]);
        if (status != OPTIONS_PARSED)
            return status;
        at += length;
        if (!*at)
            return OPTIONS_PARSED;
    }
}

static int set_choice(const char *command, const Option *o, const char *text, int *value)
{
    char all[256] = "";
    for (int i = 0; o->choices[i]; i++) {
        if (!strcmp(o->choices[i], text)) {
            *value = i;
            return OPTIONS_PARSED;
        }
        size_t n = strlen(all);
        snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "", o->choices[i]);
    }
    return say_usage(command, "--%s %s: no such choice; there are %s", o->name, text, all);
}

static int set_value(const char *command, const Option *o, const char *text)
{
    double number = 0;
    int status = OPTIONS_PARSED;
    switch (o->kind) {
    case OPTION_FLAG:
        *(bool *)o->value = true;
        break;
    case OPTION_TEXT:
        *(const char **)o->value = text;
        break;
    case OPTION_NUMBER:
        status = set_number(command, o, text, o->value);
        break;
    case OPTION_COUNT:
        status = set_number(command, o, text, &number);
        if (status == OPTIONS_PARSED)
            *(uint32_t *)o->value = (uint32_t)number;
        break;
    case OPTION_CHOICE:
        status = set_choice(command, o, text, o->value);
        break;
    case OPTION_NUMBERS:
        status = set_numbers(command, o, text, o->value);
        break;
    case OPTION_LISTED:
        status = say_usage(command, "--%s: write it out, --%s %s", o->name, o->name, o->argument);
        break;
    }
    return status;
}

/* ---- parsing */

static void fill_getopt(const Flat *flat, struct option *longs, char *letters)
{
    *letters++ = ':'; /* a missing argument is told apart from an unknown option */
    for (int i = 0; i < flat->n; i++) {
        const Option *o = flat->option[i];
        int argument = o->kind == OPTION_FLAG ? no_argument : required_argument;
        longs[i] = (struct option){o->name, argument, NULL, FIRST_LONG + i};
        if (o->letter) {
            *letters++ = o->letter;
            if (argument == required_argument)
                *letters++ = ':';
        }
    }
    longs[flat->n] = (struct option){0};
    *letters = '\0';
}

static const Option *option_of(const Flat *flat, int got)
{
    for (int i = 0; i < flat->n; i++)
        if (got == FIRST_LONG + i || (got < FIRST_LONG && got == flat->option[i]->letter))
            return flat->option[i];
    return NULL;
}

static int say_bad_option(const OptionPage *page, const Flat *flat, int got, char **argv)
{
    const Option *o = optopt ? option_of(flat, optopt) : NULL;
    if (got == ':' && o)
        return say_usage(page->command, "--%s: needs an argument, %s", o->name, o->argument);
    if (o)
        return say_usage(page->command, "--%s: takes no argument", o->name);
    if (optopt)
        return say_usage(page->command, "-%c: no such option", optopt);
    return say_usage(page->command, "%s: no such option, or not clear which", argv[optind - 1]);
}

int options_parse(const OptionPage *page, int argc, char **argv, int *first_operand)
{
    Flat flat;
    struct option longs[MAX_OPTIONS + 1];
    char letters[2 * MAX_OPTIONS + 2];
    flatten(page, &flat);
    fill_getopt(&flat, longs, letters);
    wants_help = false;
    opterr = 0, optind = 0;
    for (int got; (got = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        if (got == '?' || got == ':')
            return say_bad_option(page, &flat, got, argv);
        int status = set_value(page->command, option_of(&flat, got), optarg);
        if (status != OPTIONS_PARSED)
            return status;
    }
    *first_operand = optind;
    if (!wants_help)
        return OPTIONS_PARSED;
    print_help(page);
    return EXIT_DONE;
}
