using SandboxApi.Server.Configuration;

namespace SandboxApi.Server.Tests.Configuration;

/// <summary>What the runtime calls by a property's name is told as the operator has typed it.</summary>
public sealed class SettingNamesTests
{
    [Theory]
    [InlineData("--rootfs", "--rootfs", "/nonexistent")]
    [InlineData("--rootfs", "--rootfs=/nonexistent")]
    [InlineData("--waive", "--waive", "nonsense")]
    [InlineData("--read-only-paths", "--read-only-paths", "/nonexistent")]
    [InlineData("--queue-timeout", "--queue-timeout", "900d")]
    [InlineData("--open-files-limit", "--open-files-limit", "99999999999")]
    public async Task A_setting_that_cannot_be_used_is_named_as_it_was_typed(string expected, params string[] args)
    {
        var settings = ServeSettingsReader.Read(args, [], out var errors);
        errors.ShouldBeEmpty();

        var refused = await Should.ThrowAsync<ArgumentException>(() => LocalSandbox.StartAsync(settings.Sandbox, cancellationToken: TestContext.Current.CancellationToken));

        SettingNames.Lines(refused, settings.Written).ShouldHaveSingleItem().ShouldStartWith(expected + " is ");
    }

    [Fact]
    public void A_variable_is_named_as_a_variable()
    {
        var settings = ServeSettingsReader.Read([], [KeyValuePair.Create("SANDBOX_ROOTFS", "/nonexistent")], out _);

        SettingNames.Told("RootFs is '/nonexistent'; it must be a directory", settings.Written).ShouldStartWith("SANDBOX_ROOTFS is ");
    }

    [Fact]
    public void No_property_of_the_options_is_left_in_a_text()
    {
        foreach (var property in typeof(LocalSandboxOptions).GetProperties().Concat(typeof(SandboxServerOptions).GetProperties()).Where(property => property.GetMethod!.IsPublic))
            SettingNames.Told($"{property.Name} is 1; it must be 2", new Dictionary<string, string>()).ShouldStartWith("--", Case.Sensitive, property.Name);
    }

    [Theory]
    [InlineData("Libraries are configured, and there is no git")]
    [InlineData("The network of the host")]
    [InlineData("'/srv/RootFs' is no directory")]
    [InlineData("'RootFs/a' is no directory, nor is /srv/my.PoolSize/x")]
    [InlineData("Use SandboxClient and a server on Linux")]
    public void Other_words_stay_as_they_are(string text) => SettingNames.Told(text, new Dictionary<string, string>()).ShouldBe(text);
}
