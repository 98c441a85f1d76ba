import { readInk, plotFont } from '$lib/ui/plot/ink';
import type { SpanComparison } from '$lib/wire';
import type { Words } from '$messages';
import { axisText, drawCompared, plainOf, rowsOf, sureText, verdictText, whyText } from './compare';

const width = 1200;
const height = 640;
const edge = 32;
const tableWidth = 330;
const scale = 2;

/** The comparison as a picture that can be shown to somebody else: verdict, spreads and figures. */
export async function pictureOf(found: SpanComparison, names: { a: string; b: string }, w: Words['tape']['beside']): Promise<Blob> {
	const canvas = document.createElement('canvas');
	canvas.width = width * scale;
	canvas.height = height * scale;
	const pen = canvas.getContext('2d');
	if (!pen) throw new Error('the browser draws no pictures');
	pen.scale(scale, scale);
	const ink = readInk();
	pen.fillStyle = ink.panel;
	pen.fillRect(0, 0, width, height);
	const words = (px: number, weight = 400) => `${weight} ${px}px "Inter Variable", "Noto Sans CJK SC", sans-serif`;
	pen.textBaseline = 'alphabetic';
	pen.fillStyle = ink.text;
	pen.font = words(24, 600);
	pen.fillText(plainOf(verdictText(found, w)), edge, edge + 22);
	pen.fillStyle = ink.text3;
	pen.font = words(13);
	pen.fillText([axisText(found, w), sureText(found, w)].filter(Boolean).join(' · '), edge, edge + 48);
	const plotWidth = width - 3 * edge - tableWidth;
	pen.save();
	pen.translate(edge, edge + 72);
	drawCompared(pen, ink, found, plotWidth, height - 2 * edge - 120);
	pen.restore();

	const left = width - edge - tableWidth;
	const columns = [left, left + 190, left + 288, left + tableWidth];
	pen.font = words(13, 600);
	pen.fillStyle = ink.text2;
	pen.textAlign = 'right';
	pen.fillText('A', columns[1] ?? 0, edge + 86);
	pen.fillText('B', columns[2] ?? 0, edge + 86);
	for (const [i, row] of rowsOf(found, w).entries()) {
		const y = edge + 118 + i * 32;
		pen.fillStyle = ink.line;
		pen.fillRect(left, y - 21, tableWidth, 1);
		pen.font = plotFont(12);
		pen.textAlign = 'left';
		pen.fillStyle = ink.text3;
		pen.fillText(w.rows[row.name], left, y);
		pen.textAlign = 'right';
		pen.fillStyle = ink.text2;
		pen.fillText(row.a, columns[1] ?? 0, y);
		pen.fillStyle = ink.text;
		pen.fillText(row.b, columns[2] ?? 0, y);
		pen.fillStyle = ink.text3;
		pen.fillText(row.times, columns[3] ?? 0, y);
	}
	pen.textAlign = 'left';
	pen.font = words(12);
	pen.fillStyle = ink.text3;
	pen.fillText(`A ${names.a}   B ${names.b}`, edge, height - edge - 22);
	pen.fillText(plainOf(whyText(found, w)), edge, height - edge);
	return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the browser made no picture'))), 'image/png'));
}
