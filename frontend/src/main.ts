import '$lib/host/locale'; // first: see there
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './styles/index.css';
import { mount } from 'svelte';
import { findHost } from '$lib/host/host';
import App from './App.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element "app"');
mount(App, { target, props: { host: await findHost(location, window.go) } });
