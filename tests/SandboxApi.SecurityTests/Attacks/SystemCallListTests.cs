using System.Globalization;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Every call the kernel has, asked of the filter without being made (<see cref="FilterProbe"/>).</summary>
[Attack(27)]
[Attack(25)]
public sealed class SystemCallListTests(Arena arena) : AttackTests(arena)
{
    [Fact(Timeout = Long)]
    public async Task Every_call_of_the_kernel_is_allowed_or_denied_as_listed()
    {
        var listed = Golden().ToArray();

        var answers = await AskAsync(listed.Select(line => $"{line.Number}"));

        listed.Zip(answers).Where(pair => pair.First.Answer != pair.Second).Select(pair => $"{pair.First.Number} {pair.First.Name}: listed {pair.First.Answer}, is {pair.Second}").ShouldBeEmpty();
    }

    [Fact(Timeout = Long)]
    public async Task Numbers_that_are_not_listed_are_no_calls()
    {
        // 335 and 336 (uretprobe, uprobe) pass every filter: the kernel puts them into programs itself, and ends any other that calls them.
        var known = Golden().Select(line => line.Number).ToHashSet();
        var numbers = Enumerable.Range(0, 1200).Where(number => !known.Contains(number) && number is not (335 or 336)).Select(number => $"{number}")
            .Concat(["-1", "-2", "-39", "0x7fffffff", "0x80000000", "0xffffffff", "0x80000027", "0x10000", "0x20000027"])
            // The x32 interface: bit 30, its own numbers 512 to 547, and the 64-bit ones again.
            .Concat(Enumerable.Range(0, 600).Select(number => $"0x{0x40000000 + number:x}"))
            .ToArray();

        var answers = await AskAsync(numbers);

        numbers.Zip(answers).Where(pair => pair.Second != "ENOSYS").ShouldBeEmpty();
    }

    [Fact(Timeout = Long)]
    public async Task Bits_beyond_the_number_do_not_hide_a_call_from_the_filter()
    {
        // The kernel takes 32 bits of the number, and so must the filter: mount, unshare, keyctl, bpf, io_uring_setup, clone3.
        int[] denied = [165, 250, 321, 425, 435];
        var numbers = denied.SelectMany(number => new[] { 1L << 32, 1L << 33, 1L << 62, long.MinValue }.Select(bits => $"{bits | (uint)number}")).ToArray();

        (await AskAsync(numbers)).ShouldAllBe(answer => answer == "EPERM" || answer == "ENOSYS");
    }

    [Theory(Timeout = Long)]
    [InlineData("clone", "56 0x{0:x}")]
    [InlineData("unshare", "272 0x{0:x}")]
    [InlineData("clone with flags above 32 bits", "56 0x100000000{0:x8}")]
    public async Task No_namespace_can_be_made_by_any_flag(string what, string call)
    {
        long[] namespaces = [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000];
        // Each alone, with what threads and forks use, and all of them.
        var flags = namespaces.SelectMany(flag => new[] { flag, flag | 17, flag | 0x3D0F00, flag | 0x4111 }).Append(0x7E020000).ToArray();

        var answers = await AskAsync(flags.Select(flag => string.Format(CultureInfo.InvariantCulture, call, flag)));

        flags.Zip(answers).Where(pair => pair.Second != "EPERM").ShouldBeEmpty(what);
    }

    [Fact(Timeout = Long)]
    public async Task What_threads_forks_and_shells_need_is_allowed()
    {
        var answers = await AskAsync(["56 17", "56 0x3d0f00", "56 0x4111", "272 0x400", "272 0x200", "16 0 0x5401", "16 0 0x5413", "41 1 1 0", "41 2 1 0", "41 10 2 0", "41 16 3 0", "53 1 1 0"]);

        answers.ShouldAllBe(answer => answer == "allowed");
    }

