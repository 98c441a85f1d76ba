import '$lib/host/locale'; // first: see there
import { mount, unmount } from 'svelte';
import { settleIn } from '$lib/host/frame';
import { findHost, type Host, isRefusal } from '$lib/host/host';
import { takeKey } from '$lib/host/link';
import { returnToScreen } from '$lib/host/native';
import { language } from '$messages';
import Start from '$views/start/Start.svelte';
import App from './App.svelte';

// Before anything else: nobody who comes after may find it in the address.
const key = takeKey(location, history);

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element "app"');

const show = (host: Host) => mount(App, { target, props: { host, viewKey: key } });

settleIn();
returnToScreen(location, history);
const [found] = await Promise.all([findHost(location), language.start()]); // nobody sees the page in a language that is not theirs
target.replaceChildren(); // what was painted early
if (isRefusal(found)) {
	const start = mount(Start, {
		target,
		props: {
			refusal: found,
			onready: (host) => {
				void unmount(start);
				show(host);
			},
		},
	});
} else show(found);
