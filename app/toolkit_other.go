//go:build bindings || ((desktop || dev) && !linux)

package app

// dress does nothing: the system draws its menus.
func dress(palette) {}

// canZoom is whether zoomTo does anything.
const canZoom = false

// zoomTo does nothing: the web view looks after that by itself.
func zoomTo(float64) {}

// moveTo leaves it to the toolkit.
func moveTo(_, _, _ int) bool { return false }

// canRelabel is whether the words of a menu that is there can be changed.
const canRelabel = true

// webViewVersion is empty: the page finds it in what its browser calls itself.
func webViewVersion() string { return "" }
