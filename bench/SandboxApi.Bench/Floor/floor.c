/*
 * The floor: what Linux itself needs to start a command, read its output through a pipe and reap it.
 *
 *   floor one SCRIPT               for every number N read from standard input: N times one after another, the nanoseconds of each, a line each
 *   floor rate WORKERS MS SCRIPT   WORKERS processes for MS milliseconds, each one after another: the number of commands in all
 *
 * The environment of the command is the one this program was started with.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void run(char *script)
{
    char *arguments[] = {"bash", "-c", "--", script, NULL};
    char buffer[65536];
    int pipes[2], status;
    pid_t pid;
    posix_spawn_file_actions_t actions;

    if (pipe2(pipes, O_CLOEXEC) < 0)
        exit(1);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
    if (posix_spawn(&pid, "/bin/bash", &actions, NULL, arguments, environ) != 0)
        exit(2);
    posix_spawn_file_actions_destroy(&actions);
    close(pipes[1]);
    while (read(pipes[0], buffer, sizeof buffer) > 0)
        ;
    close(pipes[0]);
    if (waitpid(pid, &status, 0) != pid || status != 0)
        exit(3);
}

static int one(char *script)
{
    char line[32];
    while (fgets(line, sizeof line, stdin))
    {
        for (int left = atoi(line); left > 0; left--)
        {
            long long began = now();
            run(script);
            printf("%lld\n", now() - began);
        }
        fflush(stdout);
    }
    return 0;
}

static int rate(int workers, int milliseconds, char *script)
{
    int pipes[2];
    long sum = 0, count;
    if (pipe(pipes) < 0)
        return 1;
    for (int worker = 0; worker < workers; worker++)
    {
        if (fork() != 0)
            continue;
        long long end = now() + milliseconds * 1000000LL;
        for (count = 0; now() < end; count++)
            run(script);
        return write(pipes[1], &count, sizeof count) == sizeof count ? 0 : 1;
    }
    close(pipes[1]);
    while (read(pipes[0], &count, sizeof count) == sizeof count)
        sum += count;
    while (wait(NULL) > 0)
        ;
    printf("%ld\n", sum);
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "one") == 0)
        return one(arguments[2]);
    if (count == 5 && strcmp(arguments[1], "rate") == 0)
        return rate(atoi(arguments[2]), atoi(arguments[3]), arguments[4]);
    fprintf(stderr, "usage: floor one SCRIPT | floor rate WORKERS MS SCRIPT\n");
    return 2;
}
