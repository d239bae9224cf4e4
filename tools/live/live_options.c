#include "live/live.h"

#include "audio/audio_options.h"
#include "say.h"

int live_options_parse(int argc, char **argv, PlayOptions *play, LiveOptions *options)
{
    *options = (LiveOptions){0};
    play_options_init(play);
    Option audio[AUDIO_N_OPTIONS];
    audio_options_init(&options->wish, &options->list, audio);
    const Option own[] = {
        {"record", 0, OPTION_TEXT, &options->record, "FILE",
         "record from the start: FILE.wav as heard, FILE-dry.wav the guitar alone. Nothing is overwritten: -2, -3 … "
         "is added to the name",
         0, 0, NULL},
        {"status", 0, OPTION_FLAG, &options->status, NULL, "print a line of key=value words every second", 0,
         0, NULL},
        {0}};
    const OptionPage page = {
        "live",
        "gruff live [options] [MODEL...]\ngruff live --list",
        "Play live: the guitar comes in at a sound device, the sound of a model goes out. With several models, "
        "or those beside the first in its folder, keys step through them while you play. Input and output "
        "devices are remembered for next time.",
        {{"The sound:", play->options}, {"The devices:", audio}, {"And:", own}},
        "On a terminal, ? shows the keys."};
    int first;
    int status = options_parse(&page, argc, argv, &first);
    if (status != OPTIONS_PARSED)
        return status;
    if (play->model)
        options->models[options->n_models++] = play->model;
    for (int i = first; i < argc; i++) {
        if (options->n_models == LIVE_MAX_MODELS)
            return say_usage("live", "%s: more than %d models; give their folder's first with -m instead",
                             argv[i], LIVE_MAX_MODELS);
        options->models[options->n_models++] = argv[i];
    }
    options->chose_device = audio_wish_names_device(&options->wish);
    return play_options_check(play, "live");
}
