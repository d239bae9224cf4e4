/* Writing models: what is written reads back to the last bit, what cannot be held is refused, and nothing
 * already there is lost. */
#include "model_help.h"
#include "reference.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- round trips ---- */

static void assert_round_trip(GruffModel *model, GruffFormat format)
{
    const char *path = scratch_path("round.json"), *again = scratch_path("again.json");
    size_t n, n_again;
    save(model, path, format);
    GruffModel *back = load(path);
    assert_int_equal(back->format, format);
    assert_same_sound(back, model);
    assert_same_words(back, model);
    save(back, again, format);
    char *first = read_whole(path, &n), *second = read_whole(again, &n_again);
    assert_string_equal(first, second);
    free(first);
    free(second);
    gruff_model_free(back);
}

static void keras_holds_everything(void **state)
{
    (void)state;
    GruffModel *model = rich_model();
    assert_round_trip(model, GRUFF_FORMAT_KERAS);
    gruff_model_free(model);
    model = stack_model(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 1, 1, 6, 32);
    assert_round_trip(model, GRUFF_FORMAT_KERAS);
    gruff_model_free(model);
}

static void torch_holds_plain_stacks(void **state)
{
    (void)state;
    static const GruffCell cells[] = {GRUFF_CELL_GRU, GRUFF_CELL_LSTM, GRUFF_CELL_RNN};
    for (uint32_t k = 0; k < 6; k++) {
        GruffModel *model = stack_model(cells[k % 3], GRUFF_RESET_AFTER, k % 3, 1 + k / 3, 7, 1);
        random_layer(&model->layers[0], 1); /* a second bias */
        model->format = GRUFF_FORMAT_TORCH;
        model->rate_hz = 44100;
        model->skip = k & 1;
        if (k > 2)
            random_state(model);
        if (model->n_knobs)
            model->knob_name[0] = strdup("Gain");
        assert_int_equal(gruff_model_set_meta(model, "style", "\"clean\""), GRUFF_OK);
        assert_int_equal(gruff_model_set_meta(model, "/epochs", "{\"best\":750}"), GRUFF_OK);
        assert_round_trip(model, GRUFF_FORMAT_TORCH);
        gruff_model_free(model);
    }
}

static GruffModel *nam_model(uint32_t n_rec)
{
    GruffModel *model = stack_model(GRUFF_CELL_LSTM, GRUFF_RESET_AFTER, 0, n_rec, 5, 1);
    random_state(model);
    model->format = GRUFF_FORMAT_NAM;
    model->has_loudness = true;
    model->loudness_db = -20.123456789012345;
    assert_int_equal(gruff_model_set_meta(model, "date", "{\"year\":2024,\"month\":1}"), GRUFF_OK);
    assert_int_equal(gruff_model_set_meta(model, "modeled_by", "\"Steve\""), GRUFF_OK);
    assert_int_equal(gruff_model_set_meta(model, "gear_make", "null"), GRUFF_OK);
    assert_int_equal(gruff_model_set_meta(model, "/version", "\"0.5.1\""), GRUFF_OK);
    return model;
}

static void nam_holds_lstm(void **state)
{
    (void)state;
    for (uint32_t n_rec = 1; n_rec <= 3; n_rec++) {
        GruffModel *model = nam_model(n_rec);
        assert_round_trip(model, GRUFF_FORMAT_NAM);
        gruff_model_free(model);
    }
}

/* Through another format and back; at is where it passes. */
static GruffModel *pass_through(const GruffModel *model, GruffFormat format)
{
    const char *there = scratch_path("there"), *back = scratch_path("back");
    save(model, there, format);
    GruffModel *other = load(there);
    assert_int_equal(other->format, format);
    save(other, back, model->format);
    gruff_model_free(other);
    return load(back);
}

static void nam_through_keras_and_torch(void **state)
{
    (void)state;
    GruffModel *model = nam_model(2), *back = pass_through(model, GRUFF_FORMAT_KERAS);
    assert_same_sound(back, model); /* with the initial state */
    assert_int_equal(gruff_model_set_meta(model, "/version", "\"0.5.4\""), GRUFF_OK); /* NAM's own affair */
    assert_string_equal(back->meta[1].key, "modeled_by");
    assert_string_equal(back->meta[1].json, "\"Steve\"");
    assert_string_equal(back->meta[0].json, "{\"year\":2024,\"month\":1}");
    assert_true(back->loudness_db == model->loudness_db);
    gruff_model_free(back);
    model->rate_hz = 44100;
    back = pass_through(model, GRUFF_FORMAT_TORCH);
    assert_same_sound(back, model);
    gruff_model_free(back);
    gruff_model_free(model);
}

