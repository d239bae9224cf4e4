#include "say.h"

#include <stdarg.h>

static _Thread_local FILE *listener; /* NULL: standard error */

void say_to(FILE *file)
{
    listener = file;
}

static void say(const char *prefix, const char *format, va_list arguments)
{
    FILE *to = listener ? listener : stderr;
    if (!listener)
        fflush(stdout);
    fprintf(to, "gruff: %s", prefix);
    vfprintf(to, format, arguments);
    fputc('\n', to);
}

int say_failed(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("", format, arguments);
    va_end(arguments);
    return EXIT_FAILED;
}

int say_usage(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("", format, arguments);
    va_end(arguments);
    fprintf(stderr, "Try 'gruff %s%s--help'.\n", command, *command ? " " : "");
    return EXIT_USAGE;
}

void say_warning(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("warning: ", format, arguments);
    va_end(arguments);
}
