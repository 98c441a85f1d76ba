/** What a table of some width has room for. */
export interface Room {
	/** The columns of the grid; --seq is as wide as the longest number. */
	columns: string;
	/** What all columns but the preview take at least, in px. */
	others: number;
	namespace: boolean;
	size: boolean;
	/** And the bar that draws the lateness. */
	sockets: boolean;
}

/** The size of type that the widths are for, in px. */
const drawnFor = 11;

/** How wide a character is, as a share of the size of type. */
const wideness = 0.6;

/** How many characters fit into a width with type of some size. */
export function charactersIn(width: number, size: number): number {
	return Math.ceil(width / (size * wideness));
}

/** What fits into a width with type of some size, in px. */
export function roomIn(width: number, size = drawnFor): Room {
	const scale = size / drawnFor;
	const { columns, others, ...shown } = roomFor(width / scale);
	return { ...shown, others: others * scale, columns: columns.replace(/(\d+)px/g, (_, px: string) => `${Math.round(Number(px) * scale)}px`) };
}

/** With less room the least read columns go first. Asked of the table and not of the screen, for the panels beside it come and go. */
function roomFor(width: number): Room {
	if (width > 980) return { columns: 'var(--seq) 94px 68px 232px minmax(80px, 1fr) 72px 58px 52px 72px', others: 706, namespace: true, size: true, sockets: true };
	if (width > 780) return { columns: 'var(--seq) 94px 68px 116px minmax(80px, 1fr) 72px 58px 52px 72px', others: 586, namespace: false, size: true, sockets: true };
	if (width > 640) return { columns: 'var(--seq) 94px 68px 112px minmax(60px, 1fr) 72px 72px', others: 476, namespace: false, size: true, sockets: false };
	return { columns: 'var(--seq) 94px 68px 112px minmax(40px, 1fr) 72px', others: 400, namespace: false, size: false, sockets: false };
}
