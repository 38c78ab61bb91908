/** Just enough RLP to change a header's field. */

export function decode(bytes) {
  const [value, end] = item(bytes, 0);
  if (end !== bytes.length) {
    throw new Error("bytes after the item");
  }
  return value;
}

function item(bytes, at) {
  const first = bytes[at];
  if (first < 0x80) {
    return [bytes.subarray(at, at + 1), at + 1];
  }
  const list = first >= 0xc0;
  const short = first - (list ? 0xc0 : 0x80);
  const lengthBytes = short > 55 ? short - 55 : 0;
  const start = at + 1 + lengthBytes;
  const end = start + (lengthBytes ? bytes.readUIntBE(at + 1, lengthBytes) : short);
  if (!list) {
    return [bytes.subarray(start, end), end];
  }
  const items = [];
  for (let next = start; next < end; ) {
    const [value, after] = item(bytes, next);
    items.push(value);
    next = after;
  }
  return [items, end];
}

export function encode(value) {
  if (Array.isArray(value)) {
    const body = Buffer.concat(value.map(encode));
    return Buffer.concat([head(0xc0, body.length), body]);
  }
  return value.length === 1 && value[0] < 0x80 ? value : Buffer.concat([head(0x80, value.length), value]);
}

function head(offset, length) {
  if (length <= 55) {
    return Buffer.from([offset + length]);
  }
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex");
  return Buffer.concat([Buffer.from([offset + 55 + bytes.length]), bytes]);
}
