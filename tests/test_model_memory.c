/* Reading, writing, packing: every allocation fails in turn. Nothing crashes, nothing leaks, and what does
 * not fail is as if nothing had happened. The C library's allocator is wrapped here for all libraries of the
 * process. */
#include "failing_malloc.h"
#include "model_help.h"
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef FAILING_MALLOC_WORKS
int main(void)
{
    puts("skipped: the allocator cannot be wrapped in this build");
    return 77;
}
#else

/* ---- every point ---- */

/* Does something with a model or a file; on success what it made, which is freed outside the count. */
typedef GruffStatus Action(const char *path, GruffMessage *message, GruffModel **model);

static GruffStatus reading(const char *path, GruffMessage *message, GruffModel **model)
{
    return gruff_model_load(path, message, model);
}

static GruffModel *to_write;
static GruffFormat write_as;

static GruffStatus writing(const char *path, GruffMessage *message, GruffModel **model)
{
    *model = NULL;
    return gruff_model_write(to_write, path, write_as, message);
}

static GruffStatus packing(const char *path, GruffMessage *message, GruffModel **model)
{
    (void)path;
    GruffNet *net;
    *model = NULL;
    GruffStatus status = gruff_net_build(to_write, NULL, message, &net);
    if (status)
        assert_null(net);
    gruff_net_free(net);
    return status;
}

/* The nth allocation fails; a model that comes of it all the same must be like whole. */
static GruffStatus try(Action *action, const char *path, long n, const GruffModel *whole)
{
    GruffMessage message = {""};
    GruffModel *model = NULL;
    failing_malloc.n_allocations = failing_malloc.n_live = 0;
    failing_malloc.fail_at = n;
    failing_malloc.counting = true;
    GruffStatus status = action(path, &message, &model);
    if (status) {
        failing_malloc.counting = false;
        assert_null(model);
        assert_true(*message.text);
        bool sound = status == GRUFF_ERROR_MEMORY || (action == reading && status == GRUFF_ERROR_FORMAT) ||
                     (action == writing && status == GRUFF_ERROR_ARGUMENT);
        if (!sound)
            fail_msg("allocation %ld: %s", n, message.text);
    } else if (model) {
        failing_malloc.counting = false;

        assert_same_sound(model, whole);
        assert_same_words(model, whole);
        assert_int_equal(model->self_test, whole->self_test);
        failing_malloc.counting = true;
        gruff_model_free(model);
    }
    failing_malloc.counting = false;
    if (failing_malloc.n_live != 0)
        fail_msg("allocation %ld failed: %ld blocks leaked (%s)", n, failing_malloc.n_live, message.text);
    return status;
}

static void fail_everywhere(const char *what, Action *action, const char *path, const GruffModel *whole)
{
    long n = 1, n_memory = 0, n_other = 0;
    assert_int_equal(try(action, path, 0, whole), GRUFF_OK);
    long n_all = failing_malloc.n_allocations;
    for (; n <= n_all; n++) {
        GruffStatus status = try(action, path, n, whole);
        n_memory += status == GRUFF_ERROR_MEMORY;
        n_other += status && status != GRUFF_ERROR_MEMORY;
    }
    print_message("%s: %ld allocations; failing, %ld say no memory, %ld another reason, %ld do without\n",
                  what, n_all, n_memory, n_other, n_all - n_memory - n_other);
    assert_true(n_all > 0 && n_memory > n_all / 2);
}

static GruffModel *tested_model(GruffCell cell, uint32_t n_rec)
{
    GruffModel *model = stack_model(cell, GRUFF_RESET_AFTER, 0, n_rec, 2, 1);
    model->rate_hz = 44100;
    assert_int_equal(gruff_model_set_meta(model, "author", "\"A\""), GRUFF_OK);
    assert_int_equal(gruff_model_set_meta(model, "sub", "{\"a\":[1.5,2]}"), GRUFF_OK);
    model->n_self_test = 4;
    model->self_test_in = calloc(4, sizeof(float));
    model->self_test_out = calloc(4, sizeof(float));
    model->self_test_out[2] = 1; /* fails: repairs are tried too */
    return model;
}

static void all_of_it(GruffCell cell, GruffFormat format)
{
    char path[256];
    strcpy(path, scratch_path("amp.json"));
    to_write = tested_model(cell, 2);
    to_write->format = write_as = format;
    save(to_write, path, format);
    GruffModel *whole = load(path);
    fail_everywhere("reading", reading, path, whole);
    fail_everywhere("packing", packing, path, whole);
    write_whole(path, "old", 4);
    for (long n = 1; try(writing, path, n, whole); n++) {
        size_t size;
        char *kept = read_whole(path, &size);
        assert_string_equal(kept, "old");
        free(kept);
        assert_int_equal(access(scratch_path("amp.json.0.new"), F_OK), -1);
    }
    fail_everywhere("writing", writing, path, whole);
    gruff_model_free(whole);
    gruff_model_free(to_write);
}

static void keras(void **state)
{
    (void)state;
    all_of_it(GRUFF_CELL_GRU, GRUFF_FORMAT_KERAS);
}

static void torch(void **state)
{
    (void)state;
    all_of_it(GRUFF_CELL_GRU, GRUFF_FORMAT_TORCH);
}

static void nam(void **state)
{
    (void)state;
    all_of_it(GRUFF_CELL_LSTM, GRUFF_FORMAT_NAM);
}

static void everything_in_one(void **state)
{
    (void)state;
    char path[256];
    strcpy(path, scratch_path("rich.json"));
    GruffModel *rich = rich_model();
    save(rich, path, GRUFF_FORMAT_KERAS);
    fail_everywhere("reading", reading, path, rich);
    gruff_model_free(rich);
}

int main(void)
{
    random_seed();
    const struct CMUnitTest tests[] = {cmocka_unit_test(keras), cmocka_unit_test(torch),
                                       cmocka_unit_test(nam), cmocka_unit_test(everything_in_one)};
    return cmocka_run_group_tests_name("model_memory", tests, NULL, NULL);
}
#endif
