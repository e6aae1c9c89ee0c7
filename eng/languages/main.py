import os
import sys

what = sys.argv[1]
if what == 'hello':
    print('hello', 6 * 7)
elif what == 'terminal':
    print('terminal' if sys.stdout.isatty() and os.get_terminal_size().columns == 100 else 'none')
else:
    for i in range(20_000):
        last = bytes(100_000)
    table = {}
    for round in range(10):
        for i in range(300_000):
            table[i] = [round, i]
    del table
    # Held: numbers of 40 bytes each, with their place in the list.
    held = list(range(5_500_000))
    print('done' if held[-1] == 5_499_999 else 'lost')
