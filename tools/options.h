/* Command-line options: one table says how they are parsed and what --help shows, so that the two agree. */
#ifndef GRUFF_OPTIONS_H
#define GRUFF_OPTIONS_H

#include "say.h"

enum { OPTIONS_LIST_MAX = 16, OPTIONS_TABLES_MAX = 4 };

typedef enum OptionKind {
    OPTION_FLAG,    /* bool *: becomes true */
    OPTION_TEXT,    /* const char **: the argument as it stands in argv */
    OPTION_NUMBER,  /* double *: min…max */
    OPTION_COUNT,   /* uint32_t *: a whole number, min…max */
    OPTION_CHOICE,  /* int *: index of the argument in choices */
    OPTION_NUMBERS, /* OptionNumbers *: 1…OPTIONS_LIST_MAX numbers min…max, separated by commas */
    OPTION_LISTED   /* for --help alone: the command took it out of argv before; refused where abbreviated */
} OptionKind;

typedef struct OptionNumbers {
    uint32_t n;
    double value[OPTIONS_LIST_MAX];
} OptionNumbers;

/* One option; a table of them ends with an all-zero one. Options that two commands share have one name and
 * one meaning: those of the commands that play are in play.h. */
typedef struct Option {
    const char *name; /* "output-db" for --output-db */
    char letter;      /* 'm' for -m; 0: none */
    OptionKind kind;
    void *value;
    const char *argument; /* as --help shows it, "DB"; NULL for a flag */
    const char *help;
    double min, max;            /* numbers and counts; --help shows them */
    const char *const *choices; /* choices; ends with NULL */
} Option;

typedef struct OptionTable {
    const char *title; /* above the options in --help */
    const Option *options;
} OptionTable;

/* What a command takes. */
typedef struct OptionPage {
    const char *command; /* "render" */
    const char *usage;   /* what follows "Usage:", a line per form, each starting with "gruff" */
    const char *about;   /* a paragraph */
    OptionTable tables[OPTIONS_TABLES_MAX]; /* ends with an all-zero one, or full */
    const char *notes;                      /* after the options; may be NULL */
} OptionPage;

/* Returned by options_parse when the command is to go on. */
enum { OPTIONS_PARSED = -1 };

/* Parse a command's argv (its own name first). Options and operands may be mixed; "--" ends the options.
 * On OPTIONS_PARSED the values are set and argv[*first_operand…argc-1] are the operands. Any other result is
 * the exit status: EXIT_DONE after --help was shown, EXIT_USAGE after saying what is wrong. */
GRUFF_MUST_USE int options_parse(const OptionPage *page, int argc, char **argv, int *first_operand);

#endif
