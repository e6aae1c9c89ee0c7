using System;
using System.Collections.Generic;

public static class Program
{
    public static void Main(string[] arguments)
    {
        switch (arguments[0])
        {
            case "hello":
                Console.WriteLine("hello " + 6 * 7);
                break;
            case "terminal":
                Console.WriteLine(Console.IsOutputRedirected ? "none" : "terminal");
                break;
            default:
                byte[] last = null;
                for (var i = 0; i < 20000; i++)
                    last = new byte[100000];
                var map = new Dictionary<int, object>();
                for (var round = 0; round < 10; round++)
                    for (var i = 0; i < 300000; i++)
                        map[i] = new object[] { round, i };
                Console.WriteLine(last.Length + map.Count == 400000 ? "done" : "lost");
                break;
        }
    }
}
