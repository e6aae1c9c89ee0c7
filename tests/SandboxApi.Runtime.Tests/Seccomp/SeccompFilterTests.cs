using SandboxApi.Runtime.Seccomp;

namespace SandboxApi.Runtime.Tests.Seccomp;

/// <summary>What the filters answer together, found by running them as the kernel does.</summary>
public sealed class SeccompFilterTests
{
    private const uint Allow = 0x7FFF0000;
    private const uint Notify = 0x7FC00000;
    private const uint Refuse = 0x00050000;
    private const uint Native = FilterRun.Native;
    private const int Socket = 41;
    private const int SocketPair = 53;

    /// <summary>Of a zygote, and of a sandbox.</summary>
    private static readonly byte[] s_first = SeccompFilter.Compile();
    private static readonly byte[] s_last = SeccompFilter.CompileLast();

    [Theory]
    [InlineData(Socket, 1, 1, 0)]
    [InlineData(Socket, 1, 2 | 0x80800, 0)]
    [InlineData(Socket, 2, 1, 0)]
    [InlineData(Socket, 2, 1, 6)]
    [InlineData(Socket, 2, 2, 17)]
    [InlineData(Socket, 2, 3, 1)]
    [InlineData(Socket, 10, 2, 58)]
    [InlineData(Socket, 16, 3, 0)]
    [InlineData(SocketPair, 1, 1, 0)]
    [InlineData(SocketPair, 2, 1, 0)]
    public void Every_call_that_makes_a_socket_is_reported(int number, int family, int type, int protocol) =>
        Run(number, (uint)family, (uint)type, (uint)protocol).ShouldBe(Notify);

    [Theory]
    [InlineData(Socket, 17, 3, 0, 97)]
    [InlineData(Socket, 16, 3, 4, 97)]
    [InlineData(Socket, 38, 5, 0, 97)]
    [InlineData(Socket, 2, 5, 0, 94)]
    [InlineData(Socket, 2, 1, 132, 93)]
    [InlineData(SocketPair, 40, 1, 0, 97)]
    public void What_is_refused_is_refused_without_a_report(int number, int family, int type, int protocol, int error) =>
        Run(number, (uint)family, (uint)type, (uint)protocol).ShouldBe(Refuse | (uint)error);

    [Theory]
    [InlineData("shmget", 29)]
    [InlineData("semget", 64)]
    [InlineData("msgget", 68)]
    [InlineData("mq_open", 240)]
    public void Every_call_that_makes_an_object_of_ipc_is_reported(string call, int number) => Run(number, 0, 1, 0x380).ShouldBe(Notify, call);

    [Theory]
    [InlineData(56, 0)]
    [InlineData(272, 0)]
    [InlineData(165, 0)]
    [InlineData(429, 0)]
    public void What_making_a_sandbox_takes_is_denied_by_the_last_filter_alone(int number, uint plain)
    {
        const uint NewNamespace = 0x10000000;
        RunOne(s_first, number, NewNamespace, 0, 0, Native).ShouldBe(Allow);
        RunOne(s_last, number, NewNamespace, 0, 0, Native).ShouldBe(Refuse | 1);
        Run(number, NewNamespace, 0, 0).ShouldBe(Refuse | 1);
        Run(number, plain, 0, 0).ShouldBe(number is 56 or 272 ? Allow : Refuse | 1);
    }

    [Theory]
    [InlineData("TIOCSTI", 0x5412)]
    [InlineData("TIOCLINUX", 0x541C)]
    [InlineData("TIOCCONS", 0x541D)]
    [InlineData("TIOCSETD", 0x5423)]
    [InlineData("TIOCVHANGUP", 0x5437)]
    public void What_reaches_beyond_a_terminal_is_refused_whoever_asks(string request, uint number)
    {
        // A line discipline can be a network device, so kept network namespaces depend on TIOCSETD.
        foreach (var descriptor in new uint[] { 0, 3, 1000, uint.MaxValue })
            Run(16, descriptor, number, 0).ShouldBe(Refuse | 1, request);
    }

