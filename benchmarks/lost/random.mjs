// Numbers that a seed decides (mulberry32): the same seed draws the same plan.
export function drawn(seed) {
  let a = (seed * 2654435761) >>> 0;
  const next = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  /** One of the names, by weight. */
  const one = (weights) => {
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    let left = next() * total;
    for (const [name, weight] of Object.entries(weights)) if ((left -= weight) < 0) return name;
    return Object.keys(weights)[0];
  };
  return { next, below, one };
}
