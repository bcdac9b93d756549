// JSON without loss: an integer becomes a BigInt and a number with `.` or an exponent a Number, so
// that 1 and 1.0, and all of int64, can be told apart.

const kToken = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const kMark = '\u0001int:';

export function parse_exact(text) {
  const marked = text.replace(kToken, (token) => /^-?\d+$/.test(token) ? `"\\u0001int:${token}"` : token);
  return JSON.parse(marked, (_key, value) =>
    typeof value === 'string' && value.startsWith(kMark) ? BigInt(value.slice(kMark.length)) : value);
}

export function parse_lines(text) {
  return text.split('\n').filter(Boolean).map(parse_exact);
}
