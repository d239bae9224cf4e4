/* Helper of the end-to-end tests: jsontool FILE [KEY|INDEX]... prints what stands there in a JSON file (a
 * list's or an object's size for those); exits 1 if the file is no JSON, or nothing stands there. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    json_error_t error;
    if (argc < 2)
        return 2;
    json_t *root = json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        printf("%s:%d: %s\n", argv[1], error.line, error.text);
        return 1;
    }
    json_t *at = root;
    for (int i = 2; i < argc && at; i++)
        at =
            json_is_array(at) ? json_array_get(at, strtoul(argv[i], NULL, 10)) : json_object_get(at, argv[i]);
    if (json_is_array(at) || json_is_object(at))
        printf("%zu\n", json_is_array(at) ? json_array_size(at) : json_object_size(at));
    else if (json_is_string(at))
        printf("%s\n", json_string_value(at));
    else if (at)
        json_dumpf(at, stdout, JSON_ENCODE_ANY), putchar('\n');
    int status = at ? 0 : 1;
    json_decref(root);
    return status;
}
