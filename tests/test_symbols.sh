#!/bin/sh
# The objects that hold RT code may need nothing from outside but a short list. usage: test_symbols.sh LIBRARY
set -eu
library=$1
command -v nm >/dev/null || { echo "skipped: needs nm (Debian: binutils)"; exit 77; }
case $(nm "$library" | grep -c __asan_ || true) in 0) ;; *) echo "skipped: built with a sanitizer"; exit 77 ;; esac

# Plain memory, string and mathematical functions; what the compiler brings in; our own.
allowed='^(mem(cpy|set|move|cmp)|bcmp|strcmp|pow|exp2?f?|log|log10|sqrtf?|sinf?|cosf?|tanf?|fabs|fm(in|ax)f?|floor|ceil|l?lround|round|lrintf?|hypot|sincosf?|sinh|cosh|powf|log10f|__cpu_model|__cpu_indicator_init|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__assert_fail|__(memcpy|memset|memmove)_chk|__ubsan.*|gruff_.*)$'

failed=0
checked=0
for object in bypass engine filter handover kernels net net_run rate resample stack voice kernel_c kernel_avx2 kernel_avx512 kernel_avx512vl two_avx512 two_avx512vl pair_avx512vl kernel_neon; do
    symbols=$(nm -A -u "$library" | grep "[:_]$object\.c\.o:" || true)
    nm -A "$library" | grep -q "[:_]$object\.c\.o:" || continue
    checked=$((checked + 1))
    for symbol in $(printf '%s\n' "$symbols" | awk '{ print $NF }' | sort -u); do
        if ! printf '%s\n' "$symbol" | grep -Eq "$allowed"; then
            echo "$object.c needs $symbol, which is not on the list for RT code"
            failed=$((failed + 1))
        fi
    done
done
echo "$checked objects, $failed foreign symbols"
[ "$checked" -ge 9 ] && [ "$failed" -eq 0 ]
