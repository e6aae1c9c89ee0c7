using SandboxApi.Runtime.Environments;

namespace SandboxApi.Runtime.Tests.Environments;

public sealed class ResultFileTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("out.txt")]
    [InlineData("./out.txt")]
    [InlineData("dir/../out.txt")]
    [InlineData("dir//deep/../../out.txt")]
    public async Task A_regular_file_is_found_however_its_path_is_put(string path)
    {
        await Workplace.RunAsync(_place.HomePath, "mkdir -p dir/deep; printf 'héllo\\n' > out.txt");
        (await ReadAsync(path)).ShouldBe(new ResultText(ResultOutcome.Found, "héllo\n", 7));
    }

    [Theory]
    [InlineData("link")]
    [InlineData("./link")]
    [InlineData("dirlink/file")]
    [InlineData("dirlink/link")]
    [InlineData("absolute")]
    public async Task A_link_that_stays_inside_is_followed(string path)
    {
        await Workplace.RunAsync(_place.HomePath, "mkdir dir; echo x > dir/file; ln -s dir/file link; ln -s dir dirlink; ln -s ../link dir/link; ln -s /home/student/dirlink/../link absolute");
        (await ReadAsync(path)).ShouldBe(new ResultText(ResultOutcome.Found, "x\n", 2));
    }

    [Fact]
    public async Task The_text_is_kept_as_it_is()
    {
        await File.WriteAllBytesAsync(_place.In("bom"), [0xEF, 0xBB, 0xBF, (byte)'x', 0, (byte)'\r']);
        (await ReadAsync("bom")).Text.ShouldBe("\uFEFFx\0\r");
        await File.WriteAllBytesAsync(_place.In("empty"), []);
        (await ReadAsync("empty")).ShouldBe(new ResultText(ResultOutcome.Found, "", 0));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("dir")]
    [InlineData("file/")]
    [InlineData("file/below")]
    [InlineData("../outside/canary")]
    [InlineData("dir/../../outside/canary")]
    [InlineData("/etc/passwd")]
    [InlineData("/proc/self/environ")]
    [InlineData("link")]
    [InlineData("linkdir/canary")]
    [InlineData("loop")]
    [InlineData("fifo")]
    [InlineData("sock")]
    [InlineData("device")]
    [InlineData("nul\0")]
    [InlineData("lone\ud800surrogate")]
    public async Task Whatever_is_no_regular_file_inside_is_not_found(string path)
    {
        await Workplace.RunAsync(_place.HomePath, "mkdir dir; echo x > file; ln -s ../outside/canary link; ln -s ../outside linkdir; ln -s loop loop; mkfifo fifo");
        if (path == "sock")
            Workplace.BindSocket(_place.In("sock"));
        if (path == "device")
        {
            Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can make a device.");
            await Workplace.RunAsync(_place.HomePath, "mknod device c 1 5");
        }

        (await ReadAsync(path).WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(new ResultText(ResultOutcome.NotFound, null, 0));
    }

    [Fact]
    public async Task A_very_long_path_is_not_found()
    {
        (await ReadAsync(new string('x', 300))).Outcome.ShouldBe(ResultOutcome.NotFound);
        (await ReadAsync(string.Concat(Enumerable.Repeat("a/", 100_000)))).Outcome.ShouldBe(ResultOutcome.NotFound);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { (byte)'a', 0xC3 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    public async Task Bytes_that_are_no_UTF8_are_told(byte[] content)
    {
        await File.WriteAllBytesAsync(_place.In("f"), content);
        var read = await ReadAsync("f");

        (read.Outcome, read.Text, read.Size).ShouldBe((ResultOutcome.NotUtf8, null, content.Length));
        read.Bytes.ShouldBe(content);
    }

    [Fact]
    public async Task A_file_over_the_limit_is_not_read()
    {
        await Workplace.RunAsync(_place.HomePath, "truncate -s 1T sparse; head -c 1000 /dev/zero > most; head -c 1001 /dev/zero > over");
        (await ReadAsync("sparse")).ShouldBe(new ResultText(ResultOutcome.TooLarge, null, 1L << 40));
        (await ReadAsync("over")).ShouldBe(new ResultText(ResultOutcome.TooLarge, null, 1001));
        (await ReadAsync("most")).Outcome.ShouldBe(ResultOutcome.Found);
    }

    [Fact]
    public async Task A_file_its_owner_may_not_read_is_found()
    {
        await Workplace.RunAsync(_place.HomePath, "echo x > f; chmod 000 f");
        (await ReadAsync("f")).Text.ShouldBe("x\n");
    }

    private Task<ResultText> ReadAsync(string path) => ResultFile.ReadAsync(_place.Home, path, 1000, CancellationToken.None);
}
