namespace SandboxApi.Launcher;

/// <summary>The configuration as it lies in memory: header, filter, masks, plan.</summary>
internal readonly unsafe struct Configuration(byte* buffer)
{
    internal ConfigureMessage* Message => (ConfigureMessage*)buffer;

    internal byte* Filter => buffer + sizeof(ConfigureMessage);

    internal byte* Masks => Filter + Message->FilterBytes;

    internal byte* MasksEnd => Masks + Message->MaskBytes;

    internal byte* Plan => MasksEnd;

    internal byte* PlanEnd => Plan + Message->PlanBytes;

    internal bool Unprivileged => Message->Unprivileged != 0;

    /// <summary>The byte after the NUL that closes the string at <paramref name="text"/>.</summary>
    internal static byte* After(byte* text)
    {
        while (*text != 0)
            text++;
        return text + 1;
    }
}
