import std.stdio;
import core.sys.posix.unistd : isatty;

void main(string[] arguments)
{
    if (arguments[1] == "hello")
        writeln("hello ", 6 * 7);
    else if (arguments[1] == "terminal")
        writeln(isatty(1) ? "terminal" : "none");
    else
    {
        ubyte[] last;
        foreach (i; 0 .. 20_000)
            last = new ubyte[100_000];
        int[][int] map;
        foreach (round; 0 .. 10)
            foreach (i; 0 .. 300_000)
                map[i] = [round, i];
        writeln(last.length + map.length == 400_000 ? "done" : "lost");
    }
}
