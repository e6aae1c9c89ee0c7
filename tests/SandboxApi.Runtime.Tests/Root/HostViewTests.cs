using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Root;

namespace SandboxApi.Runtime.Tests.Root;

/// <summary>What of a host's /etc and /var comes to be seen, on hosts made up for it.</summary>
public sealed class HostViewTests : IDisposable
{
    private readonly FabricatedHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void What_packages_shipped_is_seen_as_it_was_shipped()
    {
        _host.Ship("etc/tool/tool.conf", "shipped");
        _host.Ship("var/lib/tool/table", "a table", isConffile: false);
        _host.Make("etc/tool/conf.d");
        _host.List("etc/tool/conf.d");
        _host.List("etc/tool/link");
        _host.Link("etc/tool/link", "tool.conf");

        var seen = Look();

        seen["etc/tool/tool.conf"].ShouldBe("shipped");
        seen["var/lib/tool/table"].ShouldBe("a table");
        seen["etc/tool/conf.d"].ShouldBe("directory");
        seen["etc/tool/link"].ShouldBe("-> tool.conf");
    }

    [Fact]
    public void What_an_administrator_wrote_is_not_seen()
    {
        _host.Ship("etc/tool/tool.conf", "shipped");
        _host.Write("etc/tool/tool.conf", "password=s3cret");
        _host.Write("etc/tool/local.conf", "s3cret");
        _host.Write("etc/s3cret.conf", "s3cret");
        _host.Write("etc/fonts/local.conf", "s3cret");
        _host.Write("etc/ssl/certs/host.pem", "s3cret");
        _host.Write("etc/alternatives/notes", "s3cret");
        _host.Write("etc/profile.d/site.sh", "s3cret");
        _host.Write("var/lib/texmf/notes.txt", "s3cret");
        _host.Write("var/lib/service/state", "s3cret");
        _host.Write("var/cache/fontconfig/notes", "s3cret");
        _host.Link("etc/elsewhere", "/root/y");
        _host.Link("etc/alternatives/elsewhere", "/root/y");
        _host.Link("etc/alternatives/upwards", "../../root/y");
        _host.Link("etc/alternatives/roundabout", "/usr/../root/y");

        Look().Keys.Where(path => path is not ("etc" or "var" or "var/lib" or "var/cache")).ShouldBeEmpty();
    }

    [Fact]
    public void What_the_distributions_tools_generate_is_seen()
    {
        _host.Write("etc/ld.so.cache", "cache");
        _host.Write("etc/fpc-3.2.2.cfg", "paths");
        _host.Link("etc/fpc.cfg", "/etc/alternatives/fpc.cfg");
        _host.Link("etc/alternatives/fpc.cfg", "/etc/fpc-3.2.2.cfg");
        _host.Link("etc/fonts/conf.d/10-a.conf", "/usr/share/fontconfig/conf.avail/10-a.conf");
        _host.Write("var/lib/texmf/web2c/pdftex/pdflatex.fmt", "format");
        _host.Write("var/lib/ghc/package.conf.d/package.cache", "cache");

        var seen = Look();

        seen["etc/ld.so.cache"].ShouldBe("cache");
        seen["etc/fpc.cfg"].ShouldBe("-> /etc/alternatives/fpc.cfg");
        seen["etc/alternatives/fpc.cfg"].ShouldBe("-> /etc/fpc-3.2.2.cfg");
        seen["etc/fonts/conf.d/10-a.conf"].ShouldBe("-> /usr/share/fontconfig/conf.avail/10-a.conf");
        seen["var/lib/texmf/web2c/pdftex/pdflatex.fmt"].ShouldBe("format");
        seen["var/lib/ghc/package.conf.d/package.cache"].ShouldBe("cache");
    }

    [Fact]
    public void A_time_is_kept_by_files_and_directories()
    {
        _host.Write("var/lib/ghc/package.conf.d/package.cache", "cache");
        var time = new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(_host.PathOf("var/lib/ghc/package.conf.d/package.cache"), time);
        Directory.SetLastWriteTimeUtc(_host.PathOf("var/lib/ghc/package.conf.d"), time.AddSeconds(-1));

        var times = new Dictionary<string, long>();
        Look((path, head) => times[path] = head.Modified);

        times["var/lib/ghc/package.conf.d/package.cache"].ShouldBe(new DateTimeOffset(time).ToUnixTimeSeconds());
        times["var/lib/ghc/package.conf.d"].ShouldBe(new DateTimeOffset(time).ToUnixTimeSeconds() - 1);
    }

