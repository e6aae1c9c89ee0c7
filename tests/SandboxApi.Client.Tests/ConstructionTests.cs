using System.Reflection;
using SandboxApi.Client.Tests.Servers;

namespace SandboxApi.Client.Tests;

public sealed class ConstructionTests
{
    [Theory]
    [InlineData("", "http://127.0.0.1:7000/")]
    [InlineData("sandbox", "http://127.0.0.1:7000/")]
    [InlineData("localhost:7000", "http:// or https://")]
    [InlineData("ftp://host/", "http:// or https://")]
    [InlineData("http://user:secret@host/", "ApiKey")]
    [InlineData("http://host/?a=b", "query")]
    [InlineData("http://host/#x", "fragment")]
    public void A_bad_URL_is_refused_with_what_is_wrong_with_it(string url, string reason)
    {
        var exception = Should.Throw<ArgumentException>(() => new SandboxClient(url));
        exception.Message.ShouldContain(reason);
        exception.Message.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("http://host:7000", "http://host:7000/")]
    [InlineData("http://host:7000/", "http://host:7000/")]
    [InlineData("https://host/sand/box", "https://host/sand/box/")]
    [InlineData("https://host/sand/box/", "https://host/sand/box/")]
    public void The_base_URL_ends_with_a_slash_whether_given_or_not(string url, string expected)
    {
        using var client = new SandboxClient(url);
        using var same = new SandboxClient(new Uri(url));
        client.Url.AbsoluteUri.ShouldBe(expected);
        same.Url.AbsoluteUri.ShouldBe(expected);
    }

    [Fact]
    public void Options_need_a_URL() =>
        Should.Throw<ArgumentException>(() => new SandboxClient(new SandboxClientOptions())).Message.ShouldContain("Url is not set");

    [Fact]
    public void An_injected_clients_base_address_stands_in_for_the_URL()
    {
        using var http = new HttpClient { BaseAddress = new Uri("http://host/base") };
        using var client = new SandboxClient(http);
        client.Url.AbsoluteUri.ShouldBe("http://host/base/");
    }

    [Theory]
    [InlineData("")]
    [InlineData("my secret")]
    [InlineData("secret\r\nX: y")]
    [InlineData("secrét")]
    public void A_key_that_no_header_can_hold_is_refused_without_being_quoted(string key)
    {
        var exception = Should.Throw<ArgumentException>(() => new SandboxClient(new SandboxClientOptions { Url = new Uri("http://host"), ApiKey = key }));
        exception.Message.ShouldContain("ApiKey");
        exception.ToString().ShouldNotContain("secr");
    }

    [Fact]
    public void A_negative_timeout_is_refused_by_name() =>
        Should.Throw<ArgumentException>(() => new SandboxClient(new SandboxClientOptions { Url = new Uri("http://host"), ReadTimeout = TimeSpan.FromSeconds(-2) }))
            .Message.ShouldContain("ReadTimeout");

    [Fact]
    public void The_whole_call_is_limited_to_a_minute_by_default_and_nothing_else_is()
    {
        var options = new SandboxClientOptions();
        options.Timeout.ShouldBe(TimeSpan.FromSeconds(60));
        options.ConnectTimeout.ShouldBeNull();
        options.SocketConnectTimeout.ShouldBeNull();
        options.ReadTimeout.ShouldBeNull();
    }

    [Theory]
    [InlineData(typeof(SandboxClient))]
    [InlineData(typeof(EnvironmentArchive))]
    public void Every_asynchronous_method_has_a_synchronous_twin_with_the_same_parameters(Type type)
    {
        var methods = type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly);
        var asynchronous = methods.Where(method => method.Name.EndsWith("Async", StringComparison.Ordinal)).ToList();
        asynchronous.Count.ShouldBeGreaterThan(3);
        foreach (var method in asynchronous)
        {
            var twin = type.GetMethod(method.Name[..^5], [.. method.GetParameters().Select(parameter => parameter.ParameterType)]);
            twin.ShouldNotBeNull($"{type.Name}.{method.Name} has no synchronous twin");
            var returned = method.ReturnType.IsGenericType ? method.ReturnType.GetGenericArguments()[0] : typeof(void);
            twin.ReturnType.ShouldBe(returned);
            twin.GetParameters().Select(parameter => (parameter.Name, parameter.HasDefaultValue)).ShouldBe(method.GetParameters().Select(parameter => (parameter.Name, parameter.HasDefaultValue)));
        }
    }

    [Fact]
    public void Every_method_of_the_interface_is_there_asynchronous_and_synchronous() =>
        typeof(ISandbox).GetMethods().ShouldAllBe(method => typeof(SandboxClient).GetMethod(method.Name.Replace("Async", "")) != null);

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_injected_client_is_used_and_not_disposed(bool async)
    {
        await using var server = await FakeServer.StartAsync(200, "application/json", FakeServer.Result);
        using var http = new HttpClient();
        using (var client = new SandboxClient(http, new SandboxClientOptions { Url = new Uri(server.Url) }))
            (await client.Execute(async, ExecutionConfig.Of("echo 4"))).IsSuccess.ShouldBeTrue();
        (await http.GetAsync(server.Url)).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_disposed_client_says_so(bool async)
    {
        var client = new SandboxClient("http://127.0.0.1:1/");
        await client.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(() => client.Libraries(async));
    }
}
