using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Results;

/// <summary>The result file.</summary>
public abstract class ResultTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task Without_a_result_path_there_is_no_result() =>
        (await RunAsync("echo x > out")).Result.ShouldBeNull();

    [Theory(Timeout = Minute)]
    [InlineData("out.txt")]
    [InlineData("./out.txt")]
    [InlineData("a/b/c/out.txt")]
    [InlineData("a name with 'quotes' \"and\" $(signs) \u00fc")]
    public async Task The_text_of_the_result_file_is_returned_unchanged(string path)
    {
        var result = await ReadAsync(path, new Command("mkdir -p a/b/c; cat > \"$TARGET\"") { Stdin = " a\n漢字 \U0001F389\n\n" });

        result.Status.ShouldBe(0);
        result.Result.ShouldBe(" a\n漢字 \U0001F389\n\n");
    }

    [Fact(Timeout = Minute)]
    public async Task An_empty_result_file_is_an_empty_result() =>
        (await ReadAsync("out", ": > out")).Result.ShouldBe("");

    [Fact(Timeout = Minute)]
    public async Task A_result_of_a_megabyte_comes_back_whole()
    {
        var result = await ReadAsync("out", "head -c 1000000 /dev/zero | tr '\\0' x > out");

        result.Result.ShouldBe(new string('x', 1_000_000));
    }

    [Fact(Timeout = Minute)]
    public async Task A_failed_run_has_its_result_and_its_status()
    {
        var result = await ReadAsync("out", "echo kept > out; exit 4");

        result.Status.ShouldBe(4);
        result.Result.ShouldBe("kept\n");
    }

    [Fact(Timeout = Minute)]
    public async Task A_run_that_timed_out_has_its_result_and_its_status()
    {
        var result = await ReadAsync("out", new Command("echo kept > out; sleep 60") { Timeout = TimeSpan.FromSeconds(1) });

        result.Status.ShouldBe(-2);
        result.Result.ShouldBe("kept\n");
    }

    [Fact(Timeout = Minute)]
    public async Task A_missing_result_file_is_minus_3_whatever_else_happened()
    {
        (await ReadAsync("out", "true")).Status.ShouldBe(-3);
        (await ReadAsync("out", "exit 4")).Status.ShouldBe(-3);
        var timedOut = await ReadAsync("out", new Command("sleep 60") { Timeout = TimeSpan.FromSeconds(0.2) });
        timedOut.Status.ShouldBe(-3);
        timedOut.Result.ShouldBeNull();
        timedOut.Execution.ShouldHaveSingleItem().ExitCode.ShouldBe(-2);
    }

    [Fact(Timeout = Minute)]
    public async Task A_result_file_that_is_no_text_is_minus_4_whatever_else_happened()
    {
        var result = await ReadAsync("out", "printf 'ab\\377' > out; exit 4");

        result.Status.ShouldBe(-4);
        result.Result.ShouldBeNull();
        result.Execution.ShouldHaveSingleItem().ExitCode.ShouldBe(4);
    }

    [Theory(Timeout = Minute)]
    [InlineData("out", "ln -s /etc/passwd out")]
    [InlineData("out", "ln -s out out")]
    [InlineData("d/passwd", "ln -s /etc d")]
    [InlineData("out", "echo x > /tmp/file; ln -s /tmp/file out")]
    [InlineData("out", "echo x > file; ln -s ../student/../../etc/passwd out")]
    [InlineData("out", "echo x > l0; for i in 1 2 3 4 5 6 7 8 9; do ln -s l$((i-1)) l$i; done; ln -s l9 out")]
    [InlineData("out", "mkdir d; ln -s d out")]
    [InlineData("out", "mkfifo f; ln -s f out")]
    [InlineData("out", "mkfifo out")]
    [InlineData("out", "mkdir out")]
    [InlineData("out", "ln -s /dev/zero out")]
    [InlineData("out", "ln -s /proc/self/environ out")]
    [InlineData("out/", "echo x > out")]
    [InlineData(".", "true")]
    [InlineData("/etc/passwd", "true")]
    [InlineData("/home/student/out", "echo x > out")]
    [InlineData("../../etc/passwd", "true")]
    [InlineData("d/../../../etc/passwd", "mkdir d")]
    [InlineData("../student/out", "echo x > out")]
    [InlineData("/dev/zero", "true")]
    [InlineData("/proc/self/mem", "true")]
    public async Task What_is_no_regular_file_of_the_working_directory_is_not_found(string path, string command)
    {
        var watch = Stopwatch.StartNew();

        var result = await ReadAsync(path, command);

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        result.Status.ShouldBe(-3);
        result.Result.ShouldBeNull();
    }

    [Theory(Timeout = Minute)]
    [InlineData("out", "echo x > file; ln -s file out")]
    [InlineData("d/file", "mkdir e; echo x > e/file; ln -s e d")]
    [InlineData("out", "echo x > file; ln -s /home/student/file out")]
    [InlineData("out", "echo x > file; ln -s ../student/file out")]
    [InlineData("a/b/out", "mkdir -p a/b c; echo x > c/file; ln -s ../../c/file a/b/out")]
    [InlineData("out", "echo x > l0; for i in 1 2 3 4 5 6 7; do ln -s l$((i-1)) l$i; done; ln -s l7 out")]
    [InlineData("d/../out", "mkdir e; ln -s e d; echo x > file; ln -s file out")]
    public async Task A_link_within_the_working_directory_is_followed(string path, string command)
    {
        var result = await ReadAsync(path, command);

        (result.Status, result.Result).ShouldBe((0, "x\n"));
    }

    [Fact(Timeout = Minute)]
    public async Task A_socket_is_not_found_either()
    {
        await NeedsAsync("python3");

        (await ReadAsync("out", "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"out\")'")).Status.ShouldBe(-3);
    }

    [Fact(Timeout = Minute)]
    public async Task A_result_file_beyond_the_limit_is_minus_1_with_a_message()
    {
        await using var small = await Subject.StartAsync(options => options.ResultLimit = 1000);

        var fits = await RunAsync(small.Sandbox, ExecutionConfig.Of("head -c 1000 /dev/zero | tr '\\0' x > out") with { ResultPath = "out" });
        var exceeds = await RunAsync(small.Sandbox, ExecutionConfig.Of("head -c 1001 /dev/zero | tr '\\0' x > out") with { ResultPath = "out" });

        fits.Result.ShouldBe(new string('x', 1000));
        exceeds.Status.ShouldBe(-1);
        exceeds.Result.ShouldBeNull();
        exceeds.Message.ShouldNotBeNullOrWhiteSpace();
    }

    [Fact(Timeout = Minute)]
    public async Task A_sparse_file_of_a_terabyte_is_not_read()
    {
        var result = await ReadAsync("out", "truncate -s 1T out");

        result.Status.ShouldBe(-1);
        result.Message.ShouldNotBeNullOrWhiteSpace();
    }

    [Fact(Timeout = Minute)]
    public async Task Nothing_runs_any_more_while_the_result_is_read()
    {
        for (var i = 0; i < 10; i++)
        {
            var result = await ReadAsync("out", "setsid bash -c 'while :; do echo mine > new; mv -T new out; ln -sfT /etc/passwd new; mv -T new out; done' & sleep 0.2");

            if (result.Status == 0)
                result.Result.ShouldBe("mine\n");
            else
                (result.Status, result.Result).ShouldBe((-3, null));
        }
    }

    private Task<ExecutionResult> ReadAsync(string path, Command command) => RunAsync(new ExecutionConfig
    {
        Commands = [command],
        ResultPath = path,
        Environ = new Dictionary<string, string> { ["TARGET"] = path },
    });
}

public sealed class LocalResultTests(Sandboxes sandboxes) : ResultTests(sandboxes.Local);

public sealed class RemoteResultTests(Sandboxes sandboxes) : ResultTests(sandboxes.Remote);

public sealed class RemoteSyncResultTests(Sandboxes sandboxes) : ResultTests(sandboxes.RemoteSync);
