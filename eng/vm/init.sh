#!/bin/sh
# The first process of the virtual machine: mounts what a system has, runs the scenarios, powers off.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mountpoint -q /dev || mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
# As systemd mounts it.
mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 /sys/fs/cgroup
hostname vm
# There is no ip here: python does what "ip link set lo up" would.
python3 -c 'import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14x", b"lo", 1))'
id visitor >/dev/null 2>&1 || useradd --create-home --uid 1000 visitor
stty -F /dev/ttyS1 raw -echo
python3 -u /opt/vm/scenarios.py >/dev/ttyS1 || echo "FAILED scenarios.py ended with $?" >/dev/ttyS1
# Without this the last line may not have left the port.
stty -F /dev/ttyS1 drain 2>/dev/null
sync
echo o >/proc/sysrq-trigger
sleep 60
