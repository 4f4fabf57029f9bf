/**
 * SEQUENCE: components in the order of their declaration.
 *
 * An element that fits no component that is still to come is an unknown extension and is passed
 * over, wherever it stands: peers of a later edition add such, and the standards of X.400 ask an
 * implementation to ignore them.
 *
 * Source: X.690 (2002) 8.9.
 */
import {
  type ComponentValues,
  type ErasedComponent,
  encodeComponents,
  erase,
} from './component.js';
import type { Element } from './reader.js';
import { TAG } from './tag.js';
import { type Asn1Type, accepts, decodeWithin, mistyped } from './type.js';

export function sequence<const C extends object>(
  name: string,
  components: C,
): Asn1Type<ComponentValues<C>> {
  const erased = erase(components);
  return {
    name,
    tags: [TAG.sequence],
    decode: (element) => decodeSequence(name, erased, element) as ComponentValues<C>,
    encode: (writer, value, tag = TAG.sequence) => {
      const mark = writer.mark();
      encodeComponents(writer, erased, value as Readonly<Record<string, unknown>>);
      writer.header(tag, true, mark);
    },
  };
}

function decodeSequence(
  name: string,
  components: readonly ErasedComponent[],
  element: Element,
): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  const reader = element.children();
  let child = reader.next();
  for (let index = 0; index < components.length; index += 1) {
    const component = components[index];
    if (component === undefined) continue;
    // An unknown element may stand only where nothing still to come fits it.
    while (child !== null && !fitsAny(components, index, child)) child = reader.next();
    if (child !== null && accepts(component.type, child.tag)) {
      value[component.name] = decodeWithin(component.name, component.type, child);
      child = reader.next();
    } else if (component.presence === 'required') {
      throw mistyped(`${name}.${component.name}`, 'missing-component');
    } else if (component.presence === 'default') {
      value[component.name] = component.defaultValue;
    }
  }
  return value;
}

function fitsAny(components: readonly ErasedComponent[], from: number, child: Element): boolean {
  for (let i = from; i < components.length; i += 1) {
    const component = components[i];
    if (component !== undefined && accepts(component.type, child.tag)) return true;
  }
  return false;
}