    [Theory]
    [InlineData("etc/ssh/ssh_config")]
    [InlineData("etc/sudoers.d/README")]
    [InlineData("etc/cron.daily/job")]
    [InlineData("etc/NetworkManager/NetworkManager.conf")]
    [InlineData("etc/ppp/chap-secrets")]
    [InlineData("etc/ssl/private/key")]
    [InlineData("etc/shadow")]
    [InlineData("etc/machine-id")]
    [InlineData("etc/krb5.keytab")]
    [InlineData("etc/apt/auth.conf")]
    [InlineData("var/lib/NetworkManager/x")]
    [InlineData("var/lib/systemd/x")]
    public void What_may_be_secret_is_not_seen_though_a_package_shipped_it(string path)
    {
        _host.Ship(path, "as shipped");
        _host.List(Path.GetDirectoryName(path)!);

        Look().ShouldNotContainKey(path);
    }

    [Fact]
    public void What_not_all_may_read_is_not_seen()
    {
        _host.Ship("etc/tool.conf", "shipped");
        File.SetUnixFileMode(_host.PathOf("etc/tool.conf"), (UnixFileMode)0x1A0); // 0640
        _host.Write("etc/ld.so.cache", "cache", 0x180 /* 0600 */);
        _host.Ship("etc/closed/tool.conf", "shipped");
        File.SetUnixFileMode(_host.PathOf("etc/closed"), (UnixFileMode)0x1C0); // 0700

        var seen = Look();

        seen.ShouldNotContainKey("etc/tool.conf");
        seen.ShouldNotContainKey("etc/ld.so.cache");
        seen.ShouldNotContainKey("etc/closed/tool.conf");
    }

    [Fact]
    public void What_others_could_have_written_is_not_taken_for_a_tools_work()
    {
        _host.Write("etc/ld.so.cache", "cache", 0x1B6 /* 0666 */);
        _host.Write("var/cache/fontconfig/a.cache-8", "cache");
        File.SetUnixFileMode(_host.PathOf("var/cache/fontconfig"), (UnixFileMode)0x1FF); // 0777

        var seen = Look();

        seen.ShouldNotContainKey("etc/ld.so.cache");
        seen.ShouldNotContainKey("var/cache/fontconfig/a.cache-8");
    }

    [Fact]
    public void A_second_name_of_another_file_is_not_taken_for_a_tools_work()
    {
        _host.Write("root/key", "s3cret");
        using (var ln = Process.Start("ln", [_host.PathOf("root/key"), _host.PathOf("etc/ld.so.cache")]))
            ln.WaitForExit();

        Look().ShouldNotContainKey("etc/ld.so.cache");
    }

