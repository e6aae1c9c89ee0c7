// What Node programs ask of a kernel: each assertion ends the program when its answer is wrong.
import assert from "node:assert";
import { exec, execFileSync, fork, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import dgram from "node:dgram";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import zlib from "node:zlib";

if (process.argv[2] === "child") {
    process.send("hello");
} else {
    assert.equal((await promisify(exec)("echo through | tr a-z A-Z")).stdout, "THROUGH\n");
    assert.equal(execFileSync("cat", { input: "text" }).toString(), "text");
    const child = fork(process.argv[1], ["child"]);
    assert.equal((await once(child, "message"))[0], "hello");
    const sleeper = spawn("sleep", ["100"]);
    sleeper.kill();
    assert.equal((await once(sleeper, "exit"))[1], "SIGTERM");

    const shared = new Int32Array(new SharedArrayBuffer(4));
    const workers = [1, 2, 3].map(() => new Worker("const { workerData } = require('worker_threads'); for (let i = 0; i < 1000; i++) Atomics.add(workerData, 0, 1);", { eval: true, workerData: shared }));
    await Promise.all(workers.map(worker => once(worker, "exit")));
    assert.equal(shared[0], 3000);

    const server = http.createServer((request, response) => response.end("answer"));
    await once(server.listen(0, "127.0.0.1"), "listening");
    assert.equal(await (await fetch(`http://127.0.0.1:${server.address().port}/`)).text(), "answer");
    server.close();
    const unix = net.createServer(socket => socket.pipe(socket));
    await once(unix.listen("node.socket"), "listening");
    const client = net.connect("node.socket");
    client.write("echo");
    assert.equal((await once(client, "data"))[0].toString(), "echo");
    client.end();
    unix.close();
    const udp = dgram.createSocket("udp4");
    await once(udp.bind(0, "127.0.0.1"), "listening");
    udp.send("datagram", udp.address().port, "127.0.0.1");
    assert.equal((await once(udp, "message"))[0].toString(), "datagram");
    udp.close();

    const watcher = fs.watch(".");
    const seen = once(watcher, "change");
    fs.writeFileSync("watched", randomBytes(1000));
    await seen;
    watcher.close();
    await pipeline(fs.createReadStream("watched"), zlib.createGzip(), fs.createWriteStream("watched.gz"));
    await fs.promises.cp("watched", "copied");
    assert.deepEqual(zlib.gunzipSync(fs.readFileSync("watched.gz")), fs.readFileSync("copied"));
    assert.equal(fs.realpathSync("copied"), process.cwd() + "/copied");
    assert.equal(createHash("sha256").update("").digest("hex").slice(0, 8), "e3b0c442");

    let signalled = false;
    process.on("SIGUSR2", () => { signalled = true; });
    process.kill(process.pid, "SIGUSR2");
    while (!signalled) await wait(5);
    await wait(10);
    assert.ok(os.cpus().length > 0 && os.totalmem() > 0 && os.hostname() === "sandbox" && os.networkInterfaces().lo.length > 0 && process.memoryUsage().rss > 0);
    console.log("honest");
}
