using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>The configuration as it lies in memory: header, filters, masks, cgroups, plan.</summary>
internal readonly unsafe struct Configuration(byte* buffer)
{
    internal ConfigureMessage* Message => (ConfigureMessage*)buffer;

    /// <summary>What comes before the strings of an entry of the plan: its kind and its mode.</summary>
    internal const int PlanEntryHead = 3;

    internal byte* Filter => buffer + sizeof(ConfigureMessage);

    internal byte* LastFilter => Filter + Message->FilterBytes;

    internal byte* Masks => LastFilter + Message->LastFilterBytes;

    internal byte* MasksEnd => Masks + Message->MaskBytes;

    internal byte* Cgroups => MasksEnd;

    internal byte* CgroupsEnd => Cgroups + Message->CgroupBytes;

    internal byte* Plan => CgroupsEnd;

    internal byte* PlanEnd => Plan + Message->PlanBytes;

    /// <summary>Lets go of the plan, once it is carried out: what is cloned need not have it.</summary>
    internal void ForgetPlan()
    {
        var from = ((nint)Plan + PageBytes - 1) / PageBytes * PageBytes;
        var to = (nint)buffer + Wire.MaxConfigureBytes;
        if (from < to)
            Libc.Call(SysUnmap, from, to - from);
    }

    internal bool Unprivileged => Message->Unprivileged != 0;

    /// <summary>Whether so many bytes hold all that they say they hold: whatever is read afterwards lies within them.</summary>
    internal bool IsWhole(nint length)
    {
        if (length < sizeof(ConfigureMessage) || Message->Type != MessageType.Configure || Message->FilterBytes % FilterProgram.InstructionBytes != 0 || Message->LastFilterBytes % FilterProgram.InstructionBytes != 0)
            return false;
        var stated = (ulong)sizeof(ConfigureMessage) + Message->FilterBytes + Message->LastFilterBytes + Message->MaskBytes + Message->CgroupBytes + Message->PlanBytes;
        if (stated != (ulong)length || Message->TreeBytes > Wire.MaxTreeBytes || (Message->MaskBytes > 0 && MasksEnd[-1] != 0))
            return false;
        for (var at = Cgroups; at < CgroupsEnd;)
        {
            at = AfterWithin(AfterWithin(at, CgroupsEnd), CgroupsEnd);
            if (at == null)
                return false;
        }

        for (var at = Plan; at < PlanEnd;)
        {
            if ((PlanEntry)at[0] is not (PlanEntry.Directory or PlanEntry.Symlink or PlanEntry.ReadOnlyBind or PlanEntry.LiveBind or PlanEntry.DeviceBind or PlanEntry.File or PlanEntry.CopyOver))
                return false;
            at = AfterWithin(AfterWithin(at + PlanEntryHead, PlanEnd), PlanEnd);
            if (at == null)
                return false;
        }

        return true;
    }

    /// <summary>The byte after the NUL that closes the string at <paramref name="text"/>; null when none does before <paramref name="end"/>.</summary>
    internal static byte* AfterWithin(byte* text, byte* end)
    {
        if (text == null)
            return null;
        while (text < end)
        {
            if (*text++ == 0)
                return text;
        }

        return null;
    }

    /// <summary>The byte after the NUL that closes the string at <paramref name="text"/>.</summary>
    internal static byte* After(byte* text)
    {
        while (*text != 0)
            text++;
        return text + 1;
    }
}
