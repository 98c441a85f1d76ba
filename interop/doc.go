// Package interop holds the real program to real clients: the official
// JavaScript client, Python's, a raw WebSocket and curl. It has only tests.
package interop
