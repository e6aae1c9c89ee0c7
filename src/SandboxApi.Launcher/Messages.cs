using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>Sends and receives messages, with descriptors beside them.</summary>
internal static unsafe class Messages
{
    /// <summary>Descriptors that come with one message at most.</summary>
    internal const int MaxDescriptors = 16;

    private const int ControlBytes = 96;

    /// <summary>Sends the bytes and the descriptors; false when the other end is gone.</summary>
    internal static bool Send(int socket, void* bytes, nuint length, int* descriptors = null, int count = 0)
    {
        var vector = new IoVector { Base = bytes, Length = length };
        var control = stackalloc byte[ControlBytes];
        var message = new MessageHeader { Vectors = &vector, VectorCount = 1 };
        if (count > 0)
        {
            var header = (ControlHeader*)control;
            header->Length = (nuint)(sizeof(ControlHeader) + (count * sizeof(int)));
            header->Level = SolSocket;
            header->Type = ScmRights;
            for (var i = 0; i < count; i++)
                ((int*)(header + 1))[i] = descriptors[i];
            message.Control = control;
            message.ControlLength = (nuint)(sizeof(ControlHeader) + ((count + 1) / 2 * 8));
        }

        while (true)
        {
            if (Libc.sendmsg(socket, &message, MsgNoSignal) >= 0)
                return true;
            if (Libc.Errno != EIntr)
                return false;
        }
    }

    /// <summary>Receives up to <paramref name="capacity"/> bytes; 0 when the other end is gone, negative on error. Descriptors that nobody asked for, or beyond <see cref="MaxDescriptors"/>, are closed.</summary>
    internal static nint Receive(int socket, void* buffer, nuint capacity, int* descriptors = null, int* count = null)
    {
        var vector = new IoVector { Base = buffer, Length = capacity };
        var control = stackalloc byte[ControlBytes];
        nint received;
        MessageHeader message;
        do
        {
            // Without room for them the kernel closes descriptors itself.
            message = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = count == null ? 0u : ControlBytes };
            received = Libc.recvmsg(socket, &message, MsgCmsgCloExec);
        }
        while (received < 0 && Libc.Errno == EIntr);

        if (count == null)
            return received;
        *count = 0;
        var header = (ControlHeader*)control;
        if (received > 0 && message.ControlLength >= (nuint)sizeof(ControlHeader) && header->Level == SolSocket && header->Type == ScmRights)
        {
            var came = (int)((header->Length - (nuint)sizeof(ControlHeader)) / sizeof(int));
            for (var i = 0; i < came; i++)
            {
                var descriptor = ((int*)(header + 1))[i];
                if (i < MaxDescriptors)
                    descriptors[(*count)++] = descriptor;
                else
                    Libc.close(descriptor);
            }
        }

        return received;
    }

    /// <summary>Reads exactly so many bytes; false when the other end is gone first.</summary>
    internal static bool ReadExactly(int socket, byte* buffer, nuint length)
    {
        while (length > 0)
        {
            var got = Libc.read(socket, buffer, length);
            if (got < 0 && Libc.Errno == EIntr)
                continue;
            if (got <= 0)
                return false;
            buffer += got;
            length -= (nuint)got;
        }

        return true;
    }

    /// <summary>Tells of a step that failed.</summary>
    internal static void Fail(int socket, uint slot, Step step, int errno, uint index = 0)
    {
        var reply = new ReplyMessage { Type = MessageType.Failed, Slot = slot, Step = step, Errno = errno, Index = index };
        Send(socket, &reply, (nuint)sizeof(ReplyMessage));
    }
}
