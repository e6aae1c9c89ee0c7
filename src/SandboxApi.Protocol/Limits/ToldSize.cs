using System.Globalization;

namespace SandboxApi;

/// <summary>A limit in bytes as people write it, for messages: <c>128 MiB</c>; what is no whole number of a larger unit stays in bytes.</summary>
internal static class ToldSize
{
    private static readonly string[] s_units = ["bytes", "KiB", "MiB", "GiB", "TiB"];

    internal static string Of(long bytes)
    {
        var unit = 0;
        while (bytes != 0 && bytes % 1024 == 0 && unit < s_units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return bytes.ToString(CultureInfo.InvariantCulture) + " " + (bytes == 1 && unit == 0 ? "byte" : s_units[unit]);
    }
}
