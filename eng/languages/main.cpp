#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

int main(int, char **argv) {
    const std::string what = argv[1];
    if (what == "hello") {
        std::cout << "hello " << 6 * 7 << std::endl;
    } else if (what == "terminal") {
        std::cout << (isatty(1) ? "terminal" : "none") << std::endl;
    } else {
        // In pieces: a vector that grows holds its old place beside the new one.
        std::vector<std::vector<char>> held;
        for (int i = 0; i < 230; i++) held.emplace_back(1 << 20, 1);
        std::cout << (held.back().back() == 1 ? "done" : "lost") << std::endl;
    }
}
