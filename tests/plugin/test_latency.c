/* The range of the latency port is the true one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../little_models.h"
#include "ports.h"

static void test_latency_range(void **state)
{
    static const double rates[] = {8000, 8001, 11025, 44100, 48000, 192000, 767999, 768000};
    enum { N = sizeof rates / sizeof rates[0] };
    uint32_t most = 0;
    (void)state;
    for (int host = 0; host < N; host++)
        for (int own = 0; own < N; own++) {
            const GruffNetOptions options = {.rate_hz = rates[host]};
            GruffModel *model = little_hop(rates[own], GRUFF_MAX_HOP);
            GruffNet *net;
            GruffMessage message;
            assert_int_equal(gruff_net_build(model, &options, &message, &net), GRUFF_OK);
            if (gruff_net_latency(net) > most)
                most = gruff_net_latency(net);
            gruff_net_free(net);
            gruff_model_free(model);
        }
    assert_int_equal(most, (uint32_t)gruff_ports[PORT_LATENCY].most);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_latency_range)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
