// Checks a receipt of who looked at a record, on the reader's own machine:
// that the list is whole, and that nobody changed it since. It needs nothing
// from the network; docs/developers/log.md says what is checked and why.
//
// verifyReceipt(receipt, key, witnesses) gives {size, entries, erased, seen},
// or throws an Error that names the first thing that does not hold. key is the
// log's public key and witnesses those of its witnesses, as texts.
const { subtle } = globalThis.crypto;

const utf8 = new TextEncoder();
const join = (...parts) => {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) { out.set(p, at); at += p.length; }
  return out;
};
const same = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);
const sha256 = async (...parts) => new Uint8Array(await subtle.digest("SHA-256", join(...parts)));
const number8 = (n) => {
  const b = new Uint8Array(8);
  new DataView(b.buffer).setBigUint64(0, BigInt(n));
  return b;
};
const bytes = (text, size) => {
  if (typeof text !== "string") throw new Error("a value is missing");
  const b = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  if (size !== undefined && b.length !== size) throw new Error("a value has the wrong size");
  return b;
};
const hash = (text) => bytes(text, 32);
const hashes = (list, most) => {
  if (!Array.isArray(list) || list.length > most) throw new Error("a proof has the wrong size");
  return list.map(hash);
};
const whole = (n) => {
  if (!Number.isSafeInteger(n) || n < 0) throw new Error("a number is not one");
  return n;
};

// The tree (RFC 6962, section 2.1).
const record = (data) => sha256(Uint8Array.of(0), data);
const node = (left, right) => sha256(Uint8Array.of(1), left, right);
const below = (n) => {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
};

// Runs the proof that leaf n is in the tree over [lo, hi).
const rootOf = async (path, lo, hi, n, leaf) => {
  if (lo + 1 === hi) {
    if (path.length) throw new Error("a proof is too long");
    return leaf;
  }
  if (!path.length) throw new Error("a proof is too short");
  const k = below(hi - lo), last = path[path.length - 1], rest = path.slice(0, -1);
  return n < lo + k
    ? node(await rootOf(rest, lo, lo + k, n, leaf), last)
    : node(last, await rootOf(rest, lo + k, hi, n, leaf));
};
const inTree = async (path, tree, n, data) => {
  if (n >= tree.size) return false;
  return same(await rootOf(path, 0, tree.size, n, await record(data)), tree.root);
};

// Runs the proof that the tree of size n is the beginning of that over [lo, hi).
const rootsOf = async (path, lo, hi, n, old) => {
  if (n === hi) {
    if (path.length !== (lo === 0 ? 0 : 1)) throw new Error("a proof has the wrong size");
    return lo === 0 ? [old, old] : [path[0], path[0]];
  }
  if (!path.length) throw new Error("a proof is too short");
  const k = below(hi - lo), last = path[path.length - 1], rest = path.slice(0, -1);
  if (n <= lo + k) {
    const [was, is] = await rootsOf(rest, lo, lo + k, n, old);
    return [was, await node(is, last)];
  }
  const [was, is] = await rootsOf(rest, lo + k, hi, n, old);
  return [await node(last, was), await node(last, is)];
};

// Keys and signed notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature).
const readKey = async (text, kind) => {
  const [name, id, ...rest] = String(text).split("+");
  const key = bytes(rest.join("+"), 33);
  if (key[0] !== kind || !name || /\s/.test(name)) throw new Error("this is no key");
  const sum = await sha256(utf8.encode(name + "\n"), key);
  const hex = [...sum.slice(0, 4)].map((b) => b.toString(16).padStart(2, "0")).join("");
  if (hex !== id) throw new Error("this is no key");
  return { name, id: sum.slice(0, 4), key: await subtle.importKey("raw", key.slice(1), "Ed25519", false, ["verify"]) };
};
const signed = (key, sig, text) => subtle.verify("Ed25519", key, sig, utf8.encode(text));

const openCheckpoint = async (text, log, witnesses) => {
  const split = String(text).lastIndexOf("\n\n");
  if (split < 0 || !text.endsWith("\n")) throw new Error("the checkpoint can not be read");
  const body = text.slice(0, split + 1), lines = body.split("\n");
  let byLog = false;
  const seen = [];
  for (const line of text.slice(split + 2).split("\n").slice(0, -1)) {
    const parts = line.split(" ");
    if (parts.length !== 3 || parts[0] !== "\u2014") throw new Error("the checkpoint can not be read");
    const raw = bytes(parts[2]), id = raw.slice(0, 4), sig = raw.slice(4);
    if (parts[1] === log.name && same(id, log.id)) {
      if (!await signed(log.key, sig, body)) throw new Error("the checkpoint is not signed by the log's key");
      byLog = true;
    }
    for (const w of witnesses) {
      if (parts[1] !== w.name || !same(id, w.id)) continue;
      if (sig.length !== 72) throw new Error("a witness's signature is wrong");
      const at = new DataView(sig.buffer, sig.byteOffset).getBigUint64(0);
      if (!await signed(w.key, sig.slice(8), `cosignature/v1\ntime ${at}\n${body}`)) throw new Error("a witness's signature is wrong");
      if (!seen.some((s) => s.name === w.name)) seen.push({ name: w.name, at: Number(at) });
    }
  }
  if (!byLog || lines[0] !== log.name || !/^(0|[1-9][0-9]*)$/.test(lines[1])) throw new Error("the checkpoint is not signed by the log's key");
  return { size: whole(Number(lines[1])), root: hash(lines[2]), seen };
};

