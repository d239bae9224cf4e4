/* Files that were cut, changed or made to hurt: refused in words, quickly and in little memory.
 *
 *     test_model_hostile          cut and changed files
 *     test_model_hostile bombs    large ones
 *
 * GRUFF_STRIDE=N tries one change in N, for slow machines and checkers. */
#include "model_help.h"
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static size_t stride = 1;

/* A model of each format, small; the caller frees. */
static char *small_file(GruffFormat format, size_t *n)
{
    GruffModel *model = stack_model(format == GRUFF_FORMAT_NAM ? GRUFF_CELL_LSTM : GRUFF_CELL_GRU,
                                    GRUFF_RESET_AFTER, 0, 1, 1, 1);
    model->rate_hz = 44100;
    if (format == GRUFF_FORMAT_KERAS) {
        model->n_self_test = 3;
        model->self_test_in = calloc(3, sizeof(float));
        model->self_test_out = calloc(3, sizeof(float));
    }
    save(model, scratch_path("small"), format);
    gruff_model_free(model);
    return read_whole(scratch_path("small"), n);
}

/* What is read must be sound, and what is refused must be refused in words. True: read. */
static bool read_any(const char *bytes, size_t n)
{
    GruffMessage message = {"?"};
    GruffModel *model = (GruffModel *)&message;
    GruffStatus status = gruff_model_read(bytes, n, "x.json", &message, &model);
    if (status) {
        assert_null(model);
        assert_true(status == GRUFF_ERROR_FORMAT || status == GRUFF_ERROR_LIMIT ||
                    status == GRUFF_ERROR_UNSUPPORTED);
        assert_memory_equal(message.text, "x.json: ", 8);
        assert_true(strlen(message.text) > 14 && strlen(message.text) < sizeof message.text - 1);
        return false;
    }
    GruffNet *net;
    float x[40] = {0.5f}, y[40];
    assert_string_equal(message.text, "");
    assert_int_equal(gruff_model_check(model, "x.json", &message), GRUFF_OK);
    assert_int_equal(gruff_net_build(model, NULL, &message, &net), GRUFF_OK);
    gruff_net_run(net, (const float *const[]){x}, (float *const[]){y}, NULL, 40);
    gruff_net_free(net);
    gruff_model_free(model);
    return true;
}

static void cut_everywhere(const char *bytes, size_t n)
{
    size_t end = n;
    while (bytes[end - 1] != '}')
        end--;
    for (size_t k = 0; k < end; k += stride) {
        char *exact = malloc(k ? k : 1); /* so that a checker sees reads beyond the end */
        memcpy(exact, bytes, k);
        assert_false(read_any(exact, k));
        free(exact);
    }
    assert_true(read_any(bytes, n));
}

static void cut_at_every_byte(void **state)
{
    (void)state;
    size_t n;
    for (int format = GRUFF_FORMAT_KERAS; format <= GRUFF_FORMAT_NAM; format++) {
        char *bytes = small_file((GruffFormat)format, &n);
        cut_everywhere(bytes, n);
        free(bytes);
    }
    GruffModel *rich = rich_model();
    save(rich, scratch_path("rich.json"), GRUFF_FORMAT_KERAS);
    char *bytes = read_whole(scratch_path("rich.json"), &n);
    cut_everywhere(bytes, n);
    free(bytes);
    gruff_model_free(rich);
}

/* Every byte of a tiny file, every value. */
static void change_every_byte(void **state)
{
    (void)state;
    char tiny[2][160] = {"{\"layers\":[{\"type\":\"rnn\",\"weights\":[[[1]],[[2]],[3]],\"h0\":[1]}]}",
                         "{\"architecture\":\"LSTM\",\"config\":{\"hidden_size\":1},\"weights\":["
                         "1,2,3,4,5,6,7,8,9,8,7,6,5,4,3,2]}"};
    size_t n_read = 0, n_tried = 0;
    for (int file = 0; file < 2; file++) {
        size_t n = strlen(tiny[file]);
        assert_true(read_any(tiny[file], n));
        for (size_t k = 0; k < n * 255; k += stride, n_tried++) {
            char *byte = &tiny[file][k / 255], kept = *byte;
            *byte = (char)(kept + 1 + (char)(k % 255));
            n_read += read_any(tiny[file], n);
            *byte = kept;
        }
    }
    print_message("%zu changes, %zu of them still a model\n", n_tried, n_read);
    assert_true(n_read > n_tried / 300 && n_read < n_tried / 2);
}

