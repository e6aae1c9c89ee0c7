namespace SandboxApi.Runtime.Root;

/// <summary>What the distribution's own tools write to /etc and /var, and programs of /usr read: no package has it, so no record says what it should be.</summary>
/// <remarks>Named as narrowly as the tools name it, so that what an administrator puts beside it is not taken for it. <c>*</c> stands for any part of a name, <c>**</c> for any directories.</remarks>
internal static class GeneratedFiles
{
    /// <summary>Files, by the tool that writes them.</summary>
    private static readonly string[][] s_files =
    [
        Split("etc/ld.so.cache"), // ldconfig
        Split("etc/ld.so.conf"),
        Split("etc/localtime"), // tzdata
        Split("etc/timezone"),
        Split("etc/locale.alias"),
        Split("etc/fpc.cfg"), // fpcmkcfg
        Split("etc/fpc-*.cfg"),
        Split("etc/fppkg.cfg"),
        Split("etc/fppkg-*.cfg"),
        Split("etc/ssl/certs/ca-certificates.crt"), // update-ca-certificates: public by their nature
        Split("etc/ssl/certs/java/cacerts"),
        Split("etc/xml/*.xml"), // update-xmlcatalog
        Split("etc/xml/catalog"),
        Split("etc/sgml/*.cat"), // update-catalog
        Split("var/lib/sgml-base/supercatalog"),
        Split("var/lib/xml-core/*"),
        Split("etc/texmf/web2c/*.cnf"), // update-texmf, update-updmap, update-fmtutil
        Split("etc/texmf/web2c/*.cfg"),
        Split("etc/texmf/**/ls-R"),
        Split("var/lib/texmf/**/ls-R*"),
        Split("var/lib/texmf/*.cfg-*"),
        Split("var/lib/texmf/*.cnf-*"),
        Split("var/lib/texmf/xdvi/XDvi-paper"),
        Split("var/lib/texmf/dvips/config/config-paper.ps"),
        Split("var/cache/fontconfig/CACHEDIR.TAG"), // fc-cache
        Split("var/cache/fontconfig/*.cache-*"),
        Split("var/lib/ghc/package.conf.d/*.conf"), // ghc-pkg
        Split("var/lib/ghc/package.conf.d/package.cache*"),
        Split("etc/dictionaries-common/*"), // update-default-wordlist and its like
        Split("var/cache/dictionaries-common/*"),
        Split("var/lib/dictionaries-common/**/*"),
        Split("var/lib/aspell/*.rws"),
        Split("var/lib/aspell/*.compat"),
        Split("var/lib/ispell/*.hash"),
        Split("var/lib/ispell/*.compat"),
        Split("var/lib/ghostscript/fonts/*map"), // update-gsfontmap
        Split("var/lib/ghostscript/fonts/Fontmap"),
        Split("var/lib/ghostscript/CMap/*"),
        Split("var/lib/mecab/dic/**/*"), // mecab-dict-index
        Split("var/lib/gems/**/*"), // gem: programs, as those of /usr/local are
        Split("var/lib/emacsen-common/state/**/*"),
        .. Endings("var/lib/texmf", ["fmt", "base", "mem", "log", "fls", "cnf", "cfg", "map", "dat", "def", "lua", "luc", "lub", "gz", "tfm", "pk", "mf", "enc", "pfb", "tex", "ldf", "rc", "dfm", "fmtutil", "list"]), // mktexlsr, fmtutil, updmap
    ];

