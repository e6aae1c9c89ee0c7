<?php
$what = $argv[1];
if ($what === 'hello') {
    echo 'hello ', 6 * 7, "\n";
} elseif ($what === 'terminal') {
    echo stream_isatty(STDOUT) ? "terminal\n" : "none\n";
} else {
    for ($i = 0; $i < 20000; $i++) $last = str_repeat('x', 100000) . $i;
    $map = [];
    for ($round = 0; $round < 10; $round++)
        for ($i = 0; $i < 300000; $i++) $map[$i] = [$round, $i];
    echo count($map) === 300000 ? "done\n" : "lost\n";
}
