#include "status.h"

#include <stdarg.h>
#include <stdio.h>

const char *gruff_status_name(GruffStatus status)
{
    switch (status) {
    case GRUFF_OK:
        return "ok";
    case GRUFF_ERROR_MEMORY:
        return "out of memory";
    case GRUFF_ERROR_FILE:
        return "file error";
    case GRUFF_ERROR_FORMAT:
        return "damaged or unknown file";
    case GRUFF_ERROR_UNSUPPORTED:
        return "not supported";
    case GRUFF_ERROR_LIMIT:
        return "too large";
    case GRUFF_ERROR_ARGUMENT:
        return "bad argument";
    }
    return "unknown status";
}

GruffStatus gruff_fail(GruffMessage *message, GruffStatus status, const char *format, ...)
{
    if (message) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(message->text, sizeof message->text, format, arguments);
        va_end(arguments);
    }
    return status;
}
