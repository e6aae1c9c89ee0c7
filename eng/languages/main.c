#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "hello")) {
        printf("hello %d\n", 6 * 7);
    } else if (!strcmp(what, "terminal")) {
        puts(isatty(1) ? "terminal" : "none");
    } else {
        size_t size = 230u << 20;
        char *held = malloc(size);
        if (!held) return 1;
        memset(held, 1, size);
        puts(held[size - 1] == 1 ? "done" : "lost");
    }
}
