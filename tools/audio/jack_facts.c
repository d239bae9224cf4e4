#define _GNU_SOURCE
#include "audio/jack_facts.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* From jack/types.h and jack/jack.h, whose values are part of libjack's stable ABI. */
enum { JACK_NO_START_SERVER = 1, PORT_IS_INPUT = 1, PORT_IS_OUTPUT = 2 };

typedef struct JackClient JackClient;

static void *find(const char *name)
{
    return dlsym(RTLD_DEFAULT, name);
}

static JackClient *open_client(void)
{
    JackClient *(*client_open)(const char *, int, int *, ...) = NULL;
    *(void **)&client_open = find("jack_client_open");
    int status = 0;
    return client_open ? client_open("gruff-look", JACK_NO_START_SERVER, &status) : NULL;
}

static void close_client(JackClient *client)
{
    int (*client_close)(JackClient *) = NULL;
    *(void **)&client_close = find("jack_client_close");
    client_close(client);
}

JackFacts jack_facts(void)
{
    JackFacts facts = {0};
    JackClient *client = open_client();
    if (!client)
        return facts;
    uint32_t (*buffer_size)(JackClient *) = NULL;
    int (*is_realtime)(JackClient *) = NULL;
    *(void **)&buffer_size = find("jack_get_buffer_size");
    *(void **)&is_realtime = find("jack_is_realtime");
    facts.period = buffer_size(client);
    facts.realtime = is_realtime(client);
    close_client(client);
    return facts;
}

size_t jack_port_names(const char *client_name, bool plays, char (*names)[JACK_NAME_SIZE], size_t max)
{
    JackClient *client = open_client();
    if (!client)
        return 0;
    const char **(*get_ports)(JackClient *, const char *, const char *, unsigned long) = NULL;
    void (*free_ports)(void *) = NULL;
    *(void **)&get_ports = find("jack_get_ports");
    *(void **)&free_ports = find("jack_free");
    const char **ports = get_ports(client, NULL, "audio", plays ? PORT_IS_OUTPUT : PORT_IS_INPUT);
    size_t length = strlen(client_name), n = 0;
    for (size_t i = 0; ports && ports[i]; i++) {
        if (strncmp(ports[i], client_name, length) || ports[i][length] != ':')
            continue;
        if (n < max)
            snprintf(names[n], JACK_NAME_SIZE, "%s", ports[i] + length + 1);
        n++;
    }
    if (ports)
        free_ports(ports);
    close_client(client);
    return n;
}

static void say_nothing(const char *text)
{
    (void)text;
}

static void say_nothing_of_alsa(const char *file, int line, const char *function, int error,
                                const char *format, ...)
{
    (void)file, (void)line, (void)function, (void)error, (void)format;
}

void silence_sound_libraries(void)
{
    void (*set_text_handler)(void (*)(const char *)) = NULL;
    static const char *const setters[] = {"jack_set_error_function", "jack_set_info_function"};
    for (size_t i = 0; i < 2; i++) {
        *(void **)&set_text_handler = find(setters[i]);
        if (set_text_handler)
            set_text_handler(say_nothing);
    }
    int (*set_alsa_handler)(void (*)(const char *, int, const char *, int, const char *, ...)) = NULL;
    *(void **)&set_alsa_handler = find("snd_lib_error_set_handler");
    if (set_alsa_handler)
        set_alsa_handler(say_nothing_of_alsa);
}
