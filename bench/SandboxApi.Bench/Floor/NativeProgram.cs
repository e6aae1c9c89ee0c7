using System.Diagnostics;

namespace SandboxApi.Bench.Floor;

/// <summary>The small native programs beside this one: compiled when first needed.</summary>
internal static class NativeProgram
{
    /// <summary>The path of the compiled program.</summary>
    /// <exception cref="InvalidOperationException">There is no gcc, or it failed.</exception>
    public static async Task<string> CompileAsync(string directory, string name)
    {
        var path = Path.Combine(directory, name);
        if (File.Exists(path))
            return path;
        using var gcc = Process.Start("gcc", ["-O2", "-Wall", "-Werror", "-pthread", Path.Combine(AppContext.BaseDirectory, $"Floor/{name}.c"), "-o", path]);
        await gcc.WaitForExitAsync();
        return gcc.ExitCode == 0 ? path : throw new InvalidOperationException($"gcc could not compile {name}.c");
    }
}
