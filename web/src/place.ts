/** Where the site begins: the root of its host, or, in a copy made of files, the way back that each page tells. */
const root = document.documentElement.dataset["root"];

/** Whether this page is one of a copy made of files, without a service behind it. */
export const copied = root !== undefined;

/** An address of the site (it begins with "/") as this page must ask for it. */
export function at(address: string): string {
  return root === undefined ? address : root + address;
}