static void author_is_translated(void **state)
{
    (void)state;
    GruffModel *model = nam_model(1);
    save(model, scratch_path("a.json"), GRUFF_FORMAT_KERAS);
    GruffModel *back = load(scratch_path("a.json"));
    assert_string_equal(back->meta[1].key, "author");
    assert_int_equal(back->n_meta, 3); /* not NAM's version */
    gruff_model_free(back);
    model->format = GRUFF_FORMAT_KERAS; /* where some files have such things at the top */
    assert_int_equal(gruff_model_set_meta(model, "modeled_by", NULL), GRUFF_OK);
    assert_int_equal(gruff_model_set_meta(model, "/author", "\"Spunk\""), GRUFF_OK);
    save(model, scratch_path("a.nam"), GRUFF_FORMAT_NAM);
    back = load(scratch_path("a.nam"));
    const GruffMeta *last = &back->meta[back->n_meta - 1];
    if (!strcmp(last->key, "/version"))
        last--;
    assert_string_equal(last->key, "modeled_by");
    assert_string_equal(last->json, "\"Spunk\"");
    gruff_model_free(back);
    gruff_model_free(model);
}

static void torch_through_keras(void **state)
{
    (void)state;
    GruffModel *model = stack_model(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 2, 2, 9, 1);
    model->format = GRUFF_FORMAT_TORCH;
    model->rate_hz = 44100;
    model->skip = true;
    GruffModel *back = pass_through(model, GRUFF_FORMAT_KERAS);
    assert_same_sound(back, model);
    gruff_model_free(back);
    gruff_model_free(model);
}

/* ---- numbers ---- */

static void every_float_comes_back(void **state)
{
    (void)state;
    static const float hard[] = {0.0f,      -0.0f,    FLT_MIN, -FLT_MIN / 8, FLT_TRUE_MIN, FLT_MAX,
                                 -FLT_MAX,  1.0f / 3, 0.1f,    16777216.0f,  1e-10f,       9.99999975e-5f,
                                 8388609.f, 3.4e38f,  -1e-40f, 0.3f};
    GruffModel *model = stack_model(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 0, 1, 40, 1);
    GruffLayer *layer = &model->layers[0];
    for (size_t i = 0; i < 120 * 40; i++) {
        uint32_t bits = random_below(0x7F800000u) | random_below(2) << 31;
        memcpy(&layer->u[i], &bits, sizeof bits);
    }
    memcpy(layer->u, hard, sizeof hard);
    assert_round_trip(model, GRUFF_FORMAT_KERAS);
    gruff_model_free(model);
}

/* A locale with a decimal comma, made here if the system has none. */
static bool use_comma(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "it_IT.UTF-8"};
    char command[600];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (setlocale(LC_ALL, names[i]) && localeconv()->decimal_point[0] == ',')
            return true;
    const char *path = scratch_path("de_DE.UTF-8");
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 '%s' >/dev/null 2>&1", path);
    if (system(command))
        return false;
    char *slash = strrchr(strcpy(command, path), '/');
    *slash = 0;
    setenv("LOCPATH", command, 1);
    return setlocale(LC_ALL, "de_DE.UTF-8") && localeconv()->decimal_point[0] == ',';
}

static void locale_does_not_matter(void **state)
{
    (void)state;
    size_t n, n_comma;
    GruffModel *model = rich_model();
    save(model, scratch_path("point.json"), GRUFF_FORMAT_KERAS);
    if (!use_comma()) {
        setlocale(LC_ALL, "C");
        gruff_model_free(model);
        puts("skipped: no locale with a decimal comma here, and none could be made (package locales)");
        skip();
    }
    char shown[8];
    snprintf(shown, sizeof shown, "%.1f", 0.5);
    assert_string_equal(shown, "0,5"); /* the locale is really in force */
    save(model, scratch_path("comma.json"), GRUFF_FORMAT_KERAS);
    GruffModel *back = load(scratch_path("comma.json"));
    GruffModel *text_rate =
        read_text("{\"layers\": [{\"type\": \"dense\", \"shape\": [1], \"weights\": [[[0.5]], [0.25]]}],"
                  " \"samplerate\": \"44100.5\"}");
    setlocale(LC_ALL, "C");
    assert_true(text_rate->rate_hz == 44100.5 && text_rate->layers[0].b[0] == 0.25f);
    assert_same_sound(back, model);
    assert_same_words(back, model);
    char *point = read_whole(scratch_path("point.json"), &n);
    char *comma = read_whole(scratch_path("comma.json"), &n_comma);
    assert_string_equal(point, comma);
    free(point);
    free(comma);
    gruff_model_free(text_rate);
    gruff_model_free(back);
    gruff_model_free(model);
}

