import type { Act, Autostart, Made, UpdateNews } from '$lib/host/native';

/** What the process behind the desktop window offers its page: the methods of app.Window. */
interface Bound {
	About(): Promise<Made>;
	Autostart(): Promise<Autostart>;
	CheckUpdates(): Promise<UpdateNews>;
	Heard(): Promise<void>;
	Leave(how: string): Promise<void>;
	Listen(): Promise<Act[]>;
	Paint(ground: string, raised: string, line: string, text: string, quiet: string): Promise<void>;
	SetAutostart(on: boolean, hidden: boolean): Promise<Autostart>;
	Speak(tag: string): Promise<void>;
	Start(port: number): Promise<Started>;
	Save(path: string, name: string): Promise<Saved>;
	Notify(title: string, body: string, tag: string): Promise<void>;
	Surface(red: number, green: number, blue: number): Promise<void>;
	Zoom(by: number): Promise<void>;
}

interface Saved {
	done: boolean;
	what: string;
	hint: string;
}

interface Started {
	url: string;
	code: string;
	what: string;
	hint: string;
	port: number;
	next_port: number;
}

/** What Wails itself offers, as far as we use it. */
interface Runtime {
	BrowserOpenURL(url: string): void;
	ClipboardGetText(): Promise<string>;
	ClipboardSetText(text: string): Promise<boolean>;
	/** Returns how to hear it no more. */
	EventsOn(name: string, heard: (act: Act) => void): () => void;
	WindowSetBackgroundColour(red: number, green: number, blue: number, alpha: number): void;
}

declare global {
	interface Window {
		/** Only there in the desktop window, like runtime. */
		go?: { app?: { Window?: Bound } };
		runtime?: Runtime;
	}
}

/** The process behind the window; undefined in a browser. */
export function bound(): Bound | undefined {
	return window.go?.app?.Window;
}

/** The window; undefined in a browser. */
export function runtime(): Runtime | undefined {
	return bound() && window.runtime;
}
