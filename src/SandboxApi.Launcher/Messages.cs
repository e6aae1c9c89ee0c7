using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>Sends and receives messages, with descriptors beside them.</summary>
internal static unsafe class Messages
{
    private const int MaxDescriptors = 4;

    /// <summary>Sends the bytes and the descriptors; false when the other end is gone.</summary>
    internal static bool Send(int socket, void* bytes, nuint length, int* descriptors = null, int count = 0)
    {
        var vector = new IoVector { Base = bytes, Length = length };
        var control = stackalloc byte[64];
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

    /// <summary>Receives up to <paramref name="capacity"/> bytes; 0 when the other end is gone, negative on error.</summary>
    internal static nint Receive(int socket, void* buffer, nuint capacity, int* descriptors = null, int* count = null)
    {
        var vector = new IoVector { Base = buffer, Length = capacity };
        var control = stackalloc byte[64];
        var message = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = 64 };
        nint received;
        do
            received = Libc.recvmsg(socket, &message, MsgCmsgCloExec);
        while (received < 0 && Libc.Errno == EIntr);

        if (count == null)
            return received;
        *count = 0;
        var header = (ControlHeader*)control;
        if (received > 0 && message.ControlLength >= (nuint)sizeof(ControlHeader) && header->Level == SolSocket && header->Type == ScmRights)
        {
            *count = (int)((header->Length - (nuint)sizeof(ControlHeader)) / sizeof(int));
            for (var i = 0; i < *count && i < MaxDescriptors; i++)
                descriptors[i] = ((int*)(header + 1))[i];
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
