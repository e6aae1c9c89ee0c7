using static SandboxApi.Runtime.Seccomp.Decision;

namespace SandboxApi.Runtime.Seccomp;

/// <summary>Requests to what stands behind a descriptor: terminals, sockets, pipes. What is not listed is answered as by a descriptor that does not know it.</summary>
internal static partial class MultiplexedCalls
{
    private static MultiplexedCall Devices() => new(16, "ioctl", By(1, Refuse(SystemCalls.NoTerminal),
    [
        // Terminals, and what every descriptor has (FIONREAD, FIONBIO, FIOCLEX and so on).
        new("TCGETS … TIOCOUTQ", 0x5401, 0x5411, Allow),
        new("TIOCSTI", 0x5412, s_notPermitted),
        new("TIOCGWINSZ … FIONREAD", 0x5413, 0x541B, Allow),
        new("TIOCLINUX", 0x541C, s_notPermitted),
        new("TIOCCONS", 0x541D, s_notPermitted),
        new("TIOCGSERIAL … TIOCNOTTY", 0x541E, 0x5422, Allow),
        new("TIOCSETD", 0x5423, s_notPermitted),
        new("TIOCGETD … TIOCSIG", 0x5424, 0x5436, Allow),
        new("TIOCVHANGUP", 0x5437, s_notPermitted),
        new("TIOCGPKT … FIOQSIZE", 0x5438, 0x5460, Allow),
        .. CallCommand.All(
            Allow,
            ("TCGETS2", 0x802C542A), ("TCSETS2", 0x402C542B), ("TCSETSW2", 0x402C542C), ("TCSETSF2", 0x402C542D), ("TIOCGPTN", 0x80045430), ("TIOCSPTLCK", 0x40045431), ("TIOCGDEV", 0x80045432),
            ("TIOCSIG", 0x40045436), ("TIOCGPKT", 0x80045438), ("TIOCGPTLCK", 0x80045439), ("TIOCGEXCL", 0x80045440),
            ("RNDGETENTCNT", 0x80045200), ("SIOCGSTAMP_NEW", 0x80108906), ("SIOCGSTAMPNS_NEW", 0x80108907),

            // Init's own: there is no listener that a program could have.
            ("SECCOMP_IOCTL_NOTIF_RECV", 0xC0502100), ("SECCOMP_IOCTL_NOTIF_SEND", 0xC0182101), ("SECCOMP_IOCTL_NOTIF_SET_FLAGS", 0x40082104)),
        new("of sockets", 0x8900, 0x89FF, By(1, s_notPermitted,
        [
            new("FIOSETOWN … SIOCGSTAMPNS", 0x8901, 0x8907, Allow),
            .. CallCommand.All(
                Allow,
                ("SIOCGIFNAME", 0x8910), ("SIOCGIFCONF", 0x8912), ("SIOCGIFFLAGS", 0x8913), ("SIOCSIFFLAGS", 0x8914), ("SIOCGIFADDR", 0x8915), ("SIOCGIFDSTADDR", 0x8917), ("SIOCGIFBRDADDR", 0x8919),
                ("SIOCGIFNETMASK", 0x891B), ("SIOCGIFMETRIC", 0x891D), ("SIOCGIFMTU", 0x8921), ("SIOCGIFHWADDR", 0x8927), ("SIOCGIFINDEX", 0x8933), ("SIOCGIFTXQLEN", 0x8942), ("SIOCETHTOOL", 0x8946),
                ("SIOCGARP", 0x8954), ("SIOCGIFMAP", 0x8970)),
        ])),
    ]));
}
