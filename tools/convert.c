/* gruff convert: a model from one format into another. */
#include "commands.h"
#include "find_model.h"
#include "gruff_model.h"
#include "options.h"

#include <stddef.h>
#include <string.h>

enum { TO_NAME = 3 }; /* by the ending; the others are a GruffFormat */

static const char *const target_names[] = {"keras", "torch", "nam", NULL};

/* What OUT is to be: by --to, else by its ending; an ending must not lie. */
static int pick_format(const char *out, int to, GruffFormat *format)
{
    GruffFormat named = GRUFF_FORMAT_KERAS;
    bool known = gruff_format_of_path(out, &named);
    if (to == TO_NAME && !known)
        return say_usage(
            "convert", "%s: its ending tells no format; end it in .json, .aidax or .nam, or give --to", out);
    *format = to == TO_NAME ? named : (GruffFormat)to;
    bool both_json = named == GRUFF_FORMAT_KERAS && *format == GRUFF_FORMAT_TORCH;
    if (known && *format != named && !both_json)
        return say_usage("convert", "%s: the ending stands for %s, but --to asks for %s", out,
                         gruff_format_name(named), gruff_format_name(*format));
    return OPTIONS_PARSED;
}

static int convert(const char *in, const char *out, GruffFormat format)
{
    char path[FIND_PATH_MAX];
    GruffMessage message = {""};
    GruffModel *model;
    if (!find_model(in, &message, path) || gruff_model_load(path, &message, &model))
        return say_failed("%s", message.text);
    if (*gruff_model_warning(model))
        say_warning("%s: %s", path, gruff_model_warning(model));
    GruffStatus status = gruff_model_write(model, out, format, &message);
    gruff_model_free(model);
    if (status)
        return say_failed("%s", message.text);
    if (*message.text)
        say_warning("%s: %s", out, message.text);
    return EXIT_DONE;
}

int command_convert(int argc, char **argv)
{
    int to = TO_NAME;
    const Option options[] = {{.name = "to",
                               .kind = OPTION_CHOICE,
                               .value = &to,
                               .argument = "FORMAT",
                               .help =
                                   "keras (AIDA-X, RTNeural), torch (Proteus, NeuralPi) or nam; without it "
                                   "as OUT's ending says: .json and .aidax are keras, .nam is nam",
                               .choices = target_names},
                              {0}};
    const OptionPage page = {
        .command = "convert",
        .usage = "gruff convert [--to FORMAT] IN OUT",
        .about = "Writes the model IN in another format. What the other format cannot hold of the "
                 "sound is refused;\nwhat is only left out is told. OUT appears whole or not at "
                 "all, and may be IN.",
        .tables = {{"Options", options}}};
    GruffFormat format = GRUFF_FORMAT_KERAS;
    int first, status = options_parse(&page, argc, argv, &first);
    if (status != OPTIONS_PARSED)
        return status;
    if (argc - first != 2)
        return say_usage("convert", "give two names: IN and OUT");
    if (!strcmp(argv[first + 1], "-"))
        return say_usage("convert", "-: models are not written to standard output; give a file name");
    status = pick_format(argv[first + 1], to, &format);
    return status == OPTIONS_PARSED ? convert(argv[first], argv[first + 1], format) : status;
}
