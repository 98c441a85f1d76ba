/** What a key can allow, in the hub's order. */
export const scopes = ['view', 'publish', 'admin'] as const;
export type Scope = (typeof scopes)[number];
