using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Programs that look for what an administrator wrote to /etc and /var. The host is given other directories there, in a mount namespace that ends with the test.</summary>
public sealed class PlantedSecretTests(Arena arena) : AttackTests(arena)
{
    /// <summary>What is written into every secret; it must not be seen inside, by no name and in no file.</summary>
    private const string Secret = "s3cret-of-this-host";

    /// <summary>Looks through all that may be read of /etc and /var, contents, names and targets of links.</summary>
    private const string Search = $"grep -rIl --exclude-dir=dpkg {Secret} /etc /var 2> /dev/null; find /etc /var -name '*{Secret}*' 2> /dev/null; find /etc /var -type l -printf '%l\\n' 2> /dev/null | grep {Secret}; echo searched; ls /etc/debian_version /etc/ld.so.cache";

    [Theory(Timeout = Long)]
    [Attack(130)]
    [InlineData("new files", "echo $S > /etc/site.conf; mkdir /etc/site; echo $S > /etc/site/conf; echo $S > /etc/profile.d/site.sh; echo $S > /etc/default/site; echo $S > /etc/ld.so.conf.d/site.conf; echo $S > /etc/environment; echo $S > /etc/issue; echo $S > /etc/motd")]
    [InlineData("new files among those of packages and tools", "echo $S > /etc/fonts/local.conf; echo $S > /etc/ssl/certs/site.pem; echo $S > /etc/alternatives/site; mkdir -p /etc/texmf/web2c /etc/xml; echo $S > /etc/texmf/web2c/password.cnf; echo $S > /etc/xml/notes; echo $S > /etc/python3.11/site.py; echo $S > /etc/perl/site.pl")]
    [InlineData("changed files of packages", "echo $S > /etc/timezone; for f in /etc/bash.bashrc /etc/profile /etc/services /etc/debconf.conf /etc/gai.conf /etc/deluser.conf /etc/login.defs /etc/host.conf; do echo \"# $S\" >> $f; done")]
    [InlineData("changed files whose size and time stay", "t=$(stat -c %y /etc/services); printf %s $S | dd of=/etc/services conv=notrunc status=none; touch -d \"$t\" /etc/services")]
    [InlineData("files for some", "(umask 077; echo $S > /etc/ld.so.cache.new; echo $S > /etc/services)")]
    [InlineData("places of secrets", "for f in shadow gshadow sudoers crontab fstab machine-id krb5.keytab pip.conf npmrc netrc resolv.conf hosts hostname mailname aliases; do echo $S > /etc/$f; chmod 644 /etc/$f; done; for d in ssh ssl/private NetworkManager/system-connections wpa_supplicant ppp netplan docker kubernetes apt/auth.conf.d cron.d sudoers.d wireguard letsencrypt; do mkdir -p /etc/$d; chmod 755 /etc/$d; echo $S > /etc/$d/x.conf; done")]
    [InlineData("names as secrets", "touch /etc/$S /etc/fonts/conf.d/$S; mkdir /etc/$S.d; ln -s nowhere /etc/$S.link")]
    [InlineData("var", "mkdir -p /var/lib/site /var/cache/fontconfig /var/lib/texmf /var/lib/ghc/package.conf.d; echo $S > /var/lib/site/x; echo $S > /var/cache/fontconfig/notes; echo $S > /var/lib/texmf/notes; echo $S > /var/lib/ghc/package.conf.d/notes; echo $S > /var/mail/root; echo $S > /var/lib/systemd/random-seed")]
    public async Task What_an_administrator_wrote_is_not_seen(string what, string plant) => await NothingIsSeenAsync(what, plant);

