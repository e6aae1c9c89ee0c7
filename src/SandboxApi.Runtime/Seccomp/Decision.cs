namespace SandboxApi.Runtime.Seccomp;

/// <summary>What a filter answers a call, by its arguments. Arguments are 64 bits wide; of all that are looked at the kernel itself takes 32.</summary>
internal abstract record Decision
{
    private const uint AllowAction = 0x7FFF0000;
    private const uint ErrnoAction = 0x00050000;
    private const uint NotifyAction = 0x7FC00000;

    /// <summary>The kernel carries the call out.</summary>
    internal static Decision Allow { get; } = new Answer(AllowAction);

    /// <summary>The caller is told that it was done, and nothing is.</summary>
    internal static Decision Pretend { get; } = new Answer(ErrnoAction);

    /// <summary>Init is told of the call first, and lets it go on.</summary>
    internal static Decision Report { get; } = new Answer(NotifyAction);

    /// <summary>Init is told of the call first, and lets it go on so often; then, or where init cannot be told, it fails with this error.</summary>
    internal static Decision ReportOr(uint errno) => new Answer(NotifyAction | errno);

    /// <summary>The call fails with this error (errno(3)).</summary>
    internal static Decision Refuse(uint errno) => new Answer(ErrnoAction | errno);

    /// <summary>By the value of an argument.</summary>
    internal static Decision By(int argument, Decision otherwise, params CallCommand[] commands) => new Choice(argument, otherwise, commands);

    /// <summary>Refused where an argument has one of these bits.</summary>
    internal static Decision RefuseBits(int argument, uint bits, uint errno, Decision? otherwise = null) => new Bits(argument, bits, Refuse(errno), otherwise ?? Allow);

    /// <summary>Always the same.</summary>
    internal sealed record Answer(uint Action) : Decision;

    /// <summary>What is listed has its own decision, everything else another.</summary>
    internal sealed record Choice(int Argument, Decision Otherwise, IReadOnlyList<CallCommand> Commands) : Decision;

    /// <summary>Whether an argument has one of some bits.</summary>
    internal sealed record Bits(int Argument, uint Mask, Decision IfAny, Decision Otherwise) : Decision;

    /// <summary>Whether an argument, a pointer, leads anywhere; both halves of it are looked at.</summary>
    internal sealed record Pointer(int Argument, Decision IfSet, Decision IfNull) : Decision;
}
