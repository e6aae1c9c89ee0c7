using System.Net.Sockets;
using System.Text;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Downloads out of a saved environment that aim at files of the host, written on the wire as no client library would.</summary>
[Attack(1)]
public sealed class DownloadPathTests(Arena arena) : AttackTests(arena)
{
    private const string Plant = "echo found > file; mkdir d; echo found > d/file; ln -s CANARY link; ln -s NEST up; ln -s / root; ln file hard; ln -s file inner; ln -s d e; ln -s ../../CANARY climb; ln -s /home/student/../../CANARY far; ln -s ../../../CANARY d/climb; ln -s loop loop; ln -s inner l1; for i in 2 3 4 5 6 7 8 9; do ln -s l$((i-1)) l$i; done; ln -s l9 long; mkfifo pipe";

    private static readonly string[] s_paths =
    [
        "../../etc/passwd", "../../../../../../../../CANARY", "d/../../../CANARY", "/etc/passwd", "//etc/passwd", "CANARY", "/CANARY", ".", "..", "./", "d", "d/", "d/..", "/", "", "link", "link/", "up/canary",
        "root/etc/passwd", "root/CANARY", "climb", "far", "e/climb", "loop", "long", "pipe", "file/x", "file/..", "d/../file/../../..", "..\\..\\etc\\passwd", "file ", " file", "FILE", "file.tgz", "*", "fil?",
    ];

    private static readonly string[] s_encoded =
    [
        "%2e%2e/%2e%2e/etc/passwd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%2f..%2f..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "%2F%2Fetc/passwd", "%252e%252e/%252e%252e/etc/passwd", "%252e%252e%252fetc%252fpasswd",
        "..%5c..%5cetc%5cpasswd", "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd", "..%c0%af..%c0%afetc/passwd", "%e0%80%ae%e0%80%ae/etc/passwd", "%uff0e%uff0e/etc/passwd", "file%00", "file%00.txt", "%00", "file%0a", "file%0d%0aX-Split:%20yes",
        "link%2f", "up%2fcanary", "root%2fetc%2fpasswd", "%", "%2", "%zz", "d%2f..%2f..%2f..", ".%2e/file", "%2e", "%2e%2e", "..;/..;/etc/passwd", "file?/../../etc/passwd/..", "%2e%2e?x",
    ];

    [Fact(Timeout = Long)]
    public async Task No_spelling_of_a_path_leads_out_of_an_environment()
    {
        using var canary = await Canary.PlaceAsync();
        var id = await SaveAsync(canary.Aim(Plant));

        (await GetAsync($"/files/{id}/file")).ShouldEndWith("\r\n\r\nfound\n");
        (await GetAsync($"/files/{id}/d%2ffile")).ShouldEndWith("\r\n\r\nfound\n");
        (await GetAsync($"/files/{id}/hard/")).ShouldEndWith("\r\n\r\nfound\n");
        foreach (var path in s_paths.Concat(s_encoded).Select(canary.Aim))
        {
            var answer = await GetAsync($"/files/{id}/{path}");

            // A query is no part of the path, and `d/../file` may be the client's way of saying `file`: the environment's own file is all there is to be had.
            if (!answer.EndsWith("\r\n\r\nfound\n", StringComparison.Ordinal))
                answer.ShouldMatch("^HTTP/1.1 (404|400|301|307) ", path);
            answer.ShouldNotContain(Canary.Text, Case.Sensitive, path);
            answer.ShouldNotContain("root:", Case.Sensitive, path);
        }

        await canary.ShouldBeUntouchedAsync();
    }

    [Fact(Timeout = Long)]
    public async Task No_spelling_of_an_id_leads_to_a_file_of_the_host()
    {
        using var canary = await Canary.PlaceAsync();
        var id = await SaveAsync("echo found > file");
        string[] targets =
        [
            "/environments/..%2f..%2fetc%2fpasswd", "/environments/../../etc/passwd", "/environments/%2e%2e/", "/environments/CANARY", $"/environments/{id}%00", $"/environments/{id}.tgz", $"/environments/..%2fenvironments%2f{id}.tgz",
            $"/environments/{id}/../../../../CANARY", "/environments/*", "/files/..%2f..%2fetc/passwd", "/files/%2e%2e/%2e%2e/etc/passwd", "/files//etc/passwd", "/files/CANARY", "//etc/passwd", "/../../../../../../etc/passwd",
            $"/files/{{{id}}}/../../CANARY", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/environments/00000000-0000-0000-0000-000000000000",
        ];

        (await GetAsync($"/environments/{id}")).ShouldStartWith("HTTP/1.1 200 ");
        foreach (var target in targets.Select(canary.Aim))
        {
            var answer = await GetAsync(target);

            answer.ShouldMatch("^HTTP/1.1 (404|400|405) ", target);
            answer.ShouldNotContain(Canary.Text);
        }
    }

    [Fact(Timeout = Long)]
    public async Task Embedded_the_same_paths_find_nothing()
    {
        using var canary = await Canary.PlaceAsync();
        var id = await SaveAsync(canary.Aim(Plant));

        (await DownloadAsync(id, "d/file")).ShouldBe("found\n"u8.ToArray());
        foreach (var path in s_paths.Concat(s_encoded).Append("file\0").Append("\0").Append("\ud800").Select(canary.Aim).Where(path => path.Length > 0))
        {
            await RefusedAsync(() => DownloadAsync(id, path), SandboxErrorCode.NotFound);
            (await Sandbox.CheckAsync(id, path, Cancel)).ShouldBe(0, path);
        }
    }

    [Fact(Timeout = Long)]
    [Attack(56)]
    public async Task The_name_of_a_file_does_not_split_the_headers()
    {
        var id = await SaveAsync("""printf x > $'a\r\nSet-Cookie: b=c\r\n\r\n<script>'; printf x > $'a"; filename="b'; printf x > $'\u2028\u0085\xe2\x80\xae'""");

        foreach (var path in (string[])["a%0d%0aSet-Cookie:%20b=c%0d%0a%0d%0a%3Cscript%3E", "a%22;%20filename=%22b", "%e2%80%a8%c2%85%e2%80%ae"])
        {
            var answer = await GetAsync($"/files/{id}/{path}");

            answer.ShouldStartWith("HTTP/1.1 200 ");
            answer.ShouldEndWith("\r\n\r\nx");
            var headers = answer.Split("\r\n\r\n")[0].Split("\r\n");
            headers.ShouldNotContain(line => line.StartsWith("Set-Cookie", StringComparison.OrdinalIgnoreCase));
            headers.Single(line => line.StartsWith("Content-Disposition: attachment; filename=", StringComparison.Ordinal)).ShouldAllBe(c => c >= ' ' && c <= '~');
        }
    }

    /// <summary>The answer to a target that is sent as it stands.</summary>
    private async Task<string> GetAsync(string target)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(Url.Host, Url.Port, Cancel);
        await using var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes($"GET {target} HTTP/1.1\r\nHost: {Url.Authority}\r\nConnection: close\r\n\r\n"), Cancel);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(Cancel);
    }
}
