// Counter-based random numbers: a number is a function of (seed, stream, counter), so any part of any stream can be drawn
// anywhere, in any order, with the same bits.
//
//     mix(z)     z ^= z >> 30;  z *= 0xbf58476d1ce4e5b9;  z ^= z >> 27;  z *= 0x94d049bb133111eb;  z ^= z >> 31
//     key        = mix(mix(seed + g) + stream g),                 g = 0x9e3779b97f4a7c15
//     hash64     = mix(key + (counter + 1) g)
//     unit       = top 53 bits / 2^53                             in [0, 1)
//
// For a fixed key this is SplitMix64 started at the key (mix is a bijection, so one stream never repeats within 2^64).
// Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014 (with variant 13 of Stafford's mixer).
// Arithmetic is modulo 2^64. Cost 3 mixes; callers that draw many numbers of one stream keep the key.

const GAMMA: u64 = 0x9e3779b97f4a7c15;

// @ts-ignore: decorator
@inline
function mix(x: u64): u64 {
  let z = x;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** Key of a stream; `hash64(seed, stream, c)` is `keyed(streamKey(seed, stream), c)`. */
export function streamKey(seed: u64, stream: u64): u64 {
  return mix(mix(seed + GAMMA) + stream * GAMMA);
}

// @ts-ignore: decorator
@inline
export function keyed(key: u64, counter: u64): u64 {
  return mix(key + (counter + 1) * GAMMA);
}

/** 64 random bits. */
export function hash64(seed: u64, stream: u64, counter: u64): u64 {
  return keyed(streamKey(seed, stream), counter);
}

/** Uniform in [0, 1), a multiple of 2^-53. */
// @ts-ignore: decorator
@inline
export function unit(bits: u64): f64 {
  return <f64>(bits >> 11) * (1.0 / 9007199254740992.0);
}
