namespace SandboxApi.Archives.Tar;

/// <summary>What pax records say of a sparse file whose map stands before its content.</summary>
/// <param name="Name">Its name; the entry's own is made up.</param>
/// <param name="RealSize">Its size with the holes.</param>
internal sealed record SparseHeader(byte[] Name, long RealSize);

/// <summary>Collects the records of a sparse file. Only the form that GNU tar calls 1.0 is taken; all readers that know sparse files in pax read it alike.</summary>
internal sealed class SparseRecords
{
    private static readonly byte[] s_prefix = [.. "GNU.sparse."u8];

    private byte[]? _name;
    private long? _realSize;
    private bool _hasMajor;
    private bool _hasMinor;

    public bool HasName => _name is not null;

    /// <summary>Whether a record changes what an entry holds, for whoever understands it.</summary>
    public static bool IsSparse(ReadOnlySpan<byte> key) =>
        key.StartsWith(s_prefix) || key.SequenceEqual("SCHILY.realsize"u8) || key.SequenceEqual("SUN.holesdata"u8);

    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var name = key.StartsWith(s_prefix) ? key[s_prefix.Length..] : [];
        if (name.SequenceEqual("major"u8) && value.SequenceEqual("1"u8) && !_hasMajor)
            _hasMajor = true;
        else if (name.SequenceEqual("minor"u8) && value.SequenceEqual("0"u8) && !_hasMinor)
            _hasMinor = true;
        else if (name.SequenceEqual("name"u8) && !value.IsEmpty && _name is null)
            _name = value.ToArray();
        else if (name.SequenceEqual("realsize"u8) && _realSize is null && TarNumber.TryDecimal(value, out var size))
            _realSize = size;
        else
            throw Unknown();
    }

    /// <summary>All of it.</summary>
    /// <exception cref="SandboxException">A part is missing.</exception>
    public SparseHeader Complete() =>
        _hasMajor && _hasMinor && _name is not null && _realSize is { } size ? new(_name, size) : throw Unknown();

    private static SandboxException Unknown() => InvalidArchive.Sparse("its tar holds a sparse file in a form that is not taken");
}
