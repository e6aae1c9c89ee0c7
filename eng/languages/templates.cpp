// What takes memory is the compiler: each number makes a tuple of its own.
#include <iostream>
#include <tuple>
#include <utility>

template <int... I> int sum(std::integer_sequence<int, I...>) {
    return std::get<sizeof...(I) - 1>(std::make_tuple(std::integral_constant<int, I>()...)) + 1;
}

template <int N> int total() {
    if constexpr (N == 0) return 0;
    else return sum(std::make_integer_sequence<int, N>()) - N + total<N - 1>();
}

int main() {
    std::cout << (total<TUPLES>() == 0 ? "done" : "lost") << std::endl;
}
