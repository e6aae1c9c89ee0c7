using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SandboxApi.FuzzTests.Fuzzing;
using SandboxApi.FuzzTests.Seeds;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.FuzzTests.Launching;

/// <summary>The real launcher and the real init, sent what no runtime of ours would: they answer or end, without a fault and without keeping anything.</summary>
public sealed class LauncherFuzzTests : IDisposable
{
    /// <summary>Standard input, output and error, the socket to the runtime, and that to the launcher.</summary>
    private const int DescriptorsOfZygote = 5;

    private readonly string directory = Directory.CreateTempSubdirectory("fuzz-launcher-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact(Timeout = 3_600_000)]
    public async Task A_configuration_is_taken_or_refused_and_the_launcher_ends_with_the_runtime()
    {
        var valid = RealLauncher.Configuration(directory);
        await new Fuzzer("configure", Mutate, async message =>
        {
            using var launcher = RealLauncher.Start();
            launcher.Send(message);
            var answer = message.Length == 0 ? null : await launcher.ReceiveAsync();
            answer?.Reply.Type.ShouldBeOneOf(MessageType.Configured, MessageType.Failed);
            await launcher.EndAsync();
            return $"{answer?.Reply.Type} {answer?.Reply.Step} {answer?.Reply.Errno}";
        }, valid).RunAsync();

        static byte[] Mutate(Random random, byte[] message, FuzzCorpus corpus)
        {
            if (random.Next(2) == 0)
                return ByteMutator.Mutate(random, message, corpus);

            // A field of the header: counts of bytes above all.
            var changed = message.ToArray();
            var at = 4 * random.Next(Math.Min(10, changed.Length / 4));
            if (at + 4 <= changed.Length)
                MemoryMarshal.Write(changed.AsSpan(at), random.Next(4) switch { 0 => uint.MaxValue, 1 => 0u, 2 => MemoryMarshal.Read<uint>(changed.AsSpan(at)) + (uint)random.Next(-9, 9), _ => (uint)random.Next() });
            return changed;
        }
    }

    [Fact(Timeout = 3_600_000)]
    public async Task A_request_for_a_sandbox_is_answered_or_ends_the_launcher_and_leaves_no_descriptor()
    {
        var launcher = await StartAsync();
        try
        {
            var held = launcher.CountDescriptors();
            var slots = new HashSet<uint>();
            await new Fuzzer("create", ByteMutator.Mutate, async input =>
            {
                if (input.Length < 2)
                    return "nothing";
                Handles.With(input[0] % (Handles.Most + 1), descriptors => launcher.Send(input[1..], descriptors));
                var answer = await launcher.ReceiveAsync();
                var isRequest = input.Length > Unsafe.SizeOf<CreateMessage>() && MemoryMarshal.Read<MessageType>(input.AsSpan(1)) == MessageType.Create;
                if (!isRequest)
                {
                    answer.ShouldNotBeNull().Reply.Step.ShouldBe(Step.Protocol);
                    await launcher.EndAsync();
                    launcher = await StartAsync();
                    held = launcher.CountDescriptors();
                    slots.Clear();
                    return "refused";
                }

                var (reply, made) = answer.ShouldNotBeNull();
                (reply.Type is MessageType.Created ? 3 : 0).ShouldBe(made.Length);
                foreach (var descriptor in made)
                    _ = Descriptors.Close(descriptor);
                slots.Add(reply.Slot);
                await RealLauncher.UntilAsync(() => launcher.CountDescriptors() <= held + slots.Count, "the launcher keeps no descriptor but one for each zygote");
                return $"{reply.Type} {reply.Step} {reply.Errno}";
            }, [0, .. Create()], [12, .. Create()], [3, .. Create(), 1, 2, 3]).RunAsync();
        }
        finally
        {
            launcher.Dispose();
        }
    }

    [Fact(Timeout = 3_600_000)]
    public async Task Init_answers_what_is_a_message_and_ends_at_what_is_none()
    {
        using var launcher = await StartAsync();
        var held = launcher.CountDescriptors() + 1;
        await new Fuzzer("init", MutateStart, async input =>
        {
            if (input.Length < 2)
                return "nothing";
            launcher.Send(Create());
            var (created, made) = (await launcher.ReceiveAsync()).ShouldNotBeNull();
            created.Type.ShouldBe(MessageType.Created);
            using var init = new RealInit(made);
            var expected = RealInit.Expected(input.AsSpan(1), input[0] % (Handles.Most + 1));
            var answer = (MessageType?)null;
            Handles.With(input[0] % (Handles.Most + 1), descriptors => init.Send(input[1..], descriptors));
            if (expected is not RealInit.Waits)
                answer = await init.ReceiveAsync();
            answer.ShouldBe(expected is RealInit.Waits or RealInit.Ends ? null : Enum.Parse<MessageType>(expected));
            await init.EndAsync();
            await RealLauncher.UntilAsync(() => launcher.CountDescriptors() <= held, "the launcher keeps no descriptor but the zygote's");
            await RealLauncher.UntilAsync(() => launcher.CountDescriptorsOfZygotes() <= DescriptorsOfZygote, "the zygote keeps no descriptor");
            return expected;
        }).RunAsync();

        static byte[] MutateStart(Random random, byte[] input, FuzzCorpus corpus)
        {
            // Mostly the header, whose numbers must be true of what follows.
            if (input.Length < 17 || random.Next(3) == 0)
                return ByteMutator.MutateOnce(random, input, corpus);
            var changed = input.ToArray();
            var field = changed.AsSpan(1 + (4 * random.Next(4)), 4);
            MemoryMarshal.Write(field, random.Next(3) switch { 0 => uint.MaxValue - (uint)random.Next(3), 1 => (uint)random.Next(70_000), _ => MemoryMarshal.Read<uint>(field) + (uint)random.Next(-3, 4) });
            return changed;
        }
    }

    private async Task<RealLauncher> StartAsync()
    {
        var launcher = RealLauncher.Start();
        launcher.Send(RealLauncher.Configuration(directory));
        var answer = await launcher.ReceiveAsync();
        if (answer?.Reply.Type != MessageType.Configured)
        {
            launcher.Dispose();
            Assert.Skip($"No sandbox can be made on this host: {answer?.Reply.Step}");
        }

        return launcher;
    }

    private static byte[] Create() => MessageSeeds.Bytes(new CreateMessage { Type = MessageType.Create, Slot = 1, IdBase = 0x7F00_0000, StorageBytes = 1 << 20, Inodes = 100 });
}
