#include "say.h"

#include <stdarg.h>
#include <stdio.h>

static void say(const char *prefix, const char *format, va_list arguments)
{
    fflush(stdout);
    fprintf(stderr, "gruff: %s", prefix);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
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
