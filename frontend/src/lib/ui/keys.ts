/** Whether a key press is meant for what has the focus, such as a text field or a button, and not for the page. */
export function isTaken(event: KeyboardEvent): boolean {
	if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
	const target = event.target;
	if (!(target instanceof Element)) return false;
	if (target.closest('dialog')) return true;
	if (target.closest('input:not([type=radio]), textarea, select, [contenteditable]')) return true;
	if (target.closest('input[type=radio]')) return event.key.startsWith('Arrow') || event.key === ' ';
	if (target.closest('button, a[href]')) return event.key === ' ' || event.key === 'Enter';
	return false;
}
