using System.Text.Json.Nodes;
using SandboxApi.Bench.Sections;

namespace SandboxApi.Bench.Others;

/// <summary>A bundle for runc with the programs of this machine: what <c>runc spec</c> says, with the usual command.</summary>
internal static class RuncBundle
{
    /// <summary>The directory of the bundle; null where runc writes no specification.</summary>
    public static async Task<string?> MakeAsync(Setting setting)
    {
        var bundle = setting.NewDirectory("runc");
        if (await OtherEngines.ReadAsync(["runc", "spec", "--bundle", bundle]) is null)
            return null;
        var root = Path.Combine(bundle, "rootfs");
        foreach (var directory in (string[])["usr", "proc", "dev", "sys", "tmp"])
            Directory.CreateDirectory(Path.Combine(root, directory));
        foreach (var name in (string[])["bin", "lib", "lib64"])
            File.CreateSymbolicLink(Path.Combine(root, name), "usr/" + name);

        var path = Path.Combine(bundle, "config.json");
        var specification = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        specification["process"]!["terminal"] = false;
        specification["process"]!["args"] = new JsonArray("/bin/bash", "-c", Setting.Script);
        specification["mounts"]!.AsArray().Add(new JsonObject
        {
            ["destination"] = "/usr",
            ["type"] = "bind",
            ["source"] = "/usr",
            ["options"] = new JsonArray("rbind", "ro"),
        });
        await File.WriteAllTextAsync(path, specification.ToJsonString());
        return bundle;
    }
}
