/** Stands in for xmlbuilder2, which a dependency imports for writing XML: nothing here does. */
function refuse(): never {
  throw new Error("Writing XML is not part of this build.");
}

export const create = refuse;
export const convert = refuse;
export const fragment = refuse;
export default { create, convert, fragment };