// The map from persons to their chains.
const bit = (slot, depth) => (slot[depth >> 3] >> (7 - (depth & 7))) & 1;
const mapLeaf = (slot, value) => sha256(Uint8Array.of(0x10), slot, value);
const mapValue = (head, count) => sha256(Uint8Array.of(0x12), head, number8(count));

const checkMap = async (m, tree) => {
  const root = hash(m.root), slot = hash(m.slot), head = hash(m.head), count = whole(m.count);
  if (tree.size < 1 || !await inTree(hashes(m.path, 64), tree, tree.size - 1, join(utf8.encode("bevan-map-1\n"), root))) {
    throw new Error("the map of persons is not that of the log");
  }
  const beside = hashes(m.siblings, 256);
  let at = new Uint8Array(32);
  if (count > 0 && !m.other) {
    at = await mapLeaf(slot, await mapValue(head, count));
  } else if (count !== 0 || head.some((b) => b !== 0)) {
    throw new Error("the number of entries can not be right");
  } else if (m.other) {
    const other = hash(m.other.slot);
    if (same(other, slot) || beside.some((_, d) => bit(slot, d) !== bit(other, d))) {
      throw new Error("the place in the map is another person's");
    }
    at = await mapLeaf(other, hash(m.other.value));
  }
  for (let d = beside.length - 1; d >= 0; d--) {
    at = bit(slot, d) === 0 ? await sha256(Uint8Array.of(0x11), at, beside[d]) : await sha256(Uint8Array.of(0x11), beside[d], at);
  }
  if (!same(at, root)) throw new Error("the number of entries is not the one that the log committed to");
  return { head, count };
};

const commit = async (nonce, entry) => {
  const key = await subtle.importKey("raw", nonce, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", key, entry));
};

const leafOf = async (e) => {
  if (e.leaf && !e.entry && !e.nonce) return hash(e.leaf);
  if (e.leaf || !e.entry) throw new Error(`entry ${e.index} is neither whole nor erased`);
  return commit(bytes(e.nonce, 32), bytes(e.entry));
};

const checkEntries = async (list, tree, { head, count }) => {
  if (!Array.isArray(list) || list.length !== count) throw new Error("the list is not as long as the log committed to");
  let chain = new Uint8Array(32), last = -1, erased = 0;
  const entries = [];
  for (const e of list) {
    const index = whole(e.index);
    if (index <= last) throw new Error(`entry ${index} stands in the wrong order`);
    const leaf = await leafOf(e);
    if (!await inTree(hashes(e.path, 64), tree, index, leaf)) throw new Error(`entry ${index} is not the one that is in the log`);
    chain = await sha256(Uint8Array.of(0x13), chain, number8(index), leaf);
    last = index;
    if (e.leaf) erased++;
    entries.push(e.entry ? bytes(e.entry) : null);
  }
  if (!same(chain, head)) throw new Error("the list is not the one that the log committed to");
  return { entries, erased };
};

export const verifyReceipt = async (receipt, key, witnesses = []) => {
  if (!receipt || receipt.format !== "bevan-access-receipt-1") throw new Error("the file has another format");
  const log = await readKey(key, 1);
  const watchers = await Promise.all(witnesses.map((w) => readKey(w, 4)));
  const tree = await openCheckpoint(receipt.checkpoint, log, watchers);
  let seen = tree.seen, witnessed = seen.length ? tree.size : 0;
  if (receipt.witnessed) {
    const was = await openCheckpoint(receipt.witnessed.checkpoint, log, watchers);
    const path = hashes(receipt.witnessed.proof, 64);
    if (was.size < 1 || was.size > tree.size) throw new Error("what the witnesses saw is another log");
    const [a, b] = await rootsOf(path, 0, tree.size, was.size, was.root);
    if (!same(a, was.root) || !same(b, tree.root)) throw new Error("what the witnesses saw is another log");
    if (was.seen.length && was.size > witnessed) { seen = was.seen; witnessed = was.size; }
  }
  const promised = await checkMap(receipt.map, tree);
  const { entries, erased } = await checkEntries(receipt.entries, tree, promised);
  return { size: tree.size, entries, erased, seen, witnessed };
};
