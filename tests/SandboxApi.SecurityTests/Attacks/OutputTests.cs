using System.Diagnostics;
using System.Text;
using System.Text.Json;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Output: too much, too late, no text, and the pipe itself turned against its reader.</summary>
public sealed class OutputTests(Arena arena) : AttackTests(arena)
{
    [Theory(Timeout = Long)]
    [Attack(15)]
    [InlineData("head -c 100M /dev/zero & head -c 100M /dev/zero >&2; wait")]
    [InlineData("for i in 1 2 3 4 5 6 7 8; do (yes | head -c 13M; yes | head -c 13M >&2) & done; wait")]
    public async Task A_flood_is_cut_and_counted_and_takes_no_memory_of_the_server(string flood)
    {
        // The first fills pools and caches that stay.
        await RunOneAsync(flood);
        var before = Resident();

        var result = await RunOneAsync(flood);

        (Resident() - before).ShouldBeLessThan(40L << 20, "200 MB went through");
        result.Verdict.ShouldBe(Verdict.Output);
        (result.StdoutTruncated, result.StderrTruncated).ShouldBe((true, true));
        (result.StdoutBytes + result.StderrBytes).ShouldNotBeNull().ShouldBeGreaterThan(200_000_000);
        Encoding.UTF8.GetByteCount(result.Stdout).ShouldBeLessThanOrEqualTo(1 << 20);
    }

    [Fact(Timeout = Long)]
    [Attack(15)]
    public async Task A_flood_without_end_ends_at_its_limit()
    {
        var result = await RunOneAsync(new Command("yes & yes >&2 & exec cat /dev/zero") { Timeout = Within(0.5) });

        result.Verdict.ShouldBe(Verdict.Timeout);
        result.Time.ShouldBeLessThan(AtMost(3));
    }

    [Fact(Timeout = Long)]
    [Attack(15)]
    public async Task Floods_in_three_slots_leave_an_honest_run_in_the_fourth_its_answer()
    {
        var floods = Enumerable.Range(0, 3).Select(_ => RunAsync(Beside, new ExecutionConfig { Commands = [new Command("yes & cat /dev/zero >&2") { Timeout = Within(1.5) }] })).ToList();

        for (var i = 0; i < 3; i++)
            (await RunAsync(Beside, ExecutionConfig.Of("seq 20000 | tail -n 1"))).Execution[0].Stdout.ShouldBe("20000");

        foreach (var flood in await Task.WhenAll(floods))
            flood.Execution[0].Verdict.ShouldBe(Verdict.Timeout);
    }

    [Theory(Timeout = Long)]
    [Attack(16)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(70_000)]
    [InlineData(300_000)]
    public async Task What_is_larger_than_a_pipe_comes_whole(int bytes)
    {
        var result = await PythonAsync($"import os\nos.write(2, b'e' * {bytes}) and os.write(1, b'o' * {bytes}) and os._exit(0)");

        (result.StdoutBytes, result.StderrBytes, result.ExitCode).ShouldBe((bytes, bytes, 0));
        (result.Stdout, result.Stderr).ShouldBe((new string('o', bytes), new string('e', bytes)));
    }

    [Fact(Timeout = Long)]
    [Attack(46)]
    public async Task The_last_write_before_the_end_is_never_lost()
    {
        // Sizes around those of pages and of the pipe; by the shell, by a child that it waits for, by one that ends just before it.
        int[] sizes = [1, 4095, 4096, 4097, 65_535, 65_536, 65_537, 100_000, 131_072, 262_145];
        for (var i = 0; i < 100; i++)
        {
            var bytes = sizes[i % sizes.Length];
            var write = $"head -c {bytes} /dev/zero | tr '\\0' x";
            var result = await RunOneAsync((i / sizes.Length % 3) switch { 0 => write, 1 => $"({write}; exit 3) >&2; exit 3", _ => $"exec 9> >({write}); wait $!; kill -9 $$" });

            (result.StdoutBytes + result.StderrBytes).ShouldBe(bytes, $"try {i}");
        }
    }

    [Fact(Timeout = Long)]
    [Attack(17)]
    public async Task Bytes_that_are_no_text_become_valid_json()
    {
        string[] texts =
        [
            "printf \"$(printf '\\\\x%02x' {0..255})\"; printf '\\377\\376' >&2",
            @"printf '\355\240\200 \355\277\277 \360\237 \300\257 \364\220\200\200 \0 end'",
            @"printf '\033[2J\033]0;title\007\b\r\342\200\256 \342\200\250\342\200\251 </script> \\u0000 \357\277\276 end'",
            "head -c 1000000 /dev/zero | tr '\\0' '\\377'",
            "head -c 1000000 /dev/zero | tr '\\0' 'x'",
            "head -c 900000 /dev/urandom | tee /dev/stderr",
        ];
        using var http = new HttpClient { BaseAddress = Url };
        foreach (var text in texts)
        {
            using var body = new StringContent(JsonSerializer.Serialize(new { commands = new[] { text } }), Encoding.UTF8, "application/json");
            using var response = await http.PostAsync(new Uri("/execute/", UriKind.Relative), body, Cancel);

            response.EnsureSuccessStatusCode();
            var bytes = await response.Content.ReadAsByteArrayAsync(Cancel);
            // A strict decoder: throws for what is no UTF-8.
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(bytes).ShouldBeGreaterThan(0);
            using var json = JsonDocument.Parse(bytes);
            var command = json.RootElement.GetProperty("execution")[0];
            command.GetProperty("exit_code").GetInt32().ShouldBe(0);
            command.GetProperty("stdout").GetString().ShouldNotBeNull().EnumerateRunes().Count().ShouldBeGreaterThan(0);
        }
    }

