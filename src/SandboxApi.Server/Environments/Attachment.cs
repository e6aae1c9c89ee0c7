using System.Text;

namespace SandboxApi.Server.Environments;

/// <summary>The <c>Content-Disposition</c> header of a download, safe for whatever untrusted code called its file.</summary>
internal static class Attachment
{
    private const string TokenSymbols = "!#$&+-.^_`|~";

    /// <summary>As the original server writes it (<c>filename=a.txt</c>) when the name is a token; quoted when it is printable ASCII; else with RFC 6266's <c>filename*</c>.</summary>
    internal static string Header(string name)
    {
        if (name.Length > 0 && name.All(IsToken))
            return "attachment; filename=" + name;
        var plain = new string([.. name.Select(c => c is < ' ' or > '~' or '"' or '\\' or '%' or '/' ? '_' : c)]);
        var header = $"attachment; filename=\"{plain}\"";
        return plain == name ? header : $"{header}; filename*=UTF-8''{Encode(name)}";
    }

    private static bool IsToken(char c) => char.IsAsciiLetterOrDigit(c) || TokenSymbols.Contains(c, StringComparison.Ordinal);

    private static string Encode(string name)
    {
        var encoded = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || TokenSymbols.Contains((char)b, StringComparison.Ordinal))
                encoded.Append((char)b);
            else
                encoded.Append($"%{b:X2}");
        }

        return encoded.ToString();
    }
}
