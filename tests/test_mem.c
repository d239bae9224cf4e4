/* Blocks, arenas and status names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mem.h"
#include "status.h"

static void arena_aligns_and_adds_up(void **state)
{
    (void)state;
    GruffArena plan = {0};
    assert_null(gruff_arena_take(&plan, 3, sizeof(float)));
    assert_null(gruff_arena_take(&plan, 17, sizeof(float)));
    assert_int_equal(plan.used, 64 + 128);
    GruffArena arena = {.base = gruff_block_new(plan.used)};
    assert_non_null(arena.base);
    float *a = gruff_arena_take(&arena, 3, sizeof(float));
    float *b = gruff_arena_take(&arena, 17, sizeof(float));
    assert_int_equal((uintptr_t)a % GRUFF_ALIGN, 0);
    assert_ptr_equal(b, a + 16);
    assert_true(b[16] == 0);
    gruff_block_free(arena.base);
}

static void arena_refuses_overflow(void **state)
{
    (void)state;
    GruffArena plan = {0};
    gruff_arena_take(&plan, SIZE_MAX / 4, 8);
    assert_true(plan.failed);
    gruff_arena_take(&plan, 1, 1);
    assert_true(plan.failed);
    assert_null(gruff_block_new(SIZE_MAX - 3));
}

static void failures_are_sentences(void **state)
{
    (void)state;
    GruffMessage message;
    assert_int_equal(gruff_fail(&message, GRUFF_ERROR_FILE, "%s: gone", "a.json"), GRUFF_ERROR_FILE);
    assert_string_equal(message.text, "a.json: gone");
    assert_int_equal(gruff_fail(NULL, GRUFF_ERROR_LIMIT, "x"), GRUFF_ERROR_LIMIT);
    assert_string_equal(gruff_status_name(GRUFF_ERROR_MEMORY), "out of memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_aligns_and_adds_up),
        cmocka_unit_test(arena_refuses_overflow),
        cmocka_unit_test(failures_are_sentences),
    };
    return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