/* Some bytes of a larger file: changed, taken out, doubled. */
static void change_some(const char *bytes, size_t n)
{
    char *changed = malloc(2 * n);
    for (size_t k = 0; k < 4000; k += stride) {
        size_t from = random_below((uint32_t)n), width = random_below(40), m = n;
        if (width > n - from)
            width = n - from;
        memcpy(changed, bytes, n);
        if (k % 4 == 0) {
            memmove(changed + from, bytes + from + width, n - from - width), m = n - width;
        } else if (k % 4 == 1) {
            memmove(changed + from + width, bytes + from, n - from), m = n + width;
        } else {
            changed[from] = "0123456789-+.eE,:[]{}\"\\ntf \0\xff"[random_below(29)];
        }
        read_any(changed, m);
    }
    free(changed);
}

static void change_some_bytes(void **state)
{
    (void)state;
    size_t n;
    GruffModel *rich = rich_model();
    save(rich, scratch_path("rich.json"), GRUFF_FORMAT_KERAS);
    gruff_model_free(rich);
    char *bytes = read_whole(scratch_path("rich.json"), &n);
    change_some(bytes, n);
    free(bytes);
    for (int format = GRUFF_FORMAT_KERAS; format <= GRUFF_FORMAT_NAM; format++) {
        bytes = small_file((GruffFormat)format, &n);
        change_some(bytes, n);
        free(bytes);
    }
}

/* ---- bombs ---- */

typedef struct Bomb {
    const char *head, *body, *tail;
    size_t n_bytes; /* of as many bodies as fit */
    GruffStatus status;
    const char *part; /* of the message */
} Bomb;

static char *make_bomb(const Bomb *bomb, size_t *n)
{
    size_t n_head = strlen(bomb->head), n_body = strlen(bomb->body), n_tail = strlen(bomb->tail);
    char *bytes = malloc(bomb->n_bytes + n_head + n_body + n_tail), *at = bytes;
    assert_non_null(bytes);
    memcpy(at, bomb->head, n_head), at += n_head;
    for (size_t k = 0; k + n_body <= bomb->n_bytes; k += n_body)
        memcpy(at, bomb->body, n_body), at += n_body;
    memcpy(at, bomb->tail, n_tail), at += n_tail;
    *n = (size_t)(at - bytes);
    return bytes;
}

/* In a child, so that its memory can be told. */
static void set_off(const Bomb *bomb)
{
    struct rusage use;
    int status;
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = fork();
    if (!child) {
        size_t n;
        GruffMessage message = {""};
        GruffModel *model;
        char *bytes = make_bomb(bomb, &n);
        GruffStatus got = gruff_model_read(bytes, n, "x.json", &message, &model);
        free(bytes);
        gruff_model_free(model);
        bool right = got == bomb->status && strstr(message.text, bomb->part);
        printf("  %.60s\n", right ? bomb->head : message.text);
        fflush(stdout);
        _exit(right ? 0 : 1);
    }
    assert_int_equal(wait4(child, &status, 0, &use), child);
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
    print_message("%.24s%s: %ld MB, %.2f s\n", bomb->head, bomb->body, use.ru_maxrss / 1024, seconds);
    assert_int_equal(status, 0);
    assert_true(seconds < 30);
#ifndef __SANITIZE_ADDRESS__
    assert_true(use.ru_maxrss / 1024 < 512 + (long)(bomb->n_bytes >> 20));
#endif
}

static void bombs(void **state)
{
    (void)state;
    const size_t mega = 1u << 20, most = GRUFF_MAX_FILE_BYTES - 100;
    const Bomb all[] = {
        {"", "[", "", most, GRUFF_ERROR_LIMIT, "levels of lists in lists"},
        {"{\"layers\": ", "{\"a\":", "", most, GRUFF_ERROR_LIMIT, "levels"},
        {"{\"layers\": [[]", ",[]", "]}", 12 * mega, GRUFF_ERROR_LIMIT, "lists; a model file may have"},
        {"{\"layers\": [{}", ",{}", "]}", 12 * mega, GRUFF_ERROR_LIMIT, "lists"},
        {"{\"layers\": [0", ",0", "]}", most, GRUFF_ERROR_LIMIT, "values"},
        {"{\"a\":0", ",\"b\":0", "}", most, GRUFF_ERROR_LIMIT, "values"},
        {"{\"a\":0", ",\"b\":0", "}", 20 * mega, GRUFF_ERROR_LIMIT, "keys"},
        {"{\"layers\": \"", "x", "\"}", most, GRUFF_ERROR_LIMIT, "letters"},
        {"{\"layers\": 0.", "0", "1}", most, GRUFF_ERROR_FORMAT, "has no layers"},
        {"", " ", "", most, GRUFF_ERROR_FORMAT, "line 1, column"},
        {"", "\n", "", most, GRUFF_ERROR_FORMAT, "not valid JSON"},
        {"", "\"", "", most, GRUFF_ERROR_FORMAT, "not valid JSON"},
        {"", "\xff", "", most, GRUFF_ERROR_FORMAT, "not valid JSON"},
        /* the most that is let through to the parser */
        {"{\"layers\": [0", ",0", "]}", 2 * 4999998, GRUFF_ERROR_LIMIT, "has 4999999 layers"},
        {"{\"layers\": [0.1", ",0.123456789012345678", "]}", 60 * mega, GRUFF_ERROR_LIMIT, "layers"},
        {"{\"layers\": [{}", ",{}", "]}", 3 * 249990, GRUFF_ERROR_LIMIT, "layers"},
        {"{\"architecture\": \"LSTM\", \"config\": {\"hidden_size\": 512, \"num_layers\": 1}, \"weights\": [0",
         ",0", "]}", 2 * 1055000, GRUFF_ERROR_FORMAT, "not a list of 1054209"},
    };
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        set_off(&all[k]);
}

