using SandboxApi.Runtime.Host;
using SandboxApi.Runtime.Root;

namespace SandboxApi.Runtime.Doctor;

/// <summary>Programs that commands can use.</summary>
internal static class FileChecks
{
    private static readonly string[] ProgramDirectories = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"];

    private static readonly (string Program, string Package)[] Languages =
        [("python3", "python3"), ("gcc", "gcc libc6-dev"), ("perl", "perl"), ("node", "nodejs"), ("java", "default-jdk-headless")];

    public static IEnumerable<Finding> All(HostExamination host)
    {
        var root = HostPath.Under(host.Root, host.Options.RootFs ?? "/");
        if (!Directory.Exists(root))
        {
            yield return new("rootfs", FindingStatus.Missing, $"RootFs is '{host.Options.RootFs}'; there is no such directory.", File.Exists(root) ? "Give a directory, or leave RootFs out to use the host's own programs." : $"debootstrap stable {host.Options.RootFs}");
            yield break;
        }

        var place = host.Options.RootFs ?? "the host";
        yield return HasProgram(root, "bash")
            ? new("bash", FindingStatus.Ok, $"bash is in {place}.")
            : new("bash", FindingStatus.Missing, $"There is no bash in {place}; every command is run by it.", host.Options.RootFs is { } rootfs ? $"chroot {rootfs} apt-get install bash" : "apt-get install bash");
        if (host.Options.RootFs is not null && HasProgram(root, "bash") && RootImage.Problem(root) is { } problem)
            yield return new("rootfs", FindingStatus.Missing, $"No command can be run in {place}: {problem}.", "Give another root directory, or leave RootFs out to use the host's own programs");
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

    private static bool HasProgram(string root, string program) =>
        ProgramDirectories.Any(d => Exists(HostPath.Under(root, d + "/" + program)));

    // In a rootfs an absolute link points below that root, so it may look broken from here and be sound inside.
    private static bool Exists(string path) => new FileInfo(path) is { } file && (file.Exists || file.LinkTarget is not null);
}
