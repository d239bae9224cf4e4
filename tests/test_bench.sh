#!/bin/sh
# gruff bench, end to end. Usage: test_bench.sh GRUFF WAVTOOL JSONTOOL
# shellcheck source=check.sh disable=SC1091,SC2154
gruff=$(realpath "$1") wavtool=$(realpath "$2") jsontool=$(realpath "$3") here=$(cd "$(dirname "$0")" && pwd)
. "$here/check.sh"
. "$here/models.sh"
gru_model gru.json 48000
kernels=$("$gruff" bench --kernel nonesuch 2>&1 | sed -n 's/.*there are //p' | tr -d ',')

echo "-- the table"
good "$gruff" bench --seconds 0.001 --hidden 4 --cells rnn
says 'cell  hidden  kernel'
for kernel in $kernels; do says "^rnn  *4  $kernel  *64  *1  *[0-9.]*  *[0-9.]*  *[0-9.]*  *[0-9.]*  *[0-9.]* %"; done
says '^multiply-adds per ns: .*c [0-9.]*$'


echo "-- JSON"
good "$gruff" bench --json --seconds 0.001 --hidden 3,9 --cells gru,lstm --kernel c --block 1,50 --channels 1,2
cp said.out bench.json
true_that "nothing but JSON" ! -s said.err
true_that "a result for each" "$("$jsontool" bench.json results)" = 16
for key in cell hidden kernel block channels median_ns p999_ns fma_bound_ns fma_ratio load_bound_ns load_ratio noisy; do good "$jsontool" bench.json results 15 $key; done
good "$jsontool" bench.json cpu
true_that "the last is the largest" "$("$jsontool" bench.json results 15 cell) $("$jsontool" bench.json results 15 hidden)" = "lstm 9"
true_that "times are there" "$("$jsontool" bench.json results 0 median_ns | cut -d. -f1)" -ge 1
true_that "99.9 % is not below the median" "$(echo "$("$jsontool" bench.json results 3 median_ns)" \
    "$("$jsontool" bench.json results 3 p999_ns)" | awk '{ print ($1 <= $2) }')" = 1

good "$jsontool" bench.json noisy

holds() # WHAT EXPRESSION: of awk, with A…D the words of $given
{
    true_that "$1 ($given)" "$(echo "$given" | awk '{ A = $1; B = $2; C = $3; D = $4; print ('"$2"') }')" = 1
}

echo "-- bounds: no net is faster, and they grow as they should"
good "$gruff" bench --json --seconds 0.02 --hidden 8,128 --cells gru --channels 1,2
cp said.out bench.json
n=$("$jsontool" bench.json results)
i=0
while [ $i -lt "$n" ]; do
    given="$("$jsontool" bench.json results $i median_ns) $("$jsontool" bench.json results $i fma_bound_ns)
        $("$jsontool" bench.json results $i fma_ratio) $("$jsontool" bench.json results $i load_ratio)"
    given=$(echo "$given" | tr "\n" " ")
    holds "cost over bound is the ratio, about 1 or more" 'C > 0.7 && C / (A / B) > 0.99 && C / (A / B) < 1.01 && D > 0.7'
    i=$((i + 1))
done
given="$("$jsontool" bench.json results 0 fma_bound_ns) $("$jsontool" bench.json results 1 fma_bound_ns)"
holds "two channels, twice the multiply-adds" 'B / A > 1.99 && B / A < 2.01'
given="$("$jsontool" bench.json results 0 load_bound_ns) $("$jsontool" bench.json results $((n - 1)) load_bound_ns)"
holds "128 units take longer to read than 8" 'B > 20 * A'

echo "-- other work on the same core is noticed"
if command -v taskset >/dev/null; then
    good taskset -c 0 sh -c "yes >/dev/null & other=\$!; '$gruff' bench --json --seconds 0.5 --hidden 8 --cells gru --kernel c
        status=\$?; kill \$other; exit \$status"
    cp said.out bench.json
    true_that "a noisy result" "$("$jsontool" bench.json results 0 noisy) $("$jsontool" bench.json noisy)" = 'true true'
    good taskset -c 0 sh -c "yes >/dev/null & other=\$!; '$gruff' bench --seconds 0.5 --hidden 8 --cells gru --kernel c
        status=\$?; kill \$other; exit \$status"
    says '^gru .* %  noisy$'
    says '^noisy: other work disturbed; close other programs and measure again'
