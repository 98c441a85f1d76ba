/** What the hub refuses, by the code it gives. It says so itself in English, and more exactly. */
export const refusals: { readonly [code: string]: string } = {};
