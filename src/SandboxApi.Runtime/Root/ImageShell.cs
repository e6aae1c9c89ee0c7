using System.Buffers.Binary;
using System.Text;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Root;

/// <summary>The shell of a root image: every command is run by it.</summary>
internal static class ImageShell
{
    private const int HeadBytes = 64 << 10;
    private const ushort ThisMachine = 62; // EM_X86_64
    private const uint Interpreter = 3; // PT_INTERP

    /// <summary>Where images have it that do not have it in /bin.</summary>
    private static readonly string[] s_elsewhere = ["usr/local/bin/bash", "usr/bin/bash", "opt/bin/bash"];

    internal static string? Problem(DirectoryHandle root)
    {
        if (Head(root, "bin/bash", out var isExecutable) is not { } head)
        {
            if (s_elsewhere.FirstOrDefault(place => Head(root, place, out _) is not null) is { } elsewhere)
                return $"there is no bin/bash in it, by which every command is run, but {elsewhere}: link bin/bash to it (ln -s /{elsewhere} bin/bash)";
            return Head(root, "bin/sh", out _) is null
                ? "there is neither bin/bash in it, by which every command is run, nor bin/sh: it is no root directory of a system"
                : "there is no bin/bash in it, by which every command is run, only bin/sh: install bash in the image (apk add bash, apt-get install bash)";
        }

        if (!isExecutable)
            return "not everybody may run its bin/bash (chmod 755)";
        if (!head.AsSpan().StartsWith("\u007fELF"u8) || head.Length < 64)
            return null;
        var machine = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(18));
        if (machine != ThisMachine)
            return $"its bin/bash is a program for {NameOf(machine)}, and this is an x86-64 machine: take the image for linux/amd64";
        return InterpreterOf(head) is { } loader && Head(root, loader.TrimStart('/'), out _) is null
            ? $"its bin/bash needs {loader}, which is not there"
            : null;
    }

    /// <summary>The first bytes of a file, its links resolved as they are inside; null where there is none.</summary>
    private static byte[]? Head(DirectoryHandle root, string path, out bool isExecutable)
    {
        isExecutable = false;
        try
        {
            using var file = root.OpenFileInRoot(Encoding.UTF8.GetBytes(path));
            var status = DirectoryHandle.StatusOf(file);
            if (status.Kind != FileKind.Regular)
                return null;
            isExecutable = (status.Mode & 0x1) != 0;
            var bytes = new byte[Math.Min(status.Size, HeadBytes)];
            return bytes[..RandomAccess.Read(file, bytes, 0)];
        }
        catch (SystemCallException)
        {
            return null;
        }
    }

    /// <summary>The loader that a program names (elf(5)); null for one that needs none.</summary>
    private static string? InterpreterOf(ReadOnlySpan<byte> head)
    {
        var at = BinaryPrimitives.ReadUInt64LittleEndian(head[32..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(head[54..]), count = BinaryPrimitives.ReadUInt16LittleEndian(head[56..]);
        for (var i = 0; i < count && size >= 56 && at + (ulong)(size * (i + 1)) <= (ulong)head.Length; i++)
        {
            var segment = head.Slice((int)at + (size * i), size);
            if (BinaryPrimitives.ReadUInt32LittleEndian(segment) != Interpreter)
                continue;
            var (offset, length) = (BinaryPrimitives.ReadUInt64LittleEndian(segment[8..]), BinaryPrimitives.ReadUInt64LittleEndian(segment[32..]));
            return length is > 1 and < 4096 && offset <= (ulong)head.Length - length && offset < (ulong)head.Length
                ? Encoding.UTF8.GetString(head.Slice((int)offset, (int)length - 1))
                : null;
        }

        return null;
    }

    private static string NameOf(ushort machine) => machine switch { 3 => "x86 (32 bits)", 40 => "ARM (32 bits)", 183 => "ARM (aarch64)", 243 => "RISC-V", 21 => "POWER", 22 => "s390x", _ => $"another machine (ELF number {machine})" };
}
