// Package browser offers the page the hub serves at /demo: a Socket.IO client
// and a native WebSocket client in one file, to read and to copy from.
package browser

import _ "embed"

// Page is the page's HTML. It loads the Socket.IO client from the hub that
// serves it, and nothing from elsewhere.
//
//go:embed index.html
var Page []byte