    [Fact(Timeout = Long)]
    [Attack(17)]
    public async Task A_character_cut_by_the_limit_is_left_out_and_the_text_stays_valid()
    {
        for (var limit = 1; limit <= 9; limit++)
        {
            var result = await RunOneAsync(new Command(@"printf '\360\237\216\211\360\237\216\211\360\237\216\211'") { Limits = new Limits { Output = limit } });

            result.Stdout.ShouldBe(string.Concat(Enumerable.Repeat("\U0001F389", limit / 4)));
            result.StdoutUtf8.ShouldBe(true);
        }
    }

    [Theory(Timeout = Long)]
    [Attack(62)]

    // Made larger and smaller while full; packets; asynchronous, with signals for init, and never waiting; read back and put in again.
    [InlineData("import fcntl\nfor size in (1 << 20, 4096, 1 << 20):\n  fcntl.fcntl(1, 1031, size); os.write(1, b'x' * 4096)\nos.write(1, b'x' * 87712)")]
    [InlineData("import fcntl\nfcntl.fcntl(1, fcntl.F_SETFL, os.O_DIRECT)\nfor _ in range(100000): os.write(1, b'x')")]
    [InlineData("import fcntl, signal\nfor s in (9, 19, 10, 0):\n  for owner in (1, -1, os.getpid() + 1000):\n    try: fcntl.fcntl(1, fcntl.F_SETOWN, owner); fcntl.fcntl(1, 10, s); fcntl.fcntl(1, fcntl.F_SETFL, os.O_ASYNC)\n    except OSError: pass\nfcntl.fcntl(1, fcntl.F_SETFL, 0)\nfor _ in range(100): os.write(1, b'x' * 1000)")]
    [InlineData("import fcntl, time\nfcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK)\nn = 0\nwhile n < 100000:\n  try: n += os.write(1, b'x' * min(1000, 100000 - n))\n  except BlockingIOError: time.sleep(0.001)")]
    [InlineData("import fcntl\nfcntl.flock(1, fcntl.LOCK_EX)\nf = os.open('/proc/self/fd/1', os.O_WRONLY)\ntry: fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)\nexcept BlockingIOError: pass\nfor _ in range(50): os.write(1, b'x' * 1000); os.write(f, b'x' * 1000)")]
    [InlineData("r, w = os.pipe()\nf = os.open('big', os.O_RDWR | os.O_CREAT); os.write(f, b'x' * 100000); n = 0\nwhile n < 100000:\n  k = os.splice(f, w, 65536, offset_src=n); n += k\n  while k: k -= os.splice(r, 1, k)\nos.ftruncate(f, 0)")]
    public async Task A_pipe_that_was_tampered_with_delivers_what_was_written(string program)
    {
        var result = await PythonAsync("import os\n" + program);

        result.ExitCode.ShouldBe(0, result.Stderr);
        result.StdoutBytes.ShouldBe(100_000);
        result.Stdout.ShouldBe(new string('x', 100_000));
        result.Verdict.ShouldBe(Verdict.Ok);
    }

    [Fact(Timeout = Long)]
    [Attack(62)]
    public async Task Who_reads_his_own_output_back_takes_it_from_himself_alone()
    {
        await NeedsAsync("python3");

        // A thief reads the pipe of its own output until after the shell has ended; and writes into it from a place where nobody reads any more.
        var result = await RunAsync(
            new Command("exec python3 -") { Stdin = "import os, time\nif os.fork() == 0:\n  os.setsid(); f = os.open('/proc/self/fd/1', os.O_RDWR | os.O_NONBLOCK)\n  while True:\n    try: os.read(f, 1)\n    except BlockingIOError: pass\nfor _ in range(200): os.write(1, b'x' * 1000)" },
            "echo second",
            "head -c 70000 /dev/zero | tr '\\0' y");

        result.Status.ShouldBe(0, result.Execution[0].Stderr);
        result.Execution[0].StdoutBytes.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(200_000);
        result.Execution[1].Stdout.ShouldBe("second");
        result.Execution[2].Stdout.ShouldBe(new string('y', 70_000));
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