    [Theory(Timeout = Long)]
    [Attack(131)]
    [InlineData("links to files that are not shown", $"echo $S > /root/{Secret}; ln -s /root/{Secret} /etc/site; ln -s /root/{Secret} /etc/alternatives/site; ln -s ../../root/{Secret} /etc/fonts/conf.d/site.conf; ln -s /usr/../root/{Secret} /etc/ssl/certs/site.pem")]
    [InlineData("links in the place of files of packages", $"echo $S > /root/{Secret}; for f in services debian_version.x bash.bashrc profile gai.conf; do rm -f /etc/$f; ln -s /root/{Secret} /etc/$f; done")]
    [InlineData("links in the place of directories of packages", $"mkdir /root/{Secret}; echo $S > /root/{Secret}/x; for d in /etc/fonts /etc/perl /etc/terminfo /etc/alternatives; do cp -a $d/. /root/{Secret}/; rm -rf $d; ln -s /root/{Secret} $d; done")]
    [InlineData("second names", "echo $S > /etc/site; ln -f /etc/site /etc/services; ln -f /etc/site /etc/ld.so.conf; ln -f /etc/site /etc/timezone; ln -f /etc/site /etc/fp.cfg")]
    public async Task No_link_and_no_second_name_leads_to_it(string what, string plant) => await NothingIsSeenAsync(what, plant);

    [Theory(Timeout = Long)]
    [Attack(132)]
    [InlineData("a record that all may write", "echo $S > /etc/gai.conf; sum=$(md5sum < /etc/gai.conf | cut -c1-32); sed -i \"s|^ /etc/gai.conf .*| /etc/gai.conf $sum|\" /var/lib/dpkg/status; chmod 666 /var/lib/dpkg/status")]
    [InlineData("records of somebody else", "echo $S > /etc/gai.conf; sum=$(md5sum < /etc/gai.conf | cut -c1-32); sed -i \"s|^ /etc/gai.conf .*| /etc/gai.conf $sum|\" /var/lib/dpkg/status; chown 1234 /var/lib/dpkg/status")]
    [InlineData("a record of a package more", "echo $S > /etc/site; echo /etc/site > /var/lib/dpkg/info/site.list; echo \"$(md5sum < /etc/site | cut -c1-32)  etc/site\" > /var/lib/dpkg/info/site.md5sums; chown 1234 /var/lib/dpkg/info/site.*")]
    public async Task Records_that_somebody_else_can_write_show_nothing(string what, string plant) => await NothingIsSeenAsync(what, plant, ownRecords: true);

    /// <summary>Starts the command line where /etc, /var and /root are copies of the host's, with secrets planted in them.</summary>
    private static async Task NothingIsSeenAsync(string what, string plant, bool ownRecords = false)
    {
        Assert.SkipUnless(TestHost.IsRoot, "an ordinary user cannot give a program other directories");
        Assert.SkipUnless(File.Exists("/var/lib/dpkg/info/base-files.list"), "the packages of this host keep no records that are read");
        using var data = new TemporaryDirectory();
        var script = $$"""
            set -e
            S={{Secret}}
            t={{data.Path}}/host; mkdir -p $t/etc $t/var/lib/ucf $t/root
            cp -a /etc/. $t/etc/
            mkdir -p $t/var/lib $t/var/cache $t/var/mail; mkdir -p $t/var/lib/dpkg $t/var/lib/systemd; {{(ownRecords ? "cp -a /var/lib/dpkg/. $t/var/lib/dpkg/" : "mount --bind /var/lib/dpkg $t/var/lib/dpkg")}}
            mount --bind $t/etc /etc; mount --rbind $t/var /var; mount --bind $t/root /root
            set +e
            {{plant}}
            exec "$@"
            """;
        var start = new ProcessStartInfo("unshare", ["--mount", "--propagation", "private", "bash", "-c", script, "bash", ServerProcess.Program, "exec", "--no-stdin", "--timeout", "60s", "--data-directory", data.Path + "/data", Search])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["SANDBOX_POOL_SIZE"] = "1", ["SANDBOX_RUN_TIMEOUT"] = "60s" },
        };
        if (TestHost.Waived.Count > 0)
            start.Environment["SANDBOX_WAIVE"] = string.Join(',', TestHost.Waived);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);

        // What the search ends with shows that it was carried out, and that there was something to be seen.
        var seen = (await output).Trim().Split('\n');
        seen[0].ShouldBe("searched", $"{what}: {await error}");
        seen.ShouldContain("/etc/ld.so.cache");
    }
}