else
    echo "   (no taskset(1): left out)"
fi

echo "-- the longest block"
good "$gruff" bench --minute --json --seconds 0.5 -m gru.json --kernel c --channels 2
cp said.out bench.json
for key in model kernel rate_hz block channels blocks lasts_us p50_us p999_us max_us late taken; do
    good "$jsontool" bench.json minute $key
done
true_that "half a second of blocks" "$("$jsontool" bench.json minute blocks)" = 376
given="$("$jsontool" bench.json minute p50_us) $("$jsontool" bench.json minute p999_us) $("$jsontool" bench.json minute max_us)"
holds "the longest is no shorter than most" '0 < A && A <= B && B <= C'
begun=$(date +%s)
good "$gruff" bench --minute --seconds 2 -m gru.json --block 48
says "^'Little GRU', .*: 2001 blocks of 48 frames through the whole engine in real time, 1000 us each"
says '^half took no longer than  *[0-9.]* us  *[0-9.]* %'
says '^99.9 % took no longer than  *[0-9.]* us'
says '^the longest  *[0-9.]* us'
says '^late: [0-9]*; the system took the core away [0-9]* times'
true_that "in real time" $(($(date +%s) - begun)) -ge 1
bad 2 'minute plays with one --block and one of --channels' "$gruff" bench --minute --block 1,64
bad 2 'minute plays with one --block and one of --channels' "$gruff" bench --minute --channels 1,2
bad 1 'nope.json: no such file' "$gruff" bench --minute -m nope.json
good "$wavtool" stop 2 0.3 "$gruff" bench --minute -m gru.json

echo "-- a model"
good "$gruff" bench --json --seconds 0.001 -m gru.json --kernel c
cp said.out bench.json
true_that "the model's cell" "$("$jsontool" bench.json results 0 cell)" = gru
true_that "the model's size" "$("$jsontool" bench.json results 0 hidden)" = 2
true_that "the model's name" "$("$jsontool" bench.json results 0 model)" = gru.json

echo "-- larger nets cost more"
good "$gruff" bench --json --seconds 0.02 --hidden 8,64 --cells gru --kernel c
cp said.out bench.json
true_that "64 units cost more than 8" "$(echo "$("$jsontool" bench.json results 0 median_ns)" \
    "$("$jsontool" bench.json results 1 median_ns)" | awk '{ print (2 * $1 < $2) }')" = 1

echo "-- refusals"
bad 2 'bench takes no files' "$gruff" bench gru.json
bad 2 'hidden 0: out of range; give a whole\|out of range' "$gruff" bench --hidden 0
bad 2 'hidden 513: out of range' "$gruff" bench --hidden 8,513
bad 2 'give whole numbers' "$gruff" bench --hidden 8.5
bad 2 'channels 3: out of range' "$gruff" bench --channels 3
bad 2 'block 9000: out of range' "$gruff" bench --block 9000
bad 2 'cells tcn: give one or more of gru,lstm,rnn' "$gruff" bench --cells tcn
bad 2 'cells gru,: give one or more' "$gruff" bench --cells gru,
bad 2 'cells : give one or more' "$gruff" bench --cells ''
bad 2 'kernel z80: not a kernel that this computer can run; there are .*c$' "$gruff" bench --kernel z80
bad 2 'seconds 0: out of range' "$gruff" bench --seconds 0
bad 2 'rate 1: out of range' "$gruff" bench --rate 1
bad 1 'nope.json: no such file' "$gruff" bench -m nope.json
true_that 'a table is begun for a model that is not there' ! -s said.out
echo '{}' >empty.json
bad 1 'empty.json' "$gruff" bench -m empty.json
for json in '' --json; do
    bad 1 'standard output: No space left' \
        sh -c "'$gruff' bench $json --seconds 0.001 --hidden 2 --cells rnn --kernel c >/dev/full"
done
bad 1 'standard output: No space left' sh -c "'$gruff' help >/dev/full"
bad 2 'no command given' "$gruff"
bad 2 'strum: no such command' "$gruff" strum
good "$gruff" --version
says '^gruff [0-9.]*$'
good "$gruff" --help
says '  bench '
good "$wavtool" stop 2 0.3 "$gruff" bench --seconds 5
good "$gruff" bench --help
for option in model minute cells hidden kernel block channels rate seconds json help; do says "--$option"; done
finish
