using System.Buffers;
using System.Buffers.Text;
using SandboxApi.Archives.Gzip;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Execute;

/// <summary>What a text in base64 stands for (RFC 4648, 4), white space in it passed over; a text that is cut or anything else is refused.</summary>
/// <param name="text">The text; not disposed.</param>
internal sealed class Base64Body(Stream text) : ForwardStream
{
    private readonly byte[] _text = new byte[16 << 10];
    private readonly byte[] _decoded = new byte[12 << 10];
    private int _kept;
    private int _start;
    private int _end;
    private bool _isPadded;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_start == _end)
        {
            var count = await text.ReadAsync(_text.AsMemory(_kept), cancellationToken);
            if (count == 0)
                return _kept == 0 ? 0 : throw Malformed();
            Decode(WithoutSpace(count));
        }

        var length = Math.Min(buffer.Length, _end - _start);
        _decoded.AsMemory(_start, length).CopyTo(buffer);
        _start += length;
        return length;
    }

    private static RequestException Malformed() => RequestException.Malformed("A part of the multipart body says that it is base64 and is not, or is cut off.");

    /// <summary>How much there is once the white space of what has come is taken out.</summary>
    private int WithoutSpace(int count)
    {
        var length = _kept;
        for (var i = _kept; i < _kept + count; i++)
        {
            if (_text[i] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                _text[length++] = _text[i];
        }

        return length;
    }

    private void Decode(int length)
    {
        // Whole groups of four, so that padding can only stand in the last of all.
        var whole = length & ~3;
        if (whole > 0)
        {
            if (_isPadded || Base64.DecodeFromUtf8(_text.AsSpan(0, whole), _decoded, out _, out var written) != OperationStatus.Done)
                throw Malformed();
            (_start, _end) = (0, written);
            _isPadded = _text[whole - 1] == '=';
        }

        _kept = length - whole;
        _text.AsSpan(whole, _kept).CopyTo(_text);
    }
}
