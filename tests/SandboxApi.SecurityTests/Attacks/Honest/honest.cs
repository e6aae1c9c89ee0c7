// What .NET programs ask of a kernel: each check ends the program when its answer is wrong.
using System;
using System.Diagnostics;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

static void Check(bool holds, string what)
{
    if (!holds)
        throw new InvalidOperationException(what);
}

var total = 0;
Parallel.For(0, 1000, n => Interlocked.Add(ref total, n));
Check(total == 499500, "threads");
using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5)))
    Check(await timer.WaitForNextTickAsync(), "timer");

using (var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "tr a-z A-Z"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!)
{
    await process.StandardInput.WriteAsync("text");
    process.StandardInput.Close();
    Check(await process.StandardOutput.ReadToEndAsync() == "TEXT", "process");
    await process.WaitForExitAsync();
}

using (var listener = new TcpListener(IPAddress.Loopback, 0))
{
    listener.Start();
    using var client = new TcpClient();
    var accepted = listener.AcceptTcpClientAsync();
    await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
    using var peer = await accepted;
    await client.GetStream().WriteAsync(new byte[] { 1, 2, 3 });
    Check(await peer.GetStream().ReadAtLeastAsync(new byte[3], 3) == 3, "tcp");
}

using (var one = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0)))
using (var two = new UdpClient())
{
    await two.SendAsync(new byte[] { 7 }, (IPEndPoint)one.Client.LocalEndPoint!);
    Check((await one.ReceiveAsync()).Buffer[0] == 7, "udp");
}

using (var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
using (var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
{
    listener.Bind(new UnixDomainSocketEndPoint("net.socket"));
    listener.Listen();
    await client.ConnectAsync(new UnixDomainSocketEndPoint("net.socket"));
}

using (var server = new AnonymousPipeServerStream())
using (var client = new AnonymousPipeClientStream(server.GetClientHandleAsString()))
{
    server.WriteByte(9);
    Check(client.ReadByte() == 9, "pipe");
}

using (var map = MemoryMappedFile.CreateFromFile("net.map", FileMode.Create, null, 4096))
using (var view = map.CreateViewAccessor())
    view.Write(0, 42);
using (var file = new FileStream("net.map", FileMode.Open, FileAccess.ReadWrite, FileShare.None))
{
    file.Lock(0, 10);
    Check(file.ReadByte() == 42, "map");
    Check(Throws(() => new FileStream("net.map", FileMode.Open)), "share mode");
}

using (var watcher = new FileSystemWatcher(".") { EnableRaisingEvents = true })
{
    var seen = new TaskCompletionSource();
    watcher.Created += (_, _) => seen.TrySetResult();
    await File.WriteAllTextAsync("net.watched", "x");
    await seen.Task.WaitAsync(TimeSpan.FromSeconds(60));
}

var signalled = new TaskCompletionSource();
using (PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
{
    context.Cancel = true;
    signalled.TrySetResult();
}))
{
    using var kill = Process.Start("/bin/sh", ["-c", $"kill -HUP {Environment.ProcessId}"])!;
    await signalled.Task.WaitAsync(TimeSpan.FromSeconds(60));
}

GC.Collect();
Check(Environment.MachineName == "sandbox" && Environment.ProcessorCount > 0 && Guid.NewGuid() != Guid.Empty, "host");
Console.WriteLine("honest");

static bool Throws(Func<IDisposable> open)
{
    try
    {
        open().Dispose();
        return false;
    }
    catch (IOException)
    {
        return true;
    }
}
