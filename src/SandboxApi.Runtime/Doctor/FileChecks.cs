using SandboxApi.Runtime.Host;

namespace SandboxApi.Runtime.Doctor;

/// <summary>Programs and directories.</summary>
internal static class FileChecks
{
    private static readonly string[] ProgramDirectories = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"];

    private static readonly (string Program, string Package)[] Languages =
        [("python3", "python3"), ("gcc", "gcc libc6-dev"), ("perl", "perl"), ("node", "nodejs"), ("java", "default-jdk-headless")];

    public static IEnumerable<Finding> All(HostExamination host)
    {
        yield return DataDirectory(host);

        var root = HostPath.Under(host.Root, host.Options.RootFs ?? "/");
        if (!Directory.Exists(root))
        {
            yield return new("rootfs", FindingStatus.Missing, $"The directory given as RootFs, {host.Options.RootFs}, does not exist.", $"debootstrap stable {host.Options.RootFs}, or leave RootFs out to use the host's own programs.");
            yield break;
        }

        var place = host.Options.RootFs ?? "the host";
        yield return HasProgram(root, "bash")
            ? new("bash", FindingStatus.Ok, $"bash is in {place}.")
            : new("bash", FindingStatus.Missing, $"There is no bash in {place}; every command is run by it.", host.Options.RootFs is { } rootfs ? $"chroot {rootfs} apt-get install bash" : "apt-get install bash");
        foreach (var (program, package) in Languages)
        {
            yield return HasProgram(root, program)
                ? new(program, FindingStatus.Ok, $"{program} is in {place}.")
                : new(program, FindingStatus.Warning, $"There is no {program} in {place}; commands cannot use it.", host.Options.RootFs is { } tree ? $"chroot {tree} apt-get install {package}" : $"apt-get install {package}");
        }

        if (host.Options.Libraries.Count > 0)
        {
            yield return HasProgram(host.Root, "git")
                ? new("git", FindingStatus.Ok, "git is there to fetch the libraries.")
                : new("git", FindingStatus.Missing, "Libraries are configured, and there is no git to fetch them.", "apt-get install git");
        }
    }

    private static Finding DataDirectory(HostExamination host)
    {
        const string Name = "data directory";
        var wanted = Doctor.DataDirectory.Of(host.Options, host.Kernel.IsRoot);

        // What does not exist yet is made, so the nearest directory that does exist decides.
        var existing = wanted;
        while (!Directory.Exists(HostPath.Under(host.Root, existing)) && Path.GetDirectoryName(existing) is { } parent)
        {
            if (File.Exists(HostPath.Under(host.Root, existing)))
            {
                return new(Name, FindingStatus.Missing, $"{existing} is a file; stored environments need a directory.", $"Remove it, or set DataDirectory to another place than {wanted}.");
            }

            existing = parent;
        }

        return host.Kernel.CanWriteDirectory(HostPath.Under(host.Root, existing))
            ? new(Name, FindingStatus.Ok, $"{wanted} can be written.")
            : new(Name, FindingStatus.Missing, $"{wanted} cannot be written.", $"mkdir -p {wanted} && chown $USER {wanted} (as root), or set DataDirectory to a directory you own.");
    }

    private static bool HasProgram(string root, string program) =>
        ProgramDirectories.Any(d => Exists(HostPath.Under(root, d + "/" + program)));

    // In a rootfs an absolute link points below that root, so it may look broken from here and be sound inside.
    private static bool Exists(string path) => new FileInfo(path) is { } file && (file.Exists || file.LinkTarget is not null);
}
