/**
 * What is written of a fetched entry: its content, or its body parts, each with a file name.
 *
 * Source: ours.
 */
import { CONTENT_TYPE, type PartView, readContent } from '../client/content.js';
import { ATTRIBUTE, type EntryView } from '../client/index.js';
import { AbsentError } from './failure.js';

export interface Item {
  /** A file name of its own, without a folder. */
  readonly name: string;
  readonly octets: Uint8Array;
}

/** The whole content, every body part, or one of them, counted from 1. */
export type What = 'content' | 'parts' | number;

const NUMBER_DIGITS = 10;
const NAME_CHARACTERS_MAX = 100;

/** Throws AbsentError where the entry has no such part, or nothing that can be written. */
export function itemsOf(entry: EntryView, what: What): Item[] {
  const stem = String(entry.sequence).padStart(NUMBER_DIGITS, '0');
  const parts = what === 'content' ? null : partsOf(entry);
  if (what === 'content' || (what === 'parts' && parts === null)) {
    return [{ name: `${stem}${extensionOf(entry)}`, octets: wholeOf(entry) }];
  }
  const items = (parts ?? []).map((part, at) => itemOf(part, `${stem}-${at + 1}`, entry));
  if (what === 'parts') return items;
  const item = items[what - 1];
  if (item === undefined) throw new AbsentError(`entry ${entry.sequence} has no body part ${what}`);
  return [item];
}

/** Null where the content is of a type that we cannot take apart. */
export function partsOf({ contentType, content }: EntryView): readonly PartView[] | null {
  if (contentType === null || content === null) return null;
  return readContent(contentType, content)?.parts ?? null;
}

/** The content; of a report its envelope, for it has no content. */
function wholeOf(entry: EntryView): Uint8Array {
  const octets = entry.content ?? entry.attributes.get(ATTRIBUTE.reportDeliveryEnvelope)?.[0];
  if (octets === undefined) throw new AbsentError(`entry ${entry.sequence} has no content`);
  return octets;
}

function extensionOf({ contentType, content }: EntryView): string {
  if (content === null) return '.report';
  const known = Object.entries(CONTENT_TYPE).find(([, oid]) => oid === contentType);
  return `.${known?.[0] ?? 'content'}`;
}

function itemOf(part: PartView, stem: string, { contentType }: EntryView): Item {
  switch (part.kind) {
    case 'text':
      return { name: `${stem}.txt`, octets: Buffer.from(part.text, 'utf8') };
    case 'message':
      return { name: `${stem}.p22`, octets: part.content };
    case 'file': {
      const name = fileName(part.name ?? '');
      const extension = contentType === CONTENT_TYPE.p35 ? '.edi' : '.bin';
      return { name: name === '' ? `${stem}${extension}` : `${stem}-${name}`, octets: part.octets };
    }
    case 'other':
      return { name: `${stem}.ber`, octets: part.octets };
  }
}

/** What the originator called it, without folders and without what a shell could misread. */
function fileName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  return last.replaceAll(/[^\p{L}\p{N}._-]/gu, '_').slice(-NAME_CHARACTERS_MAX);
}
