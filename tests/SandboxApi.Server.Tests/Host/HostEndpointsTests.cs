using System.Net;
using System.Text.Json;

namespace SandboxApi.Server.Tests.Host;

public sealed class HostEndpointsTests
{
    [Theory(Timeout = 30_000)]
    [InlineData("/specifications", """{"host":{"cpu":{"core":1,"logical":2,"freq_min":800,"freq_max":3000.5},"memory":{"ram":1024,"swap":0,"storage":{"/dev/sda1":99}},"docker_version":"","sandbox_version":"3.0.3","engine":{"name":"linux","version":"0.1.0","protections":["seccomp"],"waived":[]}},"container":{"count":20,"cpu":{"count":2,"period":100000,"shares":1024,"quota":0},"memory":{"ram":1,"swap":-1,"storage":3},"io":{"read_iops":{},"read_bps":{},"write_iops":{},"write_bps":{"/dev/sda":5}},"process":-1,"working_dir_device":"tmpfs","limits":{"wall_time":10}}}""")]
    [InlineData("/usages", """{"cpu":{"frequency":1000,"usage":0.5,"usage_avg":[0.1,0.2,0.3]},"memory":{"ram":1,"swap":2,"storage":{}},"io":{"read_iops":{},"read_bps":{},"write_iops":{},"write_bps":{"/dev/sda":5}},"network":{"sent_bytes":1,"received_bytes":2,"sent_packets":3,"received_packets":4},"process":7,"container":3}""")]
    [InlineData("/libraries", """{"libraries":{"system":{"bash":"5.2"},"python":{},"perl":{},"c":{}},"bin":["bash"]}""")]
    public async Task What_the_sandbox_says_is_answered_as_the_protocol_writes_it(string path, string json)
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var slash in new[] { "", "/" })
        {
            var response = await server.Http.GetAsync(path + slash);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
            var body = await response.Content.ReadAsStringAsync();
            JsonElement.DeepEquals(JsonDocument.Parse(body).RootElement, JsonDocument.Parse(json).RootElement).ShouldBeTrue(body);

            using var head = new HttpRequestMessage(HttpMethod.Head, path + slash);
            (await server.Http.SendAsync(head)).Content.Headers.ContentLength.ShouldBe(response.Content.Headers.ContentLength);
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task What_the_sandbox_fails_at_is_answered_as_a_problem()
    {
        await using var server = await RunningServer.StartAsync();
        server.Sandbox.HostError = new SandboxException(SandboxErrorCode.Internal, "No figures.");
        await RunningServer.ProblemAsync(await server.Http.GetAsync("/specifications"), 500, "internal");
    }
}
