using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks.Http;

/// <summary>Targets that would leave an environment, and ids that are guessed.</summary>
[Attack(41)]
public sealed class PathTests(Arena arena) : ApiAttacks(arena)
{
    [Theory(Timeout = Long)]
    [InlineData("/files/{0}/../../../../etc/passwd")]
    [InlineData("/files/{0}/%2e%2e/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/files/{0}/..%2f..%2f..%2fetc%2fpasswd")]
    [InlineData("/files/{0}/%252e%252e%252fetc%252fpasswd")]
    [InlineData("/files/{0}/..%c0%af..%c0%afetc/passwd")]
    [InlineData("/files/{0}/..\\..\\etc\\passwd")]
    [InlineData("/files/{0}/..%5c..%5cetc%5cpasswd")]
    [InlineData("/files/{0}//etc/passwd")]
    [InlineData("/files/{0}/%2fetc%2fpasswd")]
    [InlineData("/files/{0}/./file")]
    [InlineData("/files/{0}/dir/../file")]
    [InlineData("/files/{0}/dir/%2e%2e/file")]
    [InlineData("/files/{0}/file%00.txt")]
    [InlineData("/files/{0}/file;x=/../../etc/passwd")]
    [InlineData("/files/{0}/link")]
    [InlineData("/files/{0}/away/passwd")]
    [InlineData("/files/../environments/{0}.tgz")]
    [InlineData("/files/{0}.tgz/file")]
    [InlineData("//files/{0}/../../etc/passwd")]
    [InlineData("/environments/../../../../etc/passwd")]
    [InlineData("/environments/..%2f..%2fetc%2fpasswd")]
    [InlineData("/environments/{0}/../../../etc/shadow")]
    [InlineData("/environments/{0}%2f..%2f..%2fetc")]
    [InlineData("http://localhost/files/{0}/../../../etc/passwd")]
    [InlineData("http://localhost/files/{0}/..%2f..%2fetc/passwd")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("*")]
    [InlineData("etc/passwd")]
    public async Task No_target_leaves_the_environment(string target)
    {
        var id = await SaveAsync("echo inside > file; mkdir dir; ln -s /etc/passwd link; ln -s /etc away");

        foreach (var method in new[] { "GET", "HEAD" })
        {
            var answer = await SendAsync(Url, Get(string.Format(target, id), method: method));
            answer.ShouldNotContain("root:");
            if (Status(answer) == 200)
                answer.ShouldContain(method == "GET" ? "inside" : "Content-Length: 7", customMessage: "only the file itself may be answered");
            else
                Status(answer).ShouldBeOneOf(400, 404, 405);
        }
    }

    [Theory(Timeout = Long)]
    [InlineData("{0}")]
    [InlineData("{{{0}}}")]
    [InlineData("({0})")]
    [InlineData("{0}.tgz")]
    [InlineData("*")]
    [InlineData("%2a")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("ffffffff-ffff-ffff-ffff-ffffffffffff")]
    public async Task An_id_is_known_exactly_or_not_at_all(string form)
    {
        var id = await SaveAsync("echo inside > file");

        Status(await SendAsync(Url, Get($"/environments/{string.Format(form, id)}/"))).ShouldBe(form == "{0}" ? 200 : 404);
    }

    [Fact(Timeout = Long)]
    public async Task Ids_are_random_and_what_is_near_them_is_not_there()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 8; i++)
            ids.Add(await SaveAsync("true"));

        ids.ShouldAllBe(id => id.Version == 4 && id.Variant >= 8 && id.Variant <= 11);

        // Of independent ids any two share some of their 30 free digits, never most of them.
        foreach (var (a, b) in ids.SelectMany((a, i) => ids.Skip(i + 1).Select(b => (a, b))))
            a.ToString().Zip(b.ToString()).Count(pair => pair.First == pair.Second).ShouldBeLessThan(24);
        foreach (var id in ids.Take(3))
        {
            for (var step = -2; step <= 2; step++)
            {
                var bytes = id.ToByteArray(bigEndian: true);
                bytes[^1] = (byte)(bytes[^1] + step);
                Status(await SendAsync(Url, Get($"/environments/{new Guid(bytes, bigEndian: true)}/", method: "HEAD"))).ShouldBe(step == 0 ? 200 : 404);
            }
        }
    }

    [Theory(Timeout = Long)]
    [InlineData("/environments//")]
    [InlineData("/files/")]
    [InlineData("/files/{0}")]
    [InlineData("/files/{0}/")]
    [InlineData("/files/{0}/.")]
    [InlineData("/files/{0}/dir/")]
    [InlineData("/files/{0}/*")]
    public async Task Nothing_lists_environments_or_directories(string target)
    {
        var id = await SaveAsync("mkdir dir; echo inside > dir/file-in-it");

        var answer = await SendAsync(Url, Get(string.Format(target, id)));

        Status(answer).ShouldBe(404, answer);
        answer.ShouldNotContain("file-in-it");
    }

    [Fact(Timeout = Long)]
    public async Task An_unknown_path_comes_back_as_data_only()
    {
        var answer = await SendAsync(Url, Get("/%0d%0aSet-Cookie:%20a=b/<script>alert(1)</script>%1b%5b31m"));

        Status(answer).ShouldBe(404);
        answer.ShouldContain("X-Content-Type-Options: nosniff");
        answer.ShouldNotContain("\nSet-Cookie");
        answer.ShouldNotContain('\u001b');
        Code(answer).ShouldBe("not_found");
    }
}
