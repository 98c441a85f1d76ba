// Package window holds only tests: the desktop program on a display of its own,
// driven as a person would, and as WebDriver does. They run on Linux, under
// `build/check.sh window`, which starts the display and a session bus.
package window
