/**
 * Character strings and times. A string type of eight-bit characters decodes to a text with one
 * character below 256 for each octet, so that encoding gives the same octets back; what the octets
 * mean (T.61 accents, escape sequences) is for those who show them.
 *
 * Source: X.690 (2002) 8.21; X.680 37 for the repertoires.
 */
import { octetsOfLatin1 } from '../base/octets.js';
import { stringContent } from './primitive.js';
import { TAG, type Tag } from './tag.js';
import { type Asn1Type, mistyped } from './type.js';

/** An eight-bit string type of SIZE (0..max). Repertoire is not judged: we store what arrives. */
function latin1String(name: string, universalTag: Tag) {
  return (max: number = Number.MAX_SAFE_INTEGER): Asn1Type<string> => ({
    name,
    tags: [universalTag],
    decode: (element) => {
      // X.690 8.21.3: segments of a constructed character string are tagged OCTET STRING.
      const content = stringContent(element, TAG.octetString, name);
      if (content.length > max) throw mistyped(name, 'too-long');
      return latin1(content);
    },
    encode: (writer, value, tag = universalTag) => writer.primitive(tag, octetsOfLatin1(value)),
  });
}

function latin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
}

export const numericString = latin1String('NumericString', TAG.numericString);
export const printableString = latin1String('PrintableString', TAG.printableString);
export const teletexString = latin1String('TeletexString', TAG.teletexString);
export const videotexString = latin1String('VideotexString', TAG.videotexString);
export const ia5String = latin1String('IA5String', TAG.ia5String);
export const graphicString = latin1String('GraphicString', TAG.graphicString);
export const visibleString = latin1String('VisibleString', TAG.visibleString);
export const generalString = latin1String('GeneralString', TAG.generalString);

/** UTCTime, as its text. Meaning and comparison: x411/time.ts. */
export const utcTime = latin1String('UTCTime', TAG.utcTime)(32);

/** GeneralizedTime, as its text. */
export const generalizedTime = latin1String('GeneralizedTime', TAG.generalizedTime)(32);

/** UTF8String. */
export const utf8String: Asn1Type<string> = {
  name: 'UTF8String',
  tags: [TAG.utf8String],
  decode: (element) =>
    Buffer.from(stringContent(element, TAG.octetString, 'UTF8String')).toString('utf8'),
  encode: (writer, value, tag = TAG.utf8String) =>
    writer.primitive(tag, Buffer.from(value, 'utf8')),
};

/** BMPString: two octets a character, high octet first. */
export const bmpString: Asn1Type<string> = {
  name: 'BMPString',
  tags: [TAG.bmpString],
  decode: (element) => {
    const content = stringContent(element, TAG.octetString, 'BMPString');
    if (content.length % 2 !== 0) throw mistyped('BMPString', 'bad-length');
    return Buffer.from(content).swap16().toString('utf16le');
  },
  encode: (writer, value, tag = TAG.bmpString) =>
    writer.primitive(tag, Buffer.from(value, 'utf16le').swap16()),
};

/** UniversalString: four octets a character, high octet first. */
export const universalString: Asn1Type<string> = {
  name: 'UniversalString',
  tags: [TAG.universalString],
  decode: (element) => {
    const content = stringContent(element, TAG.octetString, 'UniversalString');
    if (content.length % 4 !== 0) throw mistyped('UniversalString', 'bad-length');
    const view = new DataView(content.buffer, content.byteOffset, content.length);
    let text = '';
    for (let at = 0; at < content.length; at += 4) {
      const point = view.getUint32(at);
      if (point > 0x10_ffff) throw mistyped('UniversalString', 'bad-character');
      text += String.fromCodePoint(point);
    }
    return text;
  },
  encode: (writer, value, tag = TAG.universalString) => {
    const points = [...value].map((character) => character.codePointAt(0) ?? 0);
    const view = new DataView(new ArrayBuffer(4 * points.length));
    for (const [i, point] of points.entries()) view.setUint32(4 * i, point);
    writer.primitive(tag, new Uint8Array(view.buffer));
  },
};
