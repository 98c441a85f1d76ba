import type { Spell } from '$lib/state/faults.svelte';
import { type Ink, plotFont } from '$lib/ui/plot/ink';
import type { Window } from './window';

type Pen = CanvasRenderingContext2D;

const hatchPx = 8;

/** The spells that reach into a window. */
export function spellsIn(spells: readonly Spell[], { from, to }: Window): readonly Spell[] {
	return spells.filter((spell) => spell.from < to && (spell.to ?? Number.POSITIVE_INFINITY) > from);
}

/** Hatches the times in which messages met faults on purpose, below all that is drawn already. */
export function drawSpells(pen: Pen, ink: Ink, window: Window, spells: readonly Spell[], width: number, height: number): void {
	const x = (at: number) => Math.round(((at - window.from) / (window.to - window.from)) * width);
	pen.save();
	pen.globalCompositeOperation = 'destination-over';
	pen.lineWidth = 1;
	for (const spell of spellsIn(spells, window)) {
		const [left, right] = [Math.max(-1, x(spell.from)), Math.min(width, x(spell.to ?? window.to))];
		pen.fillStyle = ink.text3;
		for (const edge of spell.to === null ? [left] : [left, right]) pen.fillRect(edge, 0, 1, height);
		pen.save();
		pen.beginPath();
		pen.rect(left, 0, right - left, height);
		pen.clip();
		pen.strokeStyle = ink.line;
		pen.beginPath();
		const start = x(spell.from) - height; // so that the lines move with the time they stand for
		for (let at = start + Math.max(0, Math.ceil((left - height - start) / hatchPx)) * hatchPx; at < right; at += hatchPx) {
			pen.moveTo(at, height);
			pen.lineTo(at + height, 0);
		}
		pen.stroke();
		pen.restore();
	}
	pen.restore();
}

/** Says what was done on purpose, where it begins in sight. */
export function nameSpells(pen: Pen, ink: Ink, window: Window, spells: readonly Spell[], width: number, name: (spell: Spell) => string): void {
	pen.font = plotFont();
	pen.textAlign = 'left';
	pen.textBaseline = 'middle';
	let free = 0;
	for (const spell of spellsIn(spells, window)) {
		const text = name(spell);
		const wide = pen.measureText(text).width + 8;
		const left = Math.max(free, Math.round(((spell.from - window.from) / (window.to - window.from)) * width) + 1);
		const right = ((Math.min(spell.to ?? window.to, window.to) - window.from) / (window.to - window.from)) * width;
		if (left + wide > right) continue; // the readings say it, too
		pen.fillStyle = ink.panel;
		pen.fillRect(left, 17, wide, 14);
		pen.fillStyle = ink.text2;
		pen.fillText(text, left + 4, 24.5);
		free = left + wide + 4;
	}
}