/* ---- gains, and what is left out ---- */

static void gains_go_into_the_weights(void **state)
{
    (void)state;
    GruffModel *model = stack_model(GRUFF_CELL_LSTM, GRUFF_RESET_AFTER, 0, 2, 8, 1);
    model->rate_hz = 44100;
    model->in_gain_db = 9.5;
    model->out_gain_db = -5.25;
    for (int format = GRUFF_FORMAT_TORCH; format <= GRUFF_FORMAT_NAM; format++) {
        GruffMessage message;
        assert_int_equal(gruff_model_write(model, scratch_path("gained"), (GruffFormat)format, &message),
                         GRUFF_OK);
        assert_non_null(strstr(message.text, "went into the weights"));
        GruffModel *back = load(scratch_path("gained"));
        assert_true(back->in_gain_db == 0 && back->out_gain_db == 0);
        assert_true(sound_difference(back, model) < 1e-5);
        gruff_model_free(back);
    }
    gruff_model_free(model);
    model = stack_model(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 2, 1, 8, 1); /* knobs must not be gained */
    model->rate_hz = 44100;
    model->skip = true;
    model->in_gain_db = 6;
    model->out_gain_db = -6;
    save(model, scratch_path("gained"), GRUFF_FORMAT_TORCH);
    GruffModel *back = load(scratch_path("gained"));
    assert_true(back->skip && sound_difference(back, model) < 1e-5);
    gruff_model_free(back);
    gruff_model_free(model);
}

static void what_is_left_out_is_told(void **state)
{
    (void)state;
    GruffMessage message;
    GruffModel *model = nam_model(1);
    model->n_self_test = 3;
    model->self_test_in = calloc(3, sizeof(float));
    model->self_test_out = calloc(3, sizeof(float));
    assert_int_equal(gruff_model_write(model, scratch_path("a.nam"), GRUFF_FORMAT_NAM, &message), GRUFF_OK);
    assert_non_null(strstr(message.text, "self-test"));
    assert_int_equal(gruff_model_write(model, scratch_path("a.json"), GRUFF_FORMAT_KERAS, &message),
                     GRUFF_OK);
    assert_string_equal(message.text, "");
    GruffModel *back = load(scratch_path("a.json"));
    assert_int_equal(back->n_self_test, 3);
    gruff_model_free(back);
    gruff_model_free(model);
}

/* ---- refusals ---- */

static void refused(GruffModel *model, GruffFormat format, GruffStatus status, const char *part)
{
    GruffMessage message = {""};
    const char *path = scratch_path("refused");
    assert_int_equal(gruff_model_write(model, path, format, &message), status);
    if (strncmp(message.text, path, strlen(path)) || !strstr(message.text, part))
        fail_msg("'%s' does not say '%s'", message.text, part);
    assert_int_equal(access(path, F_OK), -1);
    gruff_model_free(model);
}

static GruffModel *plain(GruffCell cell, GruffReset reset, uint32_t n_knobs, uint32_t hop)
{
    GruffModel *model = stack_model(cell, reset, n_knobs, 2, 4, hop);
    model->rate_hz = 44100;
    return model;
}

static void what_a_format_cannot_hold(void **state)
{
    (void)state;
    const GruffStatus no = GRUFF_ERROR_UNSUPPORTED;
    GruffModel *m;
    refused(plain(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 0, 1), GRUFF_FORMAT_NAM, no, "has gru layers");
    refused(plain(GRUFF_CELL_LSTM, GRUFF_RESET_AFTER, 1, 1), GRUFF_FORMAT_NAM, no, "no knobs");
    (m = plain(GRUFF_CELL_LSTM, GRUFF_RESET_AFTER, 0, 1))->skip = true;
    refused(m, GRUFF_FORMAT_NAM, no, "add its input");
    refused(plain(GRUFF_CELL_GRU, GRUFF_RESET_BEFORE, 0, 1), GRUFF_FORMAT_TORCH, no, "before the product");
    refused(plain(GRUFF_CELL_GRU, GRUFF_RESET_NONE, 0, 1), GRUFF_FORMAT_TORCH, no, "without a reset gate");
    refused(plain(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 0, 8), GRUFF_FORMAT_TORCH, no, "once per 8");
    (m = plain(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 0, 1))->rate_hz = 48000;
    refused(m, GRUFF_FORMAT_TORCH, no, "sample rate");
    (m = plain(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 0, 1))->layers[2].activation = GRUFF_ACTIVATION_TANH;
    refused(m, GRUFF_FORMAT_TORCH, no, "linear dense layer");
    m = plain(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 0, 1);
    m->skip = true;
    m->in_gain_db = 3;
    refused(m, GRUFF_FORMAT_TORCH, no, "gains (3 and 0 dB)");
    m = rich_model();
    m->hop = 1;
    refused(m, GRUFF_FORMAT_TORCH, no, "layer 1 (dense, 4 units) does not fit");
    (m = plain(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 0, 1))->layers[0].w[3] = NAN;
    refused(m, GRUFF_FORMAT_KERAS, GRUFF_ERROR_FORMAT, "not finite");
    m = plain(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 0, 1);
    assert_int_equal(gruff_model_set_meta(m, "bad", "no JSON"), GRUFF_OK);
    refused(m, GRUFF_FORMAT_KERAS, GRUFF_ERROR_ARGUMENT, "could not be read back");
    refused(plain(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 0, 1), (GruffFormat)7, GRUFF_ERROR_ARGUMENT,
            "not written");
}

