/*
 * A client that costs next to nothing, so that what is measured is the server: one blocking connection for each client, kept open.
 *
 *   load one PORT BODY EXPECTED              for every number N read from standard input: N requests one after another, the nanoseconds of each, a line each
 *   load first PORT BODY EXPECTED            asks as soon as anybody listens, and ends with the right answer
 *   load many PORT BODY EXPECTED CLIENTS MS  CLIENTS connections for MS milliseconds: a line "RUNS BUSY ERRORS NANOSECONDS", then the nanoseconds of each run
 *
 * BODY is posted as JSON to /execute/ of 127.0.0.1. An answer is right when it is 200 and holds EXPECTED, busy when it is 503, an error otherwise.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum answer { RIGHT, BUSY, ERROR };

static char request[8192];
static int request_length;
static const char *expected;
static int port;
static long long end_time;

struct client {
    pthread_t thread;
    long long *times;
    long runs, busy, errors, room;
};

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* A connection; while nobody listens it tries again, or ends the program. */
static int dial(int patiently)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    while (fd >= 0 && patiently && connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        usleep(1000);
    if (fd < 0 || (!patiently && connect(fd, (struct sockaddr *)&address, sizeof address) < 0)) {
        perror("load: connect");
        exit(1);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* The whole answer lies in text when its head and as many bytes as that says, or its last chunk, are there. */
static int is_whole(const char *text, int length)
{
    const char *head = strstr(text, "\r\n\r\n");
    const char *stated;
    if (!head)
        return 0;
    if ((stated = strcasestr(text, "\r\ncontent-length:")) && stated < head)
        return length >= head + 4 - text + atoi(stated + 17);
    return length >= 5 && memcmp(text + length - 5, "0\r\n\r\n", 5) == 0;
}

static enum answer ask(int fd)
{
    char text[65536];
    int length = 0;
    if (send(fd, request, request_length, MSG_NOSIGNAL) != request_length)
        return ERROR;
    do {
        int count = recv(fd, text + length, sizeof text - 1 - length, 0);
        if (count <= 0)
            return ERROR;
        length += count;
        text[length] = 0;
    } while (!is_whole(text, length));
    if (strncmp(text, "HTTP/1.1 503", 12) == 0)
        return BUSY;
    return strncmp(text, "HTTP/1.1 200", 12) == 0 && strstr(text, expected) ? RIGHT : ERROR;
}

static int one(void)
{
    char line[32];
    int fd = dial(0);
    while (fgets(line, sizeof line, stdin)) {
        for (int left = atoi(line); left > 0; left--) {
            long long began = now();
            if (ask(fd) != RIGHT) {
                fprintf(stderr, "load: the answer was not the one expected\n");
                return 1;
            }
            printf("%lld\n", now() - began);
        }
        fflush(stdout);
    }
    return 0;
}

static void *work(void *argument)
{
    struct client *client = argument;
    int fd = dial(0);
    for (long long began = now(); began < end_time; began = now()) {
        enum answer answer = ask(fd);
        if (answer == ERROR) {
            client->errors++;
            close(fd);
            fd = dial(0);
        } else if (answer == BUSY) {
            client->busy++;
        } else {
            if (client->runs == client->room)
                client->times = realloc(client->times, (client->room = 2 * client->room + 1024) * sizeof(long long));
            client->times[client->runs++] = now() - began;
        }
    }
    close(fd);
    return NULL;
}

static int many(int count, int milliseconds)
{
    struct client *clients = calloc(count, sizeof *clients);
    pthread_attr_t small;
    long runs = 0, busy = 0, errors = 0;
    long long began = now(), took;
    end_time = began + milliseconds * 1000000LL;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 << 10);
    for (int i = 0; i < count; i++)
        pthread_create(&clients[i].thread, &small, work, &clients[i]);
    for (int i = 0; i < count; i++) {
        pthread_join(clients[i].thread, NULL);
        runs += clients[i].runs;
        busy += clients[i].busy;
        errors += clients[i].errors;
    }
    took = now() - began;
    printf("%ld %ld %ld %lld\n", runs, busy, errors, took);
    for (int i = 0; i < count; i++)
        for (long j = 0; j < clients[i].runs; j++)
            printf("%lld\n", clients[i].times[j]);
    return 0;
}

int main(int count, char **arguments)
{
    int is_one = count == 5 && strcmp(arguments[1], "one") == 0;
    int is_first = count == 5 && strcmp(arguments[1], "first") == 0;
    int is_many = count == 7 && strcmp(arguments[1], "many") == 0;
    if ((!is_one && !is_first && !is_many) || strlen(arguments[3]) > 4096) {
        fprintf(stderr, "usage: load one|first PORT BODY EXPECTED | load many PORT BODY EXPECTED CLIENTS MS\n");
        return 2;
    }
    port = atoi(arguments[2]);
    expected = arguments[4];
    request_length = snprintf(request, sizeof request,
                              "POST /execute/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                              port, strlen(arguments[3]), arguments[3]);
    if (is_first)
        return ask(dial(1)) == RIGHT ? 0 : 1;
    return is_one ? one() : many(atoi(arguments[5]), atoi(arguments[6]));
}
