// Does nothing: a module beside another.
export const serve = () => null;
export const doNothing = () => undefined;
