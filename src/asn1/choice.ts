/**
 * CHOICE, as a tagged union: `{ kind: 'simple', value: ... }`.
 *
 * Source: X.690 (2002) 8.13.
 */
import { assert, present } from '../base/assert.js';
import type { Tag } from './tag.js';
import { type Asn1Type, decodeWithin, type TypeOf, unexpectedTag } from './type.js';

/** The values of a choice with these alternatives. */
export type ChoiceValue<A> = {
  [K in keyof A & string]: { readonly kind: K; readonly value: TypeOf<A[K]> };
}[keyof A & string];

export function choice<const A extends Readonly<Record<string, object>>>(
  name: string,
  alternatives: A,
): Asn1Type<ChoiceValue<A>> {
  const entries = Object.entries(alternatives) as [string, Asn1Type<unknown>][];
  const byTag = new Map<Tag, string>();
  let open: string | undefined;
  for (const [kind, type] of entries) {
    if (type.tags === 'any') {
      assert(open === undefined, `${name} has at most one open alternative`);
      open = kind;
      continue;
    }
    for (const tag of type.tags) {
      assert(!byTag.has(tag), `${name}.${kind} differs from the others by its tag`);
      byTag.set(tag, kind);
    }
  }
  const types = new Map(entries);
  const self: Asn1Type<ChoiceValue<A>> = {
    name,
    tags: open === undefined ? [...byTag.keys()] : 'any',
    decode: (element) => {
      const kind = byTag.get(element.tag) ?? open;
      if (kind === undefined) throw unexpectedTag(self, element.tag);
      const type = present(types.get(kind), `${name} has the alternative`);
      return { kind, value: decodeWithin(kind, type, element) } as ChoiceValue<A>;
    },
    encode: (writer, { kind, value }, tag) => {
      assert(tag === undefined, `${name} is never tagged IMPLICIT`);
      present(types.get(kind), `${name} has the alternative`).encode(writer, value);
    },
  };
  return self;
}