    [Fact]
    public void A_private_key_is_not_taken_for_a_tools_work()
    {
        _host.Write("etc/ssl/certs/ca-certificates.crt", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\n");
        _host.Write("var/lib/gems/3.1.0/x.rb", "KEY = '-----BEGIN PRIVATE KEY-----'\n");
        _host.Write("var/lib/gems/3.1.0/credentials", "s3cret");

        var seen = Look();

        seen.ShouldNotContainKey("etc/ssl/certs/ca-certificates.crt");
        seen.ShouldNotContainKey("var/lib/gems/3.1.0/credentials");
        seen.ShouldNotContainKey("var/lib/gems/3.1.0/x.rb");
    }

    [Fact]
    public void No_link_is_followed()
    {
        // The content is as shipped, but it lies elsewhere.
        _host.Ship("etc/tool.conf", "shipped");
        _host.Write("root/tool.conf", "shipped");
        File.Delete(_host.PathOf("etc/tool.conf"));
        _host.Link("etc/tool.conf", "../root/tool.conf");

        _host.Ship("etc/tool/inner.conf", "shipped");
        Directory.Move(_host.PathOf("etc/tool"), _host.PathOf("root/tool"));
        _host.Link("etc/tool", "../root/tool");

        var seen = Look();

        seen.ShouldNotContainKey("etc/tool.conf");
        seen.ShouldNotContainKey("etc/tool");
        seen.ShouldNotContainKey("etc/tool/inner.conf");
    }

    [Theory]
    [InlineData("var/lib/dpkg/status")]
    [InlineData("var/lib/dpkg/info")]
    [InlineData("var/lib/dpkg")]
    public void Records_that_others_can_write_are_not_believed(string record)
    {
        _host.Ship("etc/conf.conf", "shipped");
        _host.Ship("etc/listed", "shipped", isConffile: false);
        _host.Write("etc/ld.so.cache", "cache");
        _host.Record();
        File.SetUnixFileMode(_host.PathOf(record), (UnixFileMode)0x1FF); // 0777

        var seen = Look(isRecorded: true);

        seen.ShouldNotContainKey(record.EndsWith("info", StringComparison.Ordinal) ? "etc/listed" : "etc/conf.conf");
        seen.ShouldContainKey("etc/ld.so.cache");
    }

    [Fact]
    public void What_the_records_say_is_kept_until_they_change_and_only_where_others_cannot_write()
    {
        _host.Ship("etc/tool.conf", "shipped");
        _host.Ship("etc/listed", "shipped", isConffile: false);
        _host.List("etc/tool.d");
        _host.Make("etc/tool.d");
        _host.Record();
        var data = _host.PathOf("data");
        _host.Make("data");
        var cache = Path.Combine(data, PackageRecordCache.FileName);
        File.WriteAllText(cache + ".left", "cut short");
        File.SetLastWriteTimeUtc(cache + ".left", new DateTime(2020, 1, 2, 0, 0, 0, DateTimeKind.Utc));
        File.WriteAllText(cache + ".new", "being written");
        var first = Keys();
        File.Exists(cache + ".left").ShouldBeFalse();
        File.Exists(cache + ".new").ShouldBeTrue();
        first.ShouldBe(["etc", "etc/listed", "etc/tool.conf", "etc/tool.d"], ignoreOrder: true);
        File.GetUnixFileMode(cache).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        // It is what is read: something else in it would be believed.
        var text = File.ReadAllText(cache);
        var stranger = FabricatedHost.DigestOf("written by somebody");
        _host.Write("etc/site.conf");
        var forged = text.Replace("\nend", $"\n{stranger} etc/site.conf\nend", StringComparison.Ordinal);
        File.WriteAllText(cache, forged);
        Keys().ShouldContain("etc/site.conf");

        // But not where others could have written it, nor when it was cut short.
        File.SetUnixFileMode(cache, (UnixFileMode)0x1B6);
        Keys().ShouldBe(first, ignoreOrder: true);
        File.WriteAllText(cache, forged[..^3]);
        Keys().ShouldBe(first, ignoreOrder: true);

        // Nor when the records are others.
        File.WriteAllText(cache, forged);
        _host.Ship("etc/new.conf", "shipped");
        _host.Record();
        Keys().ShouldBe(first.Append("etc/new.conf"), ignoreOrder: true);

        string[] Keys()
        {
            using var tree = new RootTree();
            HostView.Copy(_host.Root, tree, ["var/lib/dpkg"], data).ShouldNotBeNull();
            return [.. Read(tree).Keys.Where(path => !path.StartsWith("var", StringComparison.Ordinal))];
        }
    }

    [Fact]
    public async Task A_file_that_changes_meanwhile_is_seen_as_it_was_shipped_or_not_at_all()
    {
        _host.Ship("etc/tool.conf", "shipped");
        _host.Record();
        _host.Write("other", "s3cret!");
        using var stop = new CancellationTokenSource();
        var changing = Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                // In its place, by another file of the same name, and by a link.
                File.WriteAllText(_host.PathOf("etc/tool.conf"), i % 2 == 0 ? "shipped" : "s3cret!");
                File.Copy(_host.PathOf("other"), _host.PathOf("new"), overwrite: true);
                File.Move(_host.PathOf("new"), _host.PathOf("etc/tool.conf"), overwrite: true);
                File.Delete(_host.PathOf("etc/tool.conf"));
                _host.Link("etc/tool.conf", "../other");
                File.Delete(_host.PathOf("etc/tool.conf"));
            }
        }, TestContext.Current.CancellationToken);

        for (var i = 0; i < 300; i++)
        {
            using var tree = new RootTree();
            HostView.Copy(_host.Root, tree, ["var/lib/dpkg"]).ShouldNotBeNull();
            if (Read(tree).TryGetValue("etc/tool.conf", out var seen))
                seen.ShouldBe("shipped");
        }

        stop.Cancel();
        await changing;
    }

    [Fact]
    public void A_large_tree_is_bound_only_while_nothing_else_is_in_it()
    {
        _host.Write("var/lib/texmf/web2c/pdflatex.fmt", new string('x', 3 << 20));
        _host.Write("var/lib/texmf/fonts/a.map", "map");
        _host.Link("var/lib/texmf/fonts/b.map", "a.map");
        _host.List("var/lib/texmf");
        _host.Record();
        using (var tree = new RootTree())
        {
            HostView.Copy(_host.Root, tree, [])!.Bound.ShouldBe(["var/lib/texmf"]);
            Read(tree).Keys.ShouldNotContain(path => path.StartsWith("var/lib/texmf", StringComparison.Ordinal));
        }

        _host.Write("var/lib/texmf/notes.txt", "s3cret");
        var seen = Look();

        seen.ShouldContainKey("var/lib/texmf/fonts/b.map");
        seen["var/lib/texmf/web2c/pdflatex.fmt"].Length.ShouldBe(3 << 20);
        seen.ShouldNotContainKey("var/lib/texmf/notes.txt");
    }

    [Fact]
    public void A_link_to_what_is_no_text_does_not_hide_the_tree_it_lies_in()
    {
        _host.Write("var/lib/texmf/fonts/a.map", "map");
        using (var ln = Process.Start("sh", ["-c", "ln -s \"$(printf 'x\\377')\" \"$1\"", "sh", _host.PathOf("var/lib/texmf/fonts/b.map")]))
            ln.WaitForExit();
        new FileInfo(_host.PathOf("var/lib/texmf/fonts/b.map")).LinkTarget.ShouldNotBeNull();

        var seen = Look();

        seen["var/lib/texmf/fonts/a.map"].ShouldBe("map");
        seen.ShouldNotContainKey("var/lib/texmf/fonts/b.map");
    }

    [Fact]
    public void A_link_above_what_others_fill_is_left_to_them()
    {
        _host.List("etc/tool/inner");
        _host.Link("etc/tool/inner", "/usr/share/tool");
        _host.Record();
        using var tree = new RootTree();

        HostView.Copy(_host.Root, tree, ["etc/tool/inner/file"]).ShouldNotBeNull();

        Read(tree).Keys.ShouldNotContain("etc/tool/inner");
    }

    [Fact]
    public void A_host_without_records_has_no_view()
    {
        using var tree = new RootTree();

        HostView.Copy(_host.Root, tree, []).ShouldBeNull();
    }

    [Fact]
    public void What_others_fill_is_left_to_them()
    {
        _host.Ship("etc/tool/tool.conf", "shipped");
        _host.Ship("etc/tool/other.conf", "shipped");
        _host.Record();
        using var tree = new RootTree();

        HostView.Copy(_host.Root, tree, ["etc/tool/tool.conf"]).ShouldNotBeNull();

        Read(tree).Keys.ShouldContain("etc/tool/other.conf");
        Read(tree).Keys.ShouldNotContain("etc/tool/tool.conf");
    }

    private Dictionary<string, string> Look(Action<string, TreeEntryHead>? each = null, bool isRecorded = false)
    {
        if (!isRecorded)
            _host.Record();
        using var tree = new RootTree();
        HostView.Copy(_host.Root, tree, ["var/lib/dpkg"]).ShouldNotBeNull().Bound.ShouldBeEmpty();
        return Read(tree, each);
    }

    /// <summary>Reads what the launcher would.</summary>
    private static Dictionary<string, string> Read(RootTree tree, Action<string, TreeEntryHead>? each = null)
    {
        var entries = new Dictionary<string, string>();
        if (tree.Length == 0)
            return entries;
        using var file = new SafeFileHandle(tree.Descriptor, ownsHandle: false);
        var bytes = new byte[RandomAccess.GetLength(file)];
        RandomAccess.Read(file, bytes, 0).ShouldBe((int)tree.Length);
        for (var at = bytes.AsSpan(); !at.IsEmpty;)
        {
            var head = MemoryMarshal.Read<TreeEntryHead>(at);
            at = at[Marshal.SizeOf<TreeEntryHead>()..];
            var end = at.IndexOf((byte)0);
            var path = Encoding.UTF8.GetString(at[..end]);
            var content = Encoding.UTF8.GetString(at.Slice(end + 1, (int)head.Length));
            at = at[(end + 1 + (int)head.Length)..];

            // A parent comes first.
            if (path.Contains('/', StringComparison.Ordinal))
                entries[Path.GetDirectoryName(path)!].ShouldBe("directory");
            entries.Add(path, head.Kind switch { PlanEntry.Directory => "directory", PlanEntry.Symlink => "-> " + content.TrimEnd('\0'), _ => content });
            each?.Invoke(path, head);
        }

        return entries;
    }
}
