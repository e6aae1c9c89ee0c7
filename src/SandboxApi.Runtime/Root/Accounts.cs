namespace SandboxApi.Runtime.Root;

/// <summary>Who there is inside a sandbox.</summary>
internal static class Accounts
{
    internal const string StudentPasswd = "student:x:1000:1000:student:/home/student:/bin/bash";
    internal const string StudentGroup = "student:x:1000:";
    internal const string Passwd = "root:x:0:0:root:/:/usr/sbin/nologin\n" + StudentPasswd + "\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
    internal const string Group = "root:x:0:\n" + StudentGroup + "\nnogroup:x:65534:\n";
}
