namespace SandboxApi.SecurityTests.Matrix;

/// <summary>Every attack that the suite carries out. A number is never given to another attack; new ones come at the end.</summary>
public static class AttackCatalogue
{
    /// <summary>What the attacker does, by number.</summary>
    public static IReadOnlyDictionary<int, string> All { get; } = new SortedDictionary<int, string>
    {
        [1] = "names a result or download that is a link, absolute or `..` to a host file",
        [2] = "plants links where the server writes next",
        [3] = "has the server change owner or mode of a file through a link",
        [4] = "sends a hostile archive",
        [5] = "swaps directories and links while the server unpacks or collects",
        [6] = "offers a pipe, socket, device, directory, `/proc` file or sparse terabyte as the result",
        [7] = "keeps setuid bits, devices or links in a saved environment",
        [8] = "leaves a daemon that holds the output open",
        [9] = "leaves a process for the next command or the next user",
        [10] = "forks or makes threads faster than they are killed",
        [11] = "uses up limits that count by user",
        [12] = "hides from a timeout behind the shell",
        [13] = "ignores signals, stops itself or its parent, kills all it can",
        [14] = "sleeps, or burns processor time in children",
        [15] = "floods both streams",
        [16] = "writes more than a pipe holds before anyone reads",
        [17] = "writes bytes that are no text",
        [18] = "never reads its input, or closes it early",
        [19] = "fills the disk",
        [20] = "takes memory of every kind",
        [21] = "(honest) runs a runtime that reserves more memory than it uses",
        [22] = "reads the host or its neighbours through `/proc` or its environment",
        [23] = "uses descriptors inherited from the server",
        [24] = "passes data to another run",
        [25] = "calls the kernel by another interface than the filter's",
        [26] = "reaches a network or a service of the host",
        [27] = "gains privileges by setuid programs, capabilities, namespaces, tracing or kernel features",
        [28] = "leaves its root directory",
        [29] = "writes the kernel's switches",
        [30] = "overwrites interpreters, libraries or rc files",
        [31] = "poisons rc files and variables for the next request",
        [32] = "types into the server's terminal",
        [33] = "has the host handle its core dump",
        [34] = "outlives its limit by a jump of the clock",
        [36] = "attacks through the compiler",
        [37] = "forges its verdict",
        [38] = "injects through names and values",
        [39] = "(fault) init or launcher is killed",
        [40] = "(fault) the server is killed under load",
        [41] = "misuses the HTTP interface",
        [43] = "(honest) programs that a filter could break",
        [44] = "waits for a host on which the isolation is silently weaker",
        [45] = "races its limit by a millisecond",
        [46] = "(honest) writes much just before it ends",
    };
}
