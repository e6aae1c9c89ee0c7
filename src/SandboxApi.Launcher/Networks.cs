using SandboxApi.Launcher.Init;
using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>Keeps the network namespace of a slot for its next sandbox, where no socket was ever made in it: such a one is as a new one, and costs nothing.</summary>
/// <remarks>
/// Whatever is not proven ends with the namespace thrown away: a byte for each slot, shared with its inits alone, says that it is untouched only between
/// the moment in which the kernel began to report socket calls to init and the first of them (<see cref="SocketWatch"/>). A new namespace is made by
/// the clone of the sandbox itself, so that nobody in it owns any of its files: its user namespace has no ids yet.
/// </remarks>
internal static unsafe class Networks
{
    /// <summary>As many as an instance has ids for; what is beyond gets a new namespace each time.</summary>
    private const int Slots = 1024;

    /// <summary>A byte lies on a page of its own, so that init need not see others'.</summary>
    private const int PageBytes = 4096;

    private static Slot* s_slots;
    private static byte* s_states;
    private static int s_home;

    /// <summary>One more than the highest slot asked for.</summary>
    private static uint s_count;

    /// <summary>Where nothing can be kept, each sandbox gets a new namespace.</summary>
    internal static void Prepare()
    {
        // A namespace of its own to come back to: the host's an ordinary user could not enter again, and control sockets made in a sandbox's
        // namespace would be seen there. Tried at once, as there is no way on without it later.
        if (Libc.unshare(CloneNewNet) < 0)
            return;
        s_home = Libc.openat(AtFdCwd, Libc.Text("/proc/self/ns/net"u8), ORdOnly | OCloExec, 0);
        if (s_home < 0 || !Go(s_home))
            return;

        // A descriptor for each slot.
        RLimit limit;
        if (Libc.prlimit(0, RLimitNoFile, null, &limit) == 0)
        {
            limit.Soft = limit.Hard;
            Libc.prlimit(0, RLimitNoFile, &limit, null);
        }

        s_slots = (Slot*)Libc.mmap(null, (nuint)(Slots * sizeof(Slot)), 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
        var states = Libc.mmap(null, Slots * PageBytes, 3, 0x21 /* shared, anonymous */, -1, 0);
        if ((nint)s_slots != -1 && (nint)states != -1)
            s_states = (byte*)states;
    }

    /// <summary>Enters what the slot's last sandbox left untouched; false when there is nothing, so that a new one is to be made.</summary>
    internal static bool Enter(uint number)
    {
        var state = State(number);
        if (state == null)
            return false;
        for (; s_count <= number; s_count++)
            s_slots[s_count].Namespace = -1;
        var slot = s_slots + number;

        // The last init, and with it everything in its pid namespace, must be gone: else something could still make a socket.
        if (slot->Init != 0 && Libc.wait4(slot->Init, null, WNoHang, null) == slot->Init)
            slot->Init = 0;
        if (slot->Namespace >= 0 && slot->Init == 0 && *state == SocketWatch.Untouched && Go(slot->Namespace))
        {
            *state = SocketWatch.Unproven;
            return true;
        }

        *state = SocketWatch.Unproven;
        Forget(slot);
        return false;
    }

    /// <summary>Back home, whether the sandbox could be made or not.</summary>
    internal static void Leave()
    {
        // It went before. What we made from here on would lie in a sandbox's network: rather end, and all sandboxes with us.
        if (!Go(s_home))
            Libc._exit(1);
    }

    /// <summary>Notes the init of a slot, and takes hold of the network namespace that was made with it.</summary>
    internal static void Keep(uint number, int init, bool isNew)
    {
        if (State(number) == null)
            return;
        var slot = s_slots + number;
        slot->Init = init;
        if (!isNew)
            return;
        var path = stackalloc byte[64];
        Digits.ProcessPath(path, init, Libc.Text("/ns/net"u8));
        slot->Namespace = Libc.openat(AtFdCwd, path, ORdOnly | OCloExec, 0);
    }

    /// <summary>Notes that a child was reaped.</summary>
    internal static void Ended(int child)
    {
        for (var number = 0u; number < s_count; number++)
        {
            if (s_slots[number].Init == child)
                s_slots[number].Init = 0;
        }
    }

    /// <summary>Lets go of all for good: each holds the user namespace it was made with, and a host may allow too few of them.</summary>
    internal static void GiveUp()
    {
        s_states = null;
        for (; s_count > 0; s_count--)
            Forget(s_slots + s_count - 1);
    }

    /// <summary>Where init says whether the slot's namespace is untouched; null where it need not.</summary>
    internal static byte* State(uint number) => s_states != null && number < Slots ? s_states + ((nint)number * PageBytes) : null;

    /// <summary>In an init: takes away what other slots' say. Who took over an init could else have a used namespace kept for somebody else.</summary>
    internal static bool SeeOnly(uint number)
    {
        if (s_states == null)
            return true;
        var before = (nint)(number < Slots ? number : Slots);
        var after = Slots - 1 - before;
        return (before == 0 || Libc.Call(SysUnmap, (nint)s_states, before * PageBytes) == 0)
            && (after <= 0 || Libc.Call(SysUnmap, (nint)(s_states + ((before + 1) * PageBytes)), after * PageBytes) == 0);
    }

    private static bool Go(int network) => Libc.Call(SysSetNs, network, CloneNewNet) == 0;

    private static void Forget(Slot* slot)
    {
        if (slot->Namespace >= 0)
            Libc.close(slot->Namespace);
        slot->Namespace = -1;
    }

    private struct Slot
    {
        /// <summary>A descriptor of its network namespace; -1 for none.</summary>
        public int Namespace;

        /// <summary>The init made last, until it was reaped; then 0.</summary>
        public int Init;
    }
}
