/**
 * `restante inspect FILE`: the BER of any file as a tree, read by asn1js and not by our own reader,
 * so that an operator sees what another implementation sees.
 *
 * Source: X.690; the form of the tree is ours.
 */
import { readFileSync } from 'node:fs';
import * as asn1js from 'asn1js';
import { ConfigError } from '../base/errors.js';

const CLASS_NAMES = ['', 'UNIVERSAL ', 'APPLICATION ', '', 'PRIVATE '];
const PREVIEW_BYTES = 32;

/** One line an element, two blanks a level. Null where the octets are no BER. */
export function formatTree(octets: Uint8Array): string[] | null {
  const lines: string[] = [];
  for (let at = 0; at < octets.length; ) {
    // A copy, for slice() of a Buffer is a window on a pool; asn1js answers -1 for what it cannot
    // read.
    const { offset, result } = asn1js.fromBER(new Uint8Array(octets.subarray(at)).buffer);
    if (offset <= 0) return null;
    format(result, 0, lines);
    at += offset;
  }
  return lines;
}

function format(element: asn1js.AsnType, level: number, lines: string[]): void {
  const { tagClass, tagNumber, isConstructed } = element.idBlock;
  const tag = `[${CLASS_NAMES[tagClass] ?? ''}${tagNumber}]`;
  const head = `${'  '.repeat(level)}${tag}`;
  const children = childrenOf(element);
  if (isConstructed && children !== null) {
    lines.push(head);
    for (const child of children) format(child, level + 1, lines);
    return;
  }
  const value = element.valueBeforeDecodeView;
  const content = value.subarray(value.length - element.lenBlock.length);
  lines.push(`${head} ${content.length}: ${preview(content)}`);
}

function childrenOf(element: asn1js.AsnType): readonly asn1js.AsnType[] | null {
  const { value } = element.valueBlock as { readonly value?: unknown };
  return Array.isArray(value) ? (value as asn1js.AsnType[]) : null;
}

function preview(content: Uint8Array): string {
  const shown = Buffer.from(content.subarray(0, PREVIEW_BYTES));
  const cut = content.length > PREVIEW_BYTES ? '...' : '';
  const isText = shown.length > 0 && shown.every((octet) => octet >= 0x20 && octet < 0x7f);
  return (isText ? JSON.stringify(shown.toString('latin1')) : shown.toString('hex')) + cut;
}

/** Prints the tree; returns the exit code. Throws ConfigError where the file is of no use. */
export function inspect(file: string, print: (line: string) => void): number {
  let octets: Uint8Array;
  try {
    octets = readFileSync(file);
  } catch {
    throw new ConfigError(file, 'cannot be read');
  }
  const lines = formatTree(octets);
  if (lines === null) throw new ConfigError(file, 'is not BER');
  for (const line of lines) print(line);
  return 0;
}