    /// <summary>Links that tools make, beside those to /etc/alternatives, which may lie anywhere.</summary>
    private static readonly string[][] s_links =
    [
        Split("etc/alternatives/*"),
        Split("etc/localtime"),
        Split("etc/locale.alias"),
        Split("etc/mtab"),
        Split("etc/fonts/conf.d/*"),
        Split("etc/ssl/certs/*"),
        Split("etc/php/*/*/conf.d/*"),
        Split("etc/dpkg/origins/default"),
        Split("etc/sgml/catalog"),
        Split("etc/sgml/*"),
        Split("etc/dictionaries-common/*"),
        Split("etc/texmf/**/*"),
        Split("etc/X11/**/*"),
        Split("etc/xdg/**/*"),
        Split("etc/java*/**/*"),
        Split("etc/R/*"),
        Split("etc/emacs/**/*"),
        Split("var/lib/texmf/**/*"),
        Split("var/lib/aspell/*"),
        Split("var/lib/ispell/*"),
        Split("var/lib/ghostscript/**/*"),
        Split("var/lib/mecab/dic/**/*"),
        Split("var/lib/gems/**/*"),
        Split("var/cache/dictionaries-common/*"),
    ];

    /// <summary>Directories that may be large and hold nothing but what tools write: bound as a whole, should really nothing else be in them.</summary>
    internal static IReadOnlyList<string> Trees { get; } = ["var/lib/texmf", "var/lib/gems", "var/lib/ghc", "var/lib/mecab"];

    internal static bool IsFile(string path) => Matches(s_files, path);

    internal static bool IsLink(string path, string target) => target.StartsWith("/etc/alternatives/", StringComparison.Ordinal) || Matches(s_links, path);

    /// <summary>Whether a content is what the tool would have written, where that is easily told and somebody may have edited it.</summary>
    internal static bool IsPlausible(string root, string path, ReadOnlySpan<byte> content) => path switch
    {
        "etc/timezone" => content.Length < 100 && !content.Contains((byte)0) && File.Exists(Path.Combine(root, "usr/share/zoneinfo", System.Text.Encoding.UTF8.GetString(content).Trim().TrimStart('/'))),
        "etc/localtime" => content.StartsWith("TZif"u8),
        "etc/ssl/certs/ca-certificates.crt" => content.StartsWith("-----BEGIN CERTIFICATE-----"u8) && !HostSecrets.HasPrivateKey(content),
        _ => !HostSecrets.HasPrivateKey(content),
    };

    /// <summary>Whether there may be such files or links below a directory.</summary>
    internal static bool MayBeBelow(string directory)
    {
        var segments = Split(directory);
        return s_files.Concat(s_links).Any(pattern => IsBegunBy(pattern, segments));
    }

    private static string[] Split(string path) => path.Split('/');

    private static IEnumerable<string[]> Endings(string directory, string[] endings) => endings.Select(ending => Split($"{directory}/**/*.{ending}"));

    private static bool Matches(string[][] patterns, string path)
    {
        var segments = Split(path);
        foreach (var pattern in patterns)
        {
            if (Matches(pattern, segments))
                return true;
        }

        return false;
    }

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> path)
    {
        if (pattern.IsEmpty)
            return path.IsEmpty;
        if (pattern[0] == "**")
            return Matches(pattern[1..], path) || (!path.IsEmpty && Matches(pattern, path[1..]));
        return !path.IsEmpty && MatchesName(pattern[0], path[0]) && Matches(pattern[1..], path[1..]);
    }

    private static bool IsBegunBy(ReadOnlySpan<string> pattern, ReadOnlySpan<string> path)
    {
        if (path.IsEmpty)
            return true;
        return !pattern.IsEmpty && (pattern[0] == "**" || (MatchesName(pattern[0], path[0]) && IsBegunBy(pattern[1..], path[1..])));
    }

    /// <summary>One <c>*</c> at most, or two around a word.</summary>
    private static bool MatchesName(string pattern, string name)
    {
        var first = pattern.IndexOf('*', StringComparison.Ordinal);
        if (first < 0)
            return pattern == name;
        var last = pattern.LastIndexOf('*');
        return name.Length >= pattern.Length - (first == last ? 1 : 2)
            && name.StartsWith(pattern[..first], StringComparison.Ordinal)
            && name.EndsWith(pattern[(last + 1)..], StringComparison.Ordinal)
            && (first == last || name[first..^(pattern.Length - last - 1)].Contains(pattern[(first + 1)..last], StringComparison.Ordinal));
    }
}
