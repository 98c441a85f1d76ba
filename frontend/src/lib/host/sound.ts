/** Two short tones, rising; made here, so that nothing is loaded. In s and Hz. */
const tones = [
	{ at: 0, hz: 660 },
	{ at: 0.13, hz: 880 },
];
const toneS = 0.11;
const loudness = 0.12;

let audio: AudioContext | null = null;

/** Makes a short sound. A browser that has heard no press on the page yet makes none. */
export function chime(): void {
	try {
		audio ??= new AudioContext();
		void audio.resume().catch(() => {});
		if (audio.state === 'suspended' && !navigator.userActivation?.hasBeenActive) return;
		for (const { at, hz } of tones) tone(audio, audio.currentTime + at, hz);
	} catch {
		// There is nothing that could make a sound.
	}
}

function tone(to: AudioContext, at: number, hz: number): void {
	const wave = to.createOscillator();
	const volume = to.createGain();
	wave.frequency.value = hz;
	volume.gain.setValueAtTime(0, at);
	volume.gain.linearRampToValueAtTime(loudness, at + 0.01);
	volume.gain.exponentialRampToValueAtTime(0.001, at + toneS);
	wave.connect(volume).connect(to.destination);
	wave.start(at);
	wave.stop(at + toneS);
}
