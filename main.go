// Emitscope is a real-time hub with a window on what it does.
package main

import "emitscope/app"

// version is set by the linker: -X main.version=1.2.3
var version = "dev"

func main() { app.Main(version) }
