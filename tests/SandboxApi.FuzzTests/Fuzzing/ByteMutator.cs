using System.Text;

namespace SandboxApi.FuzzTests.Fuzzing;

/// <summary>Mutations that know nothing of what the bytes mean.</summary>
internal static class ByteMutator
{
    private static readonly byte[] s_bytes = [0, 1, 0x1F, 0x20, 0x2E, 0x2F, 0x30, 0x37, 0x5C, 0x7F, 0x80, 0xC0, 0xFF];
    private static readonly string[] s_numbers = ["0", "-1", "1", "07777777777", "77777777777", "2147483648", "4294967295", "9223372036854775807", "18446744073709551616", "1e308", "0.1"];

    /// <summary>One to a few mutations.</summary>
    public static byte[] Mutate(Random random, byte[] input, FuzzCorpus corpus)
    {
        for (var left = 1 + random.Next(3); left > 0; left--)
            input = MutateOnce(random, input, corpus);
        return input;
    }

    public static byte[] MutateOnce(Random random, byte[] input, FuzzCorpus corpus)
    {
        if (input.Length == 0)
            return [.. corpus.Any(random)];
        var at = random.Next(input.Length);
        var length = Math.Min(random.Next(1, random.Next(2) == 0 ? 8 : 600), input.Length - at);
        switch (random.Next(9))
        {
            case 0:
                return Changed(input, at, (byte)(input[at] ^ (1 << random.Next(8))));
            case 1:
                return Changed(input, at, s_bytes[random.Next(s_bytes.Length)]);
            case 2:
                return Changed(input, at, (byte)random.Next(256));
            case 3:
                return [.. input.AsSpan(0, at), .. input.AsSpan(at + length)];
            case 4:
                return [.. input.AsSpan(0, at + length), .. input.AsSpan(at)];
            case 5:
                var noise = new byte[length];
                random.NextBytes(noise);
                return [.. input.AsSpan(0, at), .. noise, .. input.AsSpan(at)];
            case 6:
                return [.. input.AsSpan(0, at), .. Encoding.ASCII.GetBytes(s_numbers[random.Next(s_numbers.Length)]), .. input.AsSpan(at + (random.Next(2) * length))];
            case 7:
                var other = corpus.Any(random);
                var from = random.Next(other.Length + 1);
                return [.. input.AsSpan(0, at), .. other.AsSpan(from, Math.Min(other.Length - from, length)), .. input.AsSpan(at + length)];
            default:
                return input[..at];
        }
    }

    private static byte[] Changed(byte[] input, int at, byte value)
    {
        var changed = input.ToArray();
        changed[at] = value;
        return changed;
    }
}