static void not_to_be_written(const char *path, const char *part)
{
    GruffMessage message = {""};
    GruffModel *model = nam_model(1);
    assert_int_equal(gruff_model_write(model, path, GRUFF_FORMAT_NAM, &message), GRUFF_ERROR_FILE);
    if (!strstr(message.text, part))
        fail_msg("'%s' does not say '%s'", message.text, part);
    gruff_model_free(model);
}

static void bad_places(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(scratch_path("pipe"), 0600), 0); /* no device: a broken check would replace it */
    not_to_be_written(scratch_path("pipe"), "not an ordinary file");
    assert_int_equal(mkdir(scratch_path("folder"), 0700), 0);
    not_to_be_written(scratch_path("folder"), "is a folder");
    not_to_be_written(scratch_path("no/such/folder.nam"), "No such file or directory");
    not_to_be_written("", "No such file or directory");
}

/* A full disk, as a limit on file sizes: the old file stays, no other is left. */
static void a_failed_write_loses_nothing(void **state)
{
    (void)state;
    size_t n;
    struct rlimit old, small;
    GruffModel *model = nam_model(3);
    const char *path = scratch_path("kept.nam");
    write_whole(path, "old", 3);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    GruffMessage message = {""};
    GruffStatus status = gruff_model_write(model, path, GRUFF_FORMAT_NAM, &message);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(status, GRUFF_ERROR_FILE);
    assert_non_null(strstr(message.text, strerror(EFBIG)));
    char *kept = read_whole(path, &n);
    assert_string_equal(kept, "old");
    free(kept);
    assert_int_equal(access(scratch_path("kept.nam.0.new"), F_OK), -1);
    gruff_model_free(model);
}

static void links_and_modes_are_kept(void **state)
{
    (void)state;
    struct stat facts;
    GruffModel *model = nam_model(1);
    const char *path = scratch_path("target.nam"), *link = scratch_path("link.nam");
    write_whole(path, "old", 3);
    chmod(path, 0640);
    assert_int_equal(symlink("target.nam", link), 0);
    write_whole(scratch_path("target.nam.0.new"), "in the way", 10);
    save(model, link, GRUFF_FORMAT_NAM);
    assert_int_equal(lstat(link, &facts), 0);
    assert_true(S_ISLNK(facts.st_mode));
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 07777, 0640);
    GruffModel *back = load(path);
    assert_same_sound(back, model);
    gruff_model_free(back);
    gruff_model_free(model);
    assert_int_equal(access(scratch_path("target.nam.0.new"), F_OK), 0);
    assert_int_equal(access(scratch_path("target.nam.1.new"), F_OK), -1);
}

int main(void)
{
    random_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keras_holds_everything),
        cmocka_unit_test(torch_holds_plain_stacks),
        cmocka_unit_test(nam_holds_lstm),
        cmocka_unit_test(nam_through_keras_and_torch),
        cmocka_unit_test(author_is_translated),
        cmocka_unit_test(torch_through_keras),
        cmocka_unit_test(every_float_comes_back),
        cmocka_unit_test(locale_does_not_matter),
        cmocka_unit_test(gains_go_into_the_weights),
        cmocka_unit_test(what_is_left_out_is_told),
        cmocka_unit_test(what_a_format_cannot_hold),
        cmocka_unit_test(bad_places),
        cmocka_unit_test(a_failed_write_loses_nothing),
        cmocka_unit_test(links_and_modes_are_kept),
    };
    return cmocka_run_group_tests_name("model_write", tests, NULL, NULL);
}