    [Fact(Timeout = Long)]
    public async Task Of_all_socket_families_a_program_has_four()
    {
        var families = Enumerable.Range(0, 64).Append(255).Append(-1).ToArray();
        int[] allowed = [1, 2, 10, 16];

        foreach (var call in new[] { 41, 53 })
        {
            var answers = await AskAsync(families.Select(family => $"{call} {family} 1 0"));
            families.Zip(answers).Where(pair => pair.Second != (allowed.Contains(pair.First) ? "allowed" : "EAFNOSUPPORT")).ShouldBeEmpty();
        }

        // Of netlink the part that lists one's own interfaces; bits above 32 are none of the kernel's and hide nothing from the filter.
        (await AskAsync(Enumerable.Range(1, 31).Select(protocol => $"41 16 3 {protocol}"))).ShouldAllBe(answer => answer == "EAFNOSUPPORT");
        (await AskAsync(["41 0x100000028 1 0", "41 0x100000010 3 9", "41 16 3 0x100000009", "41 0x100000011 3 0"])).ShouldAllBe(answer => answer == "EAFNOSUPPORT");
    }

    [Fact(Timeout = Long)]
    [Attack(74)]
    public async Task Nothing_for_which_the_kernel_would_load_a_module_reaches_it()
    {
        // Sockets of DCCP, SCTP, L2TP, UDP-Lite, SMC and MPTCP, of packet, sequenced and reliable types, however the type's flags are set.
        var sockets = await AskAsync(["41 2 6 33", "41 2 6 0", "41 2 5 0", "41 2 5 132", "41 2 1 132", "41 2 2 115", "41 2 2 136", "41 2 1 256", "41 2 1 262", "41 10 6 33", "41 10 0x80805 132", "41 2 4 0", "41 2 10 0", "41 10 1 0x184", "53 2 6 33"]);
        sockets.ShouldAllBe(answer => answer == "ESOCKTNOSUPPORT" || answer == "EPROTONOSUPPORT");
        (await AskAsync(["41 2 0x80801 0", "41 2 1 6", "41 2 2 17", "41 2 2 1", "41 10 2 58", "41 10 0x80002 0", "41 1 5 0"])).ShouldAllBe(answer => answer == "allowed");

        // The questions about bridges and VLANs, after which the kernel has loaded their modules.
        (await AskAsync(["16 3 0x8940", "16 3 0x8941", "16 3 0x89a0", "16 3 0x89a1", "16 3 0x8982", "16 3 0x8983", "16 3 0x100008940"])).ShouldAllBe(answer => answer == "EPERM");
        (await AskAsync(["16 3 0x8912", "16 3 0x8927", "16 3 0x5421", "16 3 0x541b"])).ShouldAllBe(answer => answer == "allowed");
    }

    [Fact(Timeout = Long)]
    public async Task Limits_and_scheduling_of_init_are_not_a_programs_to_change()
    {
        // Where an ordinary user started the server, init has the student's uid, and the kernel itself would permit it.
        string[] calls = ["302 {0}", "203 {0}", "144 {0}", "142 {0}", "314 {0}", "141 0 {0}", "251 1 {0}"];

        (await AskAsync(calls.Select(call => string.Format(CultureInfo.InvariantCulture, call, 1)))).ShouldAllBe(answer => answer == "EPERM");
        (await AskAsync(calls.Select(call => string.Format(CultureInfo.InvariantCulture, call, 0x100000001)))).ShouldAllBe(answer => answer == "EPERM");
        foreach (var other in new[] { 0, 2, 1000 })
            (await AskAsync(calls.Select(call => string.Format(CultureInfo.InvariantCulture, call, other)))).ShouldAllBe(answer => answer == "allowed");
    }

    [Fact(Timeout = Long)]
    public async Task Nothing_can_be_typed_into_a_terminal()
    {
        var answers = await AskAsync(["16 0 0x5412", "16 0 0x541c", "16 0 0x100005412", "16 0 0xffffffff00005412", "16 255 0x541c", "16 0 0x5423", "16 0 0x100005423", "16 0 0x541d", "16 0 0x5437"]);

        answers.ShouldAllBe(answer => answer == "EPERM");
    }

    private async Task<string[]> AskAsync(IEnumerable<string> probes)
    {
        await NeedsAsync("python3");
        return await FilterProbe.AskAsync(probes);
    }

    private static IEnumerable<(int Number, string Name, string Answer)> Golden() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Attacks", "system-calls.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(fields => (int.Parse(fields[0], CultureInfo.InvariantCulture), fields[1], fields[2]));
}
