my $what = shift;
if ($what eq 'hello') {
    print 'hello ', 6 * 7, "\n";
} elsif ($what eq 'terminal') {
    print -t STDOUT ? "terminal\n" : "none\n";
} else {
    my ($last, %map);
    $last = ('x' x 100_000) . $_ for 1 .. 20_000;
    for my $round (1 .. 10) {
        $map{$_} = [$round, $_] for 1 .. 300_000;
    }
    print keys %map == 300_000 ? "done\n" : "lost\n";
}
