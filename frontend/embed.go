// Package frontend offers the built interface to the program.
package frontend

import "embed"

// Dist holds the built interface under dist/. Before the first build there is
// only an empty folder.
//
//go:embed all:dist
var Dist embed.FS
