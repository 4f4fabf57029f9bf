/**
 * A fetched entry as people read it, and as programs do.
 *
 * Source: ours.
 */
import type { PartView } from '../client/content.js';
import { ATTRIBUTE, type EntryView } from '../client/index.js';
import { printable, type Terminal } from './terminal.js';
import { partsOf } from './ua-items.js';
import { jsonOf } from './ua-list.js';

/** Headers, then the texts; of what is no text, a line. */
export function printEntry({ print }: Terminal, entry: EntryView): void {
  const { number, ...shown } = jsonOf(entry);
  print(`entry ${number}`);
  for (const [name, value] of Object.entries(shown)) {
    if (value !== null) print(`  ${name}: ${printable(String(value))}`);
  }
  for (const { recipient, outcome, ...codes } of entry.reported) {
    const reason = codes.reasonCode === undefined ? '' : `, reason ${codes.reasonCode}`;
    const diagnostic = codes.diagnosticCode == null ? '' : `, diagnostic ${codes.diagnosticCode}`;
    print(`  ${outcome} to ${printable(recipient)}${reason}${diagnostic}`);
  }
  for (const [at, part] of (partsOf(entry) ?? []).entries()) {
    if (part.kind !== 'text') print(`  body part ${at + 1}: ${titleOf(part)}`);
    else {
      print('');
      for (const line of part.text.replace(/\r?\n$/, '').split(/\r?\n/)) print(printable(line));
    }
  }
}

function titleOf(part: Exclude<PartView, { readonly kind: 'text' }>): string {
  switch (part.kind) {
    case 'file':
      return `file ${printable(part.name ?? 'without a name')}, ${part.octets.length} octets`;
    case 'message':
      return `a message, ${part.content.length} octets`;
    case 'other':
      return `${part.type ?? 'unknown'}, ${part.octets.length} octets`;
  }
}

/** An entry and what is in it. The content itself, in base64, only where it is asked for. */
export function entryJson(entry: EntryView, hasContent: boolean) {
  const { content, reported } = entry;
  const envelope = entry.attributes.get(ATTRIBUTE.reportDeliveryEnvelope)?.[0];
  return {
    ...jsonOf(entry),
    ...(reported.length > 0 && { reported }),
    parts: (partsOf(entry) ?? []).map(partJson),
    ...(hasContent && content !== null && { content: Buffer.from(content).toString('base64') }),
    ...(hasContent && envelope && { reportEnvelope: Buffer.from(envelope).toString('base64') }),
  };
}

function partJson(part: PartView) {
  switch (part.kind) {
    case 'text':
      return { kind: part.kind, text: part.text };
    case 'file':
      return { kind: part.kind, name: part.name, octets: part.octets.length };
    case 'message':
      return { kind: part.kind, octets: part.content.length };
    case 'other':
      return { kind: part.kind, type: part.type, octets: part.octets.length };
  }
}