    [Theory]
    [InlineData("TCGETS", 0x5401)]
    [InlineData("TCSETSF", 0x5404)]
    [InlineData("TIOCSCTTY", 0x540E)]
    [InlineData("TIOCSPGRP", 0x5410)]
    [InlineData("TIOCSWINSZ", 0x5414)]
    [InlineData("TIOCPKT", 0x5420)]
    [InlineData("TIOCSIG", 0x40045436)]
    [InlineData("TIOCGPTN", 0x80045430)]
    [InlineData("TIOCSPTLCK", 0x40045431)]
    [InlineData("TIOCGPTPEER", 0x5441)]
    public void What_programs_at_a_terminal_need_is_allowed(string request, uint number) => Run(16, 0, number, 0).ShouldBe(Allow, request);

    [Fact]
    public void No_other_call_is_reported()
    {
        uint[] values = [0, 1, 2, 3, 4, 6, 10, 16, 17, 58, 0x5412, 0x10000000, uint.MaxValue];
        for (var number = 0; number < 1000; number++)
        {
            if (number is Socket or SocketPair or 29 or 64 or 68 or 240 or 157 or 317)
                continue;
            foreach (var first in values)
                foreach (var second in values)
                    Run(number, first, second, 0).ShouldNotBe(Notify, $"{number}");
        }
    }

    [Theory]
    [InlineData("AF_NETLINK", Socket, 16, 3, 105)]
    [InlineData("SECCOMP_SET_MODE_FILTER", 317, 1, 0, 12)]
    [InlineData("PR_SET_SECCOMP", 157, 22, 2, 12)]
    [InlineData("AF_UNIX", Socket, 1, 1, 0)]
    [InlineData("socketpair", SocketPair, 1, 1, 0)]
    public void What_init_permits_only_so_often_is_refused_where_it_is_not_told(string what, int number, uint first, uint second, uint error) =>
        RunOne(s_last, number, first, second, 0, Native).ShouldBe(Notify | error, what);

    [Theory]
    [InlineData(317, 0)]
    [InlineData(317, 2)]
    [InlineData(317, 3)]
    [InlineData(157, 15)]
    [InlineData(157, 21)]
    [InlineData(157, 38)]
    public void Of_filters_and_processes_options_nothing_else_is_reported(int number, uint command) => Run(number, command, 0, 0).ShouldBe(Allow);

    [Fact]
    public void Calls_whose_arguments_do_not_matter_are_found_in_few_steps()
    {
        // The kernel runs the program for every number whenever it is loaded. What depends on an argument is run with each call.
        for (var number = 0; number < 600; number++)
        {
            FilterRun.One(s_first, number, [], Native, out var first);
            FilterRun.One(s_last, number, [], Native, out var last);
            first.ShouldBeLessThan(32, $"{number}");
            last.ShouldBeLessThan(16, $"{number}");
        }

    }

    [Fact]
    public void Neither_another_interface_nor_a_newer_call_makes_one()
    {
        Run(Socket, 1, 1, 0, architecture: 0x40000003).ShouldBe(Refuse | 38);
        Run(Socket | 0x40000000, 1, 1, 0).ShouldBe(Refuse | 38);

        // io_uring_setup, io_uring_enter, io_uring_register; setns.
        foreach (var (number, error) in new[] { (425, 38u), (426, 38u), (427, 38u), (308, 1u) })
            Run(number, 0, 0, 0).ShouldBe(Refuse | error);
        Run(0, 0, 0, 0).ShouldBe(Allow);
    }

    private static uint Run(int number, uint first, uint second, uint third, uint architecture = Native)
    {
        // Of a report init decides; what the answer is where there is no init that hears it, stands below.
        var answer = FilterRun.Both(number, [first, second, third], architecture);
        return (answer & 0xFFFF0000) == Notify ? Notify : answer;
    }

    private static uint RunOne(byte[] program, int number, uint first, uint second, uint third, uint architecture) => FilterRun.One(program, number, [first, second, third], architecture);
}
