using SandboxApi.Client.Transport;

namespace SandboxApi.Client.Tests.Transport;

public sealed class ProxyTests
{
    [Theory]
    [InlineData("http://127.0.0.1:7000/")]
    [InlineData("http://127.8.8.8:7000/")]
    [InlineData("http://localhost:7000/")]
    [InlineData("http://[::1]:7000/")]
    public void This_machine_itself_is_reached_without_one(string url)
    {
        SystemProxy.Instance.IsBypassed(new Uri(url)).ShouldBeTrue();
        SystemProxy.Instance.GetProxy(new Uri(url)).ShouldBeNull();
        SystemProxy.To(new Uri(url)).ShouldBeNull();
    }
}
