namespace SandboxApi.Launcher.Init;

/// <summary>What an init gets from the zygote that clones it.</summary>
internal unsafe struct Inheritance
{
    /// <summary>Its end of the control socket.</summary>
    public int Control;

    /// <summary>The storage, not mounted anywhere yet.</summary>
    public int Storage;

    /// <summary>Where it says whether its network and ipc namespaces are untouched; null where it need not.</summary>
    public byte* NamespacesState;
}