static void too_many_keys_to_keep(void **state)
{
    (void)state;
    char text[40000] =
        "{\"layers\": [{\"type\": \"dense\", \"weights\": [[[1]], [0]]}], \"metadata\": {\"a\": 0";
    for (int k = 0; k < 1100; k++)
        sprintf(text + strlen(text), ", \"key %d\": %d", k, k);
    strcat(text, "}}");
    refuse_text(text, strlen(text), GRUFF_ERROR_LIMIT, "too large");
}

static void a_file_of_100_mb(void **state)
{
    (void)state;
    const char *path = scratch_path("huge.json");
    GruffMessage message;
    GruffModel *model;
    write_whole(path, "{", 1);
    assert_int_equal(truncate(path, 100 << 20), 0);
    assert_int_equal(gruff_model_load(path, &message, &model), GRUFF_ERROR_LIMIT);
    assert_non_null(strstr(message.text, "is 100 MB; model files are at most 64 MB"));
    assert_int_equal(gruff_model_read(path, (size_t)100 << 20, "x.json", &message, &model),
                     GRUFF_ERROR_LIMIT);
    assert_null(model);
}

/* The largest net with the longest self-test: bounded work, whatever the file asks for. */
static void a_long_self_test(void **state)
{
    (void)state;
    GruffModel *model = stack_model(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 0, 2, 512, 1);
    for (uint32_t k = 0; k < 2; k++)
        memset(model->layers[k].u, 0, (size_t)3 * 512 * 512 * sizeof(float));
    memset(model->layers[1].w, 0, (size_t)3 * 512 * 512 * sizeof(float));
    model->n_self_test = GRUFF_MAX_SELF_TEST;
    model->self_test_in = calloc(GRUFF_MAX_SELF_TEST, sizeof(float));
    model->self_test_out = calloc(GRUFF_MAX_SELF_TEST, sizeof(float));
    model->self_test_out[0] = 1;
    struct timespec start, end;
    save(model, scratch_path("long.json"), GRUFF_FORMAT_KERAS);
    clock_gettime(CLOCK_MONOTONIC, &start);
    GruffModel *back = load(scratch_path("long.json"));
    clock_gettime(CLOCK_MONOTONIC, &end);
    print_message("%.2f s\n",
                  (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec));
    assert_true(end.tv_sec - start.tv_sec < 20);
    assert_int_equal(back->self_test, GRUFF_SELF_TEST_FAILED);
    assert_int_equal(back->n_self_test, GRUFF_MAX_SELF_TEST);
    gruff_model_free(back);
    gruff_model_free(model);
}

int main(int argc, char **argv)
{
    random_seed();
    if (getenv("GRUFF_STRIDE"))
        stride = (size_t)strtoul(getenv("GRUFF_STRIDE"), NULL, 10);
    stride = stride ? stride : 1;
    const struct CMUnitTest damaged[] = {
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(change_every_byte),
        cmocka_unit_test(change_some_bytes),
    };
    const struct CMUnitTest large[] = {
        cmocka_unit_test(bombs),
        cmocka_unit_test(too_many_keys_to_keep),
        cmocka_unit_test(a_file_of_100_mb),
        cmocka_unit_test(a_long_self_test),
    };
    if (argc > 1 && !strcmp(argv[1], "bombs"))
        return cmocka_run_group_tests_name("model_bombs", large, NULL, NULL);
    return cmocka_run_group_tests_name("model_hostile", damaged, NULL, NULL);
}
