// node wasm.mjs MODULE.wasm: asks the module for its decisions. Exits with an error if any differs.
import { readFile } from "node:fs/promises";

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]));
const { n_decisions, n_different } = instance.exports;
let isRight = true;
[8, 4, 2].forEach((bits, i) => {
  const [n, different] = [n_decisions(i), n_different(i) >>> 0];
  console.log(`${bits} bits: ${n} decisions, ${different} differ`);
  isRight &&= n > 0 && different === 0;
});
process.exit(isRight ? 0 : 1);
