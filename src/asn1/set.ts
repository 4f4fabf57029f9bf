/**
 * SET: components in any order, told apart by their tags. We send them in the order of their
 * declaration. Unknown elements are passed over as in SEQUENCE; a component twice is an error.
 *
 * Source: X.690 (2002) 8.11.
 */
import { assert } from '../base/assert.js';
import {
  type ComponentValues,
  type ErasedComponent,
  encodeComponents,
  erase,
} from './component.js';
import type { Element } from './reader.js';
import { TAG, type Tag } from './tag.js';
import { type Asn1Type, decodeWithin, mistyped } from './type.js';

export function set<const C extends object>(
  name: string,
  components: C,
): Asn1Type<ComponentValues<C>> {
  const erased = erase(components);
  const byTag = componentsByTag(name, erased);
  return {
    name,
    tags: [TAG.set],
    decode: (element) => decodeSet(name, erased, byTag, element) as ComponentValues<C>,
    encode: (writer, value, tag = TAG.set) => {
      const mark = writer.mark();
      encodeComponents(writer, erased, value as Readonly<Record<string, unknown>>);
      writer.header(tag, true, mark);
    },
  };
}

function componentsByTag(
  name: string,
  components: readonly ErasedComponent[],
): ReadonlyMap<Tag, ErasedComponent> {
  const byTag = new Map<Tag, ErasedComponent>();
  for (const component of components) {
    assert(component.type.tags !== 'any', `${name}.${component.name} has a tag of its own`);
    for (const tag of component.type.tags as readonly Tag[]) {
      assert(!byTag.has(tag), `${name}.${component.name} differs from the others by its tag`);
      byTag.set(tag, component);
    }
  }
  return byTag;
}

function decodeSet(
  name: string,
  components: readonly ErasedComponent[],
  byTag: ReadonlyMap<Tag, ErasedComponent>,
  element: Element,
): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  const reader = element.children();
  for (let child = reader.next(); child !== null; child = reader.next()) {
    const component = byTag.get(child.tag);
    if (component === undefined) continue;
    if (component.name in value) throw mistyped(`${name}.${component.name}`, 'component-twice');
    value[component.name] = decodeWithin(component.name, component.type, child);
  }
  for (const { name: component, presence, defaultValue } of components) {
    if (component in value) continue;
    if (presence === 'required') throw mistyped(`${name}.${component}`, 'missing-component');
    if (presence === 'default') value[component] = defaultValue;
  }
  return value;
}
