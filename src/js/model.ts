// What the bytes of a WebAssembly module are likely to be: a model that gives
// the probability of each next bit, for the arithmetic coder of
// `scripts/build/pack.mjs` and the decoder of unpack.ts. Both run this code, so
// both come to the same numbers.
//
// Four contexts each tell a probability; their logits are weighted and added
// (logistic mixing, as in the PAQ family of packers). Contexts are spoken in terms of
// instructions, not of bytes: for that the model follows the binary format
// (WebAssembly specification §5.4) as far as needed to tell opcodes from what belongs to them.
// Where it errs, the text grows, and nothing breaks.
//
// All arithmetic is that of 32-bit integers, and of IEEE 754 for the tables, which every engine does alike;
// `Math.exp` and `Math.log` need not be alike (ECMA-262 §21.3.2). A mixer of doubles took 800 ms and more in Firefox 140 on
// an Emerald Rapids Xeon, against 50 elsewhere: there a conversion from integer to double cost 145 ns as soon as any
// code had left the upper halves of the AVX registers in use.

const CONTEXTS = 4;
/** A larger table meets fewer collisions, and more page faults: of 4 MB to 16, text -1 %, time +60 %. */
const SLOT_BITS = 20;
/** What a logit of 1 is, as an integer. */
const UNIT = 256;
/** What a weight of 1 is. */
const WEIGHT = 65536;

const BR_TABLE = 14;
const END = 11;
/** Stands for the head of a function's body: its size, and its locals. */
const BODY = 1;
const F64_CONST = 68;
const BULK = 252;

const isBlock = (opcode: number) => opcode > 1 && opcode < 5;

/** How many numbers follow an opcode; bytes after `f64.const`. */
const operands = (opcode: number): number =>
  opcode === F64_CONST
    ? 8
    : opcode === 17 || (opcode > 39 && opcode < 63)
      ? 2
      : +(
          isBlock(opcode) ||
          (opcode > 11 && opcode < 17 && opcode !== 15) ||
          (opcode > 31 && opcode < 67) ||
          opcode === 208 ||
          opcode === 210 ||
          opcode >= BULK
        );

/**
 * @param bytes where they go, as long as the module is
 * @param start where its first function begins: behind the count of the code section
 * @param code is called for each bit, the highest of a byte first, with the
 * probability that it is set, in 65,536ths, and answers the bit
 * @returns a function that takes the next byte and answers whether it was the last
 */
