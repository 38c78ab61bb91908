// Installs, starts, talks to and ends one `geth --dev`.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * The version the sample is made with. 1.17.10 could not be built when this was written: the Go module proxy did not serve a
 * module it depends on. 1.17.9 depends on the same module and was not tried.
 */
export const gethVersion = "1.17.8";

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "blocklight", "tools", "bin");

function versionOf(binary) {
  const text = execFileSync(binary, ["version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return /^Version: (\S+)/m.exec(text)?.[1] ?? "unknown";
}

/** Path of a geth: the caller's, or the pinned one, built into the tool cache when it is not there yet. */
export function findGeth(given, say) {
  if (given) return { binary: given, version: versionOf(given) };
  const binary = join(cache, "geth");
  if (!existsSync(binary) || !versionOf(binary).startsWith(gethVersion)) {
    say(`building geth ${gethVersion} (a few minutes, once)`);
    try {
      execFileSync("go", ["install", `github.com/ethereum/go-ethereum/cmd/geth@v${gethVersion}`], {
        env: { ...process.env, GOBIN: cache },
        stdio: ["ignore", "inherit", "inherit"],
      });
    } catch (cause) {
      throw new Error("geth could not be built: install Go 1.25 or later, or pass --geth PATH", { cause });
    }
  }
  return { binary, version: versionOf(binary) };
}

/** The genesis of `geth --dev`, as an object. */
export function devGenesis(binary) {
  const text = execFileSync(binary, ["--dev", "dumpgenesis"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return JSON.parse(text);
}

/** A running node. `stop` ends the process and removes its data; it is safe to call it twice. */
export class Geth {
  #process;
  #directory;
  #endpoint;
  #log = [];
  #nextId = 1;

  /** @param period seconds between blocks */
  static async start({ binary, genesis, period, verbose }) {
    const node = new Geth();
    node.#directory = mkdtempSync(join(tmpdir(), "blocklight-sample-"));
    try {
      await node.#run(binary, genesis, period, verbose);
      return node;
    } catch (error) {
      node.stop();
      throw error;
    }
  }

  async #run(binary, genesis, period, verbose) {
    const genesisFile = join(this.#directory, "genesis.json");
    const data = join(this.#directory, "data");
    writeFileSync(genesisFile, JSON.stringify(genesis));
    execFileSync(binary, ["init", "--datadir", data, genesisFile], {
      stdio: ["ignore", "ignore", verbose ? "inherit" : "pipe"],
    });
    this.#process = spawn(
      binary,
      [
        ...["--dev", "--dev.period", String(period), "--datadir", data, "--ipcdisable", "--nodiscover"],
        ...["--maxpeers", "0", "--port", "0", "--authrpc.port", "0", "--http", "--http.port", "0"],
        ...["--http.api", "eth,debug,txpool,dev", "--rpc.allow-unprotected-txs", "--rpc.txfeecap", "0"],
        ...["--rpc.batch-request-limit", "1000", "--miner.gaslimit", String(Number(genesis.gasLimit))],
        ...["--miner.maxblobs", "21", "--miner.recommit", "500ms", "--miner.extradata", "blocklight sample"],
        ...["--txpool.accountslots", "512", "--txpool.globalslots", "8192", "--txpool.accountqueue", "512"],
        // geth then runs every block a second time on the witness alone and refuses it if anything differs.
        "--stateless-self-validation",
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    this.#endpoint = await new Promise((resolve, reject) => {
      this.#process.once("error", reject);
      this.#process.once("exit", (code) =>
        reject(new Error(`geth ended (${code}):\n${this.#log.slice(-15).join("\n")}`)),
      );
      createInterface({ input: this.#process.stderr }).on("line", (line) => {
        if (verbose) process.stderr.write(`  geth | ${line}\n`);
        this.#log.push(line);
        if (this.#log.length > 500) this.#log.shift();
        const started = /HTTP server started\s+endpoint=(\S+)/.exec(line);
        if (started) resolve(`http://${started[1]}`);
      });
    });
  }

  /** Lines of geth's log at level warn and above. */
  get complaints() {
    return this.#log.filter((line) => /^(WARN|ERROR|CRIT)/.test(line));
  }

  stop() {
    this.#process?.removeAllListeners("exit");
    if (this.#process?.exitCode === null) this.#process.kill("SIGKILL");
    if (this.#directory) rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  /** One JSON-RPC call; its result, or an error that names the method. */
  async call(method, ...params) {
    const [result] = await this.batch([[method, ...params]]);
    if (result.error) throw new Error(`${method}: ${result.error.message}`);
    return result.result;
  }

  /** Many calls in one request; the raw `{ result }` or `{ error }` of each, in order. */
  async batch(calls) {
    const body = calls.map(([method, ...params]) => ({ jsonrpc: "2.0", id: this.#nextId++, method, params }));
    const response = await fetch(this.#endpoint, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`geth answered ${response.status} to ${calls[0][0]}`);
    const answers = new Map((await response.json()).map((answer) => [answer.id, answer]));
    return body.map(({ id }) => answers.get(id) ?? { error: { message: "no answer" } });
  }

  async height() {
    return Number(await this.call("eth_blockNumber"));
  }

  /** Waits until a block after the present head exists; its number. */
  async nextBlock() {
    const before = await this.height();
    for (;;) {
      await new Promise((wake) => setTimeout(wake, 50));
      const now = await this.height();
      if (now > before) return now;
    }
  }
}
