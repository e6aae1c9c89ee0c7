const what = process.argv[2];
if (what === 'hello') {
    console.log('hello', 6 * 7);
} else if (what === 'terminal') {
    console.log(process.stdout.isTTY && process.stdout.columns === 100 ? 'terminal' : 'none');
} else {
    let last;
    for (let i = 0; i < 20000; i++) last = new Uint8Array(100000);
    const map = new Map();
    for (let round = 0; round < 10; round++)
        for (let i = 0; i < 300000; i++) map.set(i, { round, i, text: 'x' + i });
    console.log(map.size === 300000 && last.length === 100000 ? 'done' : 'lost');
}