export const createModel = (
  bytes: Uint8Array,
  start: number,
  code: (probability: number) => number,
): (() => boolean) => {
  /** Of each context and node, a logistic probability's distance from a half, and how often it was met, to 20. */
  const slots = new Int32Array(1 << SLOT_BITS);
  const weights = new Int32Array(2048 * CONTEXTS).fill(0.32 * WEIGHT);
  const nodeWeights = new Int32Array(256 * CONTEXTS);
  const stretch = new Int32Array(4096);
  const squash = new Int32Array(4096);
  /** How much of its distance a slot moves, in 65,536ths, by how often it was met. */
  const rates = Int32Array.from({ length: 21 }, (_, met) => 65536 / (met + 1.2));
  for (let i = 2048, logit = 0; i < 4095; i++) {
    logit += 4096 / ((i + 1) * (4095 - i));
    stretch[i + 1] = logit * UNIT;
    stretch[4094 - i] = -logit * UNIT;
  }
  for (let i = 0; i < 4096; i++) {
    // e^x as (1 + x / 1024)^1024
    let power = 1 - (i - 2048) / UNIT / 1024;
    for (let k = 10; k--; ) power *= power;
    squash[i] = 1 + 65534 / (1 + power);
  }
  const hashes = new Int32Array(CONTEXTS);
  const inputs = new Int32Array(CONTEXTS);

  let at = 0;
  let opcode = END;
  let opcodes = 0;
  let recent = 0;
  let body = 0;
  let depth = -1;
  /** Operands that are still to come, and bytes of them so far. */
  let left = start;
  let taken = 0;
  /** They are bytes, not numbers of variable length (LEB128). */
  let raw = true;
  /** The last of them tells how many more there are. */
  let counts = false;

  const hash = (context: number, of: number, and: number) => {
    const mixed = Math.imul(Math.imul(of * 8 + context, 0x2f0b4c47) ^ and, 0x9e3779b1);
    hashes[context] = Math.imul(mixed ^ (mixed >>> 15), 0x2f0b4c47) >>> (32 - SLOT_BITS);
  };
  // The loops over the contexts are written out: engines inline these long before they optimise a loop in a
  // function that is called for the first time. Measured: a fifth of the time.
  const predict = (k: number, node: number, role: number): number => {
    const input = stretch[((slots[(hashes[k] as number) ^ node] as number) >> 18) + 2048] as number;
    inputs[k] = input;
    return (
      Math.imul(input, (weights[role + k] as number) + (nodeWeights[node * CONTEXTS + k] as number)) >> 16
    );
  };
  const learn = (k: number, node: number, role: number, error: number, target: number): void => {
    // The weights' rates of learning are shifts, as measured to pack best: 0.008 for the role's, a quarter of it for the node's.
    const by = Math.imul(error, inputs[k] as number);
    (weights[role + k] as number) += by >> 15;
    (nodeWeights[node * CONTEXTS + k] as number) += by >> 17;
    const index = (hashes[k] as number) ^ node;
    const slot = slots[index] as number;
    const met = slot & 63;
    slots[index] =
      slot + (met < 20 ? 1 : 0) + ((Math.imul((target - (slot >> 6)) >> 9, rates[met] as number) >> 7) << 6);
  };
  /** The next byte, bit by bit: a walk from the root of a binary tree to one of its 256 leaves. */
  const next = (role: number): number => {
    let node = 1;
    while (node < 256) {
      const sum =
        2048 +
        predict(0, node, role) +
        predict(1, node, role) +
        predict(2, node, role) +
        predict(3, node, role);
      const probability = squash[sum < 0 ? 0 : sum > 4095 ? 4095 : sum] as number;
      const bit = code(probability);
      const error = (bit << 16) - probability;
      const target = bit ? 8380000 : -8380000;
      learn(0, node, role, error, target);
      learn(1, node, role, error, target);
      learn(2, node, role, error, target);
      learn(3, node, role, error, target);
      node = node * 2 + bit;
    }
    return node & 255;
  };

  return () => {
    const context = left ? opcode * 8 + Math.min(taken, 3) * 2 + (left & 1) : 0;
    hash(0, context, opcodes & 255);
    hash(1, context, opcodes);
    hash(2, context, body);
    hash(3, 0, recent & 65535);
    const byte = next(context * CONTEXTS);
    bytes[at++] = byte;
    recent = (recent << 8) | byte;
    if (!left) {
      opcode = byte;
      opcodes = (opcodes << 8) | byte;
      taken = 0;
      left = operands(byte);
      raw = byte === F64_CONST;
      counts = byte === BR_TABLE || byte >= BULK;
      depth += +isBlock(byte) - +(byte === END);
    } else {
      taken++;
      if (raw || byte < 128) left--;
      if (!left && counts) {
        counts = false;
        // Of the vector instructions those that compilers emit: loads, stores and constants.
        raw = opcode > BULK && byte === 12;
        left =
          opcode === BR_TABLE
            ? byte + 1
            : opcode === BODY
              ? byte * 2
              : opcode === BULK
                ? byte === 10
                  ? 2
                  : +(byte > 7)
                : raw
                  ? 16
                  : byte < 12
                    ? 2
                    : 0;
      }
    }
    if (!left && depth < 0) {
      opcode = opcodes = BODY;
      depth = taken = 0;
      left = 2;
      raw = false;
      counts = true;
      body++;
    }
    return at >= bytes.length;
  };
};
