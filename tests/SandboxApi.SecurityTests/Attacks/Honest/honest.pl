# What Perl programs ask of a kernel: each check ends the program when its answer is wrong.
use strict;
use warnings;
use Fcntl qw(:flock :seek);
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use IPC::Open3;
use POSIX qw(:sys_wait_h sigaction);
use Socket;
use Time::HiRes qw(usleep ualarm);

sub check { my ($holds, $what) = @_; $holds or die "$what: $!\n" }

my $pid = fork // die;
exit 7 unless $pid;
check(waitpid($pid, 0) == $pid && WEXITSTATUS($?) == 7, "fork");
check(`echo through` eq "through\n", "backticks");
check(system("true") == 0, "system");
my $child = open3(my $in, my $out, undef, "cat");
print $in "piped\n";
close $in;
check(<$out> eq "piped\n" && waitpid($child, 0) == $child, "open3");

my $server = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die "listen: $!";
my $client = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $server->sockport) or die "connect: $!";
my $peer = $server->accept;
print $client "over tcp\n";
$client->flush;
check(<$peer> eq "over tcp\n", "tcp");
my $udp = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1") or die "udp: $!";
my $to = IO::Socket::INET->new(Proto => "udp", PeerAddr => "127.0.0.1", PeerPort => $udp->sockport) or die "udp: $!";
$to->send("datagram");
check(IO::Select->new($udp)->can_read(5), "select");
$udp->recv(my $datagram, 100);
check($datagram eq "datagram", "udp");
my $unix = IO::Socket::UNIX->new(Local => "perl.socket", Listen => 1) or die "unix: $!";
check(IO::Socket::UNIX->new(Peer => "perl.socket"), "unix");
socketpair(my $left, my $right, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die;
syswrite $left, "pair";
check(sysread($right, my $read, 4) == 4, "socketpair");

my $caught = 0;
local $SIG{USR1} = sub { $caught++ };
local $SIG{ALRM} = sub { $caught++ };
kill USR1 => $$;
ualarm 10_000;
usleep 1000 while $caught < 2;

my $directory = tempdir(CLEANUP => 1);
open my $file, "+>", "$directory/f" or die;
check(flock($file, LOCK_EX | LOCK_NB), "flock");
my $other = fork // die;
if (!$other) {
    open my $same, "<", "$directory/f" or POSIX::_exit(3);
    POSIX::_exit(flock($same, LOCK_EX | LOCK_NB) ? 1 : 0);
}
waitpid $other, 0;
check($? == 0, "flock holds against another process");
print $file "x" x 1000;
close $file;
check(-s "$directory/f" == 1000 && rename("$directory/f", "$directory/g") && chmod(0600, "$directory/g") && unlink("$directory/g"), "files");
print "honest\n";
