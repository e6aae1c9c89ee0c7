namespace SandboxApi.Runtime.Tests.Host;

/// <summary>The figures of a small server with two cores of two threads each, a disk, a volume and a network mount.</summary>
internal static class GoldenHost
{
    public static HostTree PutServer(this HostTree host)
    {
        host.Put("/proc/cpuinfo", string.Join("\n", Enumerable.Range(0, 4).Select(i => $"""
            processor	: {i}
            model name	: Some CPU
            cpu MHz		: {1000 + (100 * i)}.500
            physical id	: 0
            core id		: {i / 2}

            """)));
        host.Put("/proc/meminfo", """
            MemTotal:        1000000 kB
            MemFree:          100000 kB
            MemAvailable:     600000 kB
            Buffers:               1 kB
            SwapTotal:        500000 kB
            SwapFree:         450000 kB
            HugePages_Total:       0

            """);
        host.Put("/proc/loadavg", "1.00 2.00 0.50 3/345 6789\n");
        host.Put("/proc/filesystems", "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\toverlay\nnodev\tnfs4\n\text4\n\txfs\n");
        host.Put("/proc/self/mountinfo", """
            20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw
            21 20 0:5 / /dev rw - devtmpfs udev rw
            22 20 0:6 / /dev/shm rw - tmpfs /dev/shm rw
            23 20 253:0 / /srv/data rw,relatime shared:3 - xfs /dev/mapper/vg-data rw
            24 20 253:0 /sub /srv/again rw,relatime shared:3 - xfs /dev/mapper/vg-data rw
            25 20 0:40 / /net rw - nfs4 server:/export rw
            26 25 8:17 / /net/behind rw - ext4 /dev/sdb1 rw
            27 20 8:33 / /covered rw - ext4 /dev/sdc1 rw
            28 20 0:41 / /covered rw - nfs4 server:/other rw
            29 20 0:42 / /home/x/fake rw - fuse.sshfs /dev/sda9 rw

            """);
        host.PutCounters(scale: 0);
        return host.PutDirectory("/proc/1").PutDirectory("/proc/42").PutDirectory("/proc/sys");
    }

    /// <summary>Counters that have gone on by <paramref name="scale"/> seconds' worth of work.</summary>
    public static HostTree PutCounters(this HostTree host, int scale) => host
        .Put("/proc/stat", $"cpu  {100 + (50 * scale)} 0 {100 + (25 * scale)} {1000 + (100 * scale)} {10 + (25 * scale)} 0 0 0 7 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n")
        .Put("/proc/diskstats", $"""
               8       0 sda {100 + (10 * scale)} 0 {2000 + (20 * scale)} 5 {300 + (30 * scale)} 0 {4000 + (40 * scale)} 6 0 7 8
               8       1 sda1 {100 + (10 * scale)} 0 {2000 + (20 * scale)} 5 {300 + (30 * scale)} 0 {4000 + (40 * scale)} 6 0 7 8 0 0 0 0 0 0
             253       0 dm-0 0 0 0 0 0 0 0 0 0 0 0
               7       0 loop0 0 0 0 0 0 0 0 0 0 0 0

            """)
        .Put("/proc/net/dev", $"""
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo: {9999 * scale} {99 * scale} 0 0 0 0 0 0 {9999 * scale} {99 * scale} 0 0 0 0 0 0
              eth0:{5000 + (1000 * scale)} {50 + (10 * scale)} 0 0 0 0 0 0 {7000 + (2000 * scale)} {70 + (20 * scale)} 0 0 0 0 0 0
              eth1: {100 * scale} {1 * scale} 0 0 0 0 0 0 {200 * scale} {2 * scale} 0 0 0 0 0 0

            """);
}
