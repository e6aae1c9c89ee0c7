namespace SandboxApi.Runtime.Root;

/// <summary>Who there is inside a sandbox.</summary>
internal static class Accounts
{
    private const string StudentPasswd = "student:x:1000:1000:student:/home/student:/bin/bash\n";
    private const string StudentGroup = "student:x:1000:\n";
    private const string RootPasswd = "root:x:0:0:root:/:/usr/sbin/nologin\n";
    private const string NobodyPasswd = "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";

    internal const string Passwd = RootPasswd + StudentPasswd + NobodyPasswd;
    internal const string Group = "root:x:0:\n" + StudentGroup + "nogroup:x:65534:\n";

    /// <summary>The accounts of an image after the student's, so that number 1000 is the student whatever else has it.</summary>
    internal static byte[] PasswdWith(ReadOnlySpan<byte> theirs) =>
        [.. System.Text.Encoding.ASCII.GetBytes(StudentPasswd), .. Others(theirs), .. Missing(theirs, RootPasswd), .. Missing(theirs, NobodyPasswd)];

    /// <summary>The groups of an image, likewise.</summary>
    internal static byte[] GroupWith(ReadOnlySpan<byte> theirs) =>
        [.. System.Text.Encoding.ASCII.GetBytes(StudentGroup), .. Others(theirs), .. Missing(theirs, "root:x:0:\n"), .. Missing(theirs, "nogroup:x:65534:\n")];

    /// <summary>All lines that are not of another student.</summary>
    private static byte[] Others(ReadOnlySpan<byte> theirs)
    {
        var lines = new List<byte>(theirs.Length + 1);
        foreach (var range in theirs.Split((byte)'\n'))
        {
            var line = theirs[range];
            if (line.IsEmpty || line.StartsWith("student:"u8) || line.Contains((byte)0))
                continue;
            lines.AddRange(line);
            lines.Add((byte)'\n');
        }

        return [.. lines];
    }

    private static byte[] Missing(ReadOnlySpan<byte> theirs, string line)
    {
        var name = System.Text.Encoding.ASCII.GetBytes(line[..(line.IndexOf(':', StringComparison.Ordinal) + 1)]);
        foreach (var range in theirs.Split((byte)'\n'))
        {
            if (theirs[range].StartsWith(name))
                return [];
        }

        return System.Text.Encoding.ASCII.GetBytes(line);
    }
}
