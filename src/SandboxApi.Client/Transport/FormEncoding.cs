using System.Text;

namespace SandboxApi.Client.Transport;

/// <summary>One field as <c>application/x-www-form-urlencoded</c>; of bytes, since a config may be too long for the strings of <see cref="Uri.EscapeDataString(string)"/>.</summary>
internal static class FormEncoding
{
    internal static byte[] Encode(string name, ReadOnlySpan<byte> value)
    {
        var start = Encoding.ASCII.GetByteCount(name) + 1;
        long length = start;
        foreach (var b in value)
            length += IsPlain(b) || b == ' ' ? 1 : 3;
        var encoded = new byte[length];
        Encoding.ASCII.GetBytes(name, encoded);
        encoded[start - 1] = (byte)'=';

        var i = start;
        foreach (var b in value)
        {
            if (IsPlain(b))
            {
                encoded[i++] = b;
            }
            else if (b == ' ')
            {
                encoded[i++] = (byte)'+';
            }
            else
            {
                encoded[i++] = (byte)'%';
                encoded[i++] = Hex(b >> 4);
                encoded[i++] = Hex(b & 15);
            }
        }

        return encoded;
    }

    private static bool IsPlain(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'*';

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
}
