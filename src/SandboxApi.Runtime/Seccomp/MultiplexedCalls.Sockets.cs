using static SandboxApi.Runtime.Seccomp.Decision;

namespace SandboxApi.Runtime.Seccomp;

/// <summary>Calls that make sockets, and their options.</summary>
internal static partial class MultiplexedCalls
{
    /// <summary>Bits of a socket's type that streams (1), datagrams (2) and raw sockets (3, which the kernel refuses) lack.</summary>
    private const uint UnusualTypes = 0xC;

    private static readonly Decision s_noSuchFamily = Refuse(SystemCalls.FamilyNotSupported);

    /// <summary>The type's own protocol, ICMP, TCP, UDP, ICMPv6. For any other the kernel would load a module (dccp, sctp, l2tp, smc).</summary>
    private static readonly Decision s_internet = RefuseBits(1, UnusualTypes, SystemCalls.TypeNotSupported, By(
        2,
        Refuse(SystemCalls.ProtocolNotSupported),
        CallCommand.All(Allow, ("of the type", 0), ("IPPROTO_ICMP", 1), ("IPPROTO_TCP", 6), ("IPPROTO_UDP", 17), ("IPPROTO_ICMPV6", 58))));

    /// <summary>Unix, of netlink the part that lists one's own interfaces, and of IPv4 and IPv6 what needs no module.</summary>
    private static readonly Decision s_families = By(0, s_noSuchFamily,
        new("AF_UNIX", 1, Allow),
        new("AF_INET", 2, s_internet),
        new("AF_INET6", 10, s_internet),
        new("AF_NETLINK", 16, By(2, s_noSuchFamily, new CallCommand("NETLINK_ROUTE", 0, Allow))));

    private static IEnumerable<MultiplexedCall> Sockets() =>
    [
        new(41, "socket", s_families),
        new(53, "socketpair", s_families),
        new(54, "setsockopt", By(1, s_noSuchOption,
            new("SOL_SOCKET", 1, By(2, Allow,
            [
                .. CallCommand.All(s_noSuchOption, ("SO_ATTACH_FILTER", 26), ("SO_ATTACH_BPF", 50), ("SO_ATTACH_REUSEPORT_CBPF", 51), ("SO_ATTACH_REUSEPORT_EBPF", 52)),
                .. CallCommand.All(Pretend, ("SO_SNDBUF", 7), ("SO_RCVBUF", 8)),
            ])),
            new("SOL_TCP", 6, By(2, Allow,
            [
                .. CallCommand.All(s_noSuchOption, ("TCP_MD5SIG", 14), ("TCP_ULP", 31), ("TCP_MD5SIG_EXT", 32)),
                new("TCP_AO_ADD_KEY … TCP_AO_REPAIR", 38, 42, s_noSuchOption),
            ])),
            new("SOL_UDP", 17, By(2, Allow, new CallCommand("UDP_ENCAP", 100, s_noSuchOption))),
            new("SOL_IP", 0, Allow),
            new("SOL_IPV6", 41, By(2, Allow, new CallCommand("IPV6_FLOWLABEL_MGR", 32, s_noSuchOption))),
            new("SOL_ICMPV6", 58, Allow),
            new("SOL_RAW", 255, Allow),
            new("SOL_NETLINK", 270, Allow))),
        new(55, "getsockopt", By(1, s_noSuchOption,
            new("SOL_SOCKET", 1, By(2, Allow, CallCommand.All(s_noSuchOption, ("SO_GET_FILTER", 26), ("SO_COOKIE", 57), ("SO_NETNS_COOKIE", 71)))),
            new("SOL_IP", 0, Allow),
            new("SOL_TCP", 6, Allow),
            new("SOL_UDP", 17, Allow),
            new("SOL_IPV6", 41, Allow),
            new("SOL_ICMPV6", 58, Allow),
            new("SOL_RAW", 255, Allow),
            new("SOL_NETLINK", 270, Allow))),
    ];
}
