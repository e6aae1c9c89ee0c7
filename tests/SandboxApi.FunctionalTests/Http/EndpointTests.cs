using System.Text.Json;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Http;

/// <summary>The paths, their methods and headers.</summary>
public sealed class EndpointTests(Sandboxes sandboxes) : HttpTests(sandboxes)
{
    [Theory(Timeout = Minute)]
    [InlineData("")]
    [InlineData("/")]
    public async Task An_environment_is_a_gzip_attachment(string slash)
    {
        var id = await SaveAsync("printf 12345 > file");

        using var response = await Http.GetAsync(Url($"/environments/{id}{slash}"), Cancel);

        ((int)response.StatusCode).ShouldBe(200);
        var body = await response.Content.ReadAsByteArrayAsync(Cancel);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/gzip");
        response.Content.Headers.ContentLength.ShouldBe(body.Length);
        response.Content.Headers.ContentDisposition!.ToString().ShouldBe($"attachment; filename={id}.tgz");
        Archive.Read(body).ShouldHaveSingleItem().Text.ShouldBe("12345");
    }

    [Theory(Timeout = Minute)]
    [InlineData("")]
    [InlineData("/")]
    public async Task A_file_is_an_attachment_by_its_base_name(string slash)
    {
        var id = await SaveAsync("mkdir -p dir/sub; printf 12345 > dir/sub/file.txt");

        using var response = await Http.GetAsync(Url($"/files/{id}/dir/sub/file.txt{slash}"), Cancel);

        ((int)response.StatusCode).ShouldBe(200);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/octet-stream");
        response.Content.Headers.ContentLength.ShouldBe(5);
        response.Content.Headers.ContentDisposition!.ToString().ShouldBe("attachment; filename=file.txt");
        (await response.Content.ReadAsStringAsync(Cancel)).ShouldBe("12345");
    }

    [Fact(Timeout = Minute)]
    public async Task Head_answers_with_the_headers_of_get_and_no_body()
    {
        var id = await SaveAsync("printf 12345 > file");
        foreach (var path in new[] { $"/environments/{id}/", $"/environments/{id}", $"/files/{id}/file/", $"/files/{id}/file" })
        {
            using var get = await Http.GetAsync(Url(path), Cancel);
            using var head = await HeadAsync(path);

            ((int)head.StatusCode).ShouldBe(200, path);
            head.Content.Headers.ContentLength.ShouldBe(get.Content.Headers.ContentLength);
            head.Content.Headers.ContentType.ShouldBe(get.Content.Headers.ContentType);
            head.Content.Headers.ContentDisposition!.ToString().ShouldBe(get.Content.Headers.ContentDisposition!.ToString());
            (await head.Content.ReadAsByteArrayAsync(Cancel)).ShouldBeEmpty();
        }
    }

    [Fact(Timeout = Minute)]
    public async Task What_is_not_there_is_404()
    {
        var id = await SaveAsync("mkdir dir; printf x > dir/file; ln -s /etc/passwd link");
        var unknown = Guid.NewGuid();

        foreach (var path in new[] { $"/environments/{unknown}/", $"/files/{unknown}/file/", $"/files/{id}/missing/", $"/files/{id}/dir/", $"/files/{id}/dir", $"/files/{id}/link", "/environments/no-uuid/", "/files/no-uuid/file/", $"/files/{id}/%2e%2e/%2e%2e/etc/passwd", $"/files/{id}/..%2f..%2fetc%2fpasswd", $"/files/{id}//etc/passwd" })
        {
            using var get = await Http.GetAsync(Url(path), Cancel);
            await ProblemAsync(get, 404, "not_found");
            using var head = await HeadAsync(path);
            ((int)head.StatusCode).ShouldBe(404, path);
        }
    }

    [Theory(Timeout = Minute)]
    [InlineData("/")]
    [InlineData("/nowhere/")]
    [InlineData("/execute/more/")]
    public async Task An_unknown_path_is_404(string path)
    {
        using var response = await Http.GetAsync(Url(path), Cancel);

        await ProblemAsync(response, 404, "not_found");
    }

    [Theory(Timeout = Minute)]
    [InlineData("GET", "/execute/")]
    [InlineData("PUT", "/execute")]
    [InlineData("POST", "/environments/872b604c-9cce-42e2-8888-9a0311f3a724/")]
    [InlineData("PUT", "/environments/872b604c-9cce-42e2-8888-9a0311f3a724")]
    [InlineData("POST", "/files/872b604c-9cce-42e2-8888-9a0311f3a724/file/")]
    [InlineData("POST", "/specifications/")]
    [InlineData("PUT", "/usages/")]
    [InlineData("DELETE", "/libraries/")]
    public async Task Another_method_on_a_known_path_is_405(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Url(path));
        using var response = await Http.SendAsync(request, Cancel);

        ((int)response.StatusCode).ShouldBe(405);
        response.Content.Headers.Allow.ShouldNotBeEmpty();
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Theory(Timeout = Minute)]
    [InlineData("/specifications/", "host.cpu.core host.cpu.logical host.cpu.freq_min host.cpu.freq_max host.memory.ram host.memory.swap host.memory.storage host.docker_version host.sandbox_version container.count container.cpu.count container.cpu.period container.cpu.shares container.cpu.quota container.memory.ram container.memory.swap container.memory.storage container.io.read_iops container.io.read_bps container.io.write_iops container.io.write_bps container.process container.working_dir_device")]
    [InlineData("/usages/", "cpu.frequency cpu.usage cpu.usage_avg memory.ram memory.swap memory.storage io.read_iops io.read_bps io.write_iops io.write_bps network.sent_bytes network.received_bytes network.sent_packets network.received_packets process container")]
    [InlineData("/libraries/", "libraries.system libraries.python libraries.perl libraries.c bin")]
    public async Task Host_figures_have_every_field_of_the_original(string path, string fields)
    {
        foreach (var form in new[] { path, path.TrimEnd('/') })
        {
            using var response = await Http.GetAsync(Url(form), Cancel);
            var answer = await AnswerAsync(response);
            foreach (var field in fields.Split(' '))
                field.Split('.').Aggregate(answer, (element, name) => element.GetProperty(name)).ValueKind.ShouldNotBe(JsonValueKind.Null, field);
        }
    }

    [Fact(Timeout = Minute)]
    public async Task Health_is_told()
    {
        foreach (var path in new[] { "/health/live", "/health/ready" })
        {
            using var response = await Http.GetAsync(Url(path), Cancel);
            ((int)response.StatusCode).ShouldBe(200, path);
        }
    }

    private async Task<HttpResponseMessage> HeadAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, Url(path));
        return await Http.SendAsync(request, Cancel);
    }
}
