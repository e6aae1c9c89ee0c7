using System.Buffers.Binary;
using SandboxApi.Runtime.Seccomp;

namespace SandboxApi.Runtime.Tests.Seccomp;

/// <summary>What the filters answer together, found by running them as the kernel does.</summary>
public sealed class SeccompFilterTests
{
    private const uint Allow = 0x7FFF0000;
    private const uint Notify = 0x7FC00000;
    private const uint Refuse = 0x00050000;
    private const uint Native = 0xC000003E;
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
            if (number is Socket or SocketPair or 29 or 64 or 68 or 240)
                continue;
            foreach (var first in values)
                foreach (var second in values)
                    Run(number, first, second, 0).ShouldNotBe(Notify, $"{number}");
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

    /// <summary>The answer of both: the stricter one (seccomp(2)), which has the lower action.</summary>
    private static uint Run(int number, uint first, uint second, uint third, uint architecture = Native)
    {
        var answers = new[] { s_first, s_last }.Select(program => RunOne(program, number, first, second, third, architecture)).ToList();
        return answers.MinBy(answer => answer & 0xFFFF0000);
    }

    /// <summary>Classic BPF, as far as filters of system calls use it (linux/seccomp.h, linux/filter.h).</summary>
    private static uint RunOne(byte[] program, int number, uint first, uint second, uint third, uint architecture)
    {
        var data = new byte[64];
        BinaryPrimitives.WriteInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), architecture);
        foreach (var (index, value) in new[] { (0, first), (1, second), (2, third) })
            BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(16 + (index * 8)), value);
        var accumulator = 0u;
        for (var at = 0; ; at++)
        {
            var instruction = program.AsSpan(at * 8, 8);
            var value = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            switch (BinaryPrimitives.ReadUInt16LittleEndian(instruction))
            {
                case 0x20:
                    accumulator = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)value));
                    break;
                case 0x15:
                    at += instruction[accumulator == value ? 2 : 3];
                    break;
                case 0x35:
                    at += instruction[accumulator >= value ? 2 : 3];
                    break;
                case 0x45:
                    at += instruction[(accumulator & value) != 0 ? 2 : 3];
                    break;
                case 0x06:
                    return value;
                default:
                    throw new InvalidOperationException($"instruction {at} is unknown");
            }
        }
    }
}
