// Command empty opens a window with nothing in it: what the toolkit alone needs.
package main

import (
	"log"
	"net/http"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
)

func main() {
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><html><head><title>Empty</title></head><body></body></html>"))
	})
	if err := wails.Run(&options.App{Title: "Empty", Width: 1280, Height: 800, AssetServer: &assetserver.Options{Handler: page}}); err != nil {
		log.Fatal(err)
	}
}
