//go:build desktop || bindings || dev

package app

import "runtime"

// About is what the program is made of.
type About struct {
	Version string `json:"version"` // of Emitscope
	Go      string `json:"go"`
	View    string `json:"view"` // what draws the page; empty: the page knows
	System  string `json:"system"`
}

// About says what the program is made of.
func (w *Window) About() About {
	return About{Version: w.process.Version, Go: runtime.Version(), View: webViewVersion(), System: runtime.GOOS + "/" + runtime.GOARCH}
}
